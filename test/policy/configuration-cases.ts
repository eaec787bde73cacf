/** Parsed configuration files with one invalid field each, and the line of the error message. */

export const HEAD = { apiVersion: "gracekeeper.dev/v1alpha1", kind: "GracekeeperConfiguration" };

export interface BadFile {
  readonly value: unknown;
  readonly message: string;
  /** Only the server refuses the value: JSON Schema cannot express this rule. */
  readonly onlyServer?: true;
}

const FIELDS =
  "(known: apiVersion, kind, kubernetesVersion, shutdownSeconds, prestopSleepSeconds, maxGraceSeconds, strategy, sleepAction, templates, actions, ignorable, exempt, inject, containers, workloads, programs)";

const IDS = [
  ...["bad-annotation", "grace-over-limit", "grace-zero", "hook-over-grace", "no-shutdown-time"],
  ...["hook-may-exceed", "shutdown-too-short", "hook-cannot-run", "hook-does-nothing", "sleep-unsupported"],
  ...["stop-signal-unheard", "probe-grace-short"],
  ...["sidecar-delays-job", "hook-length-unknown", "hook-missing", "proxy-stops-first"],
  "poststart-holds-stop",
  ...["use-native-sleep", "bad-namespace-value", "sleep-added"],
];

const LONG = "x".repeat(100_000);
const CUT = `"${"x".repeat(37)}..."`;

/** Values, and how an error message names each value. */
const NOT: readonly [value: unknown, said: string][] = [
  [null, ", and has no value"],
  [true, ", not true"],
  ["", ', not ""'],
  [" ", ', not " "'],
  [LONG, `, not ${CUT}`],
  [{}, ", not a mapping"],
];

/** Values that are never accepted as a whole number. */
const NO_NUMBERS: readonly [value: unknown, said: string][] = [
  ...NOT,
  [[], ", not a list"],
  ["10", ', not "10"'],
  [" 10 ", ', not " 10 "'],
  ["1e3", ', not "1e3"'],
  ["\u0661\u0660", ', not "??"'],
  [1.5, ", not 1.5"],
  [-1, ", not -1"],
  [-2147483649, ", not -2147483649"],
  [2147483648, ", not 2147483648"],
  [1e300, ", not 1e+300"],
  [Number.MAX_SAFE_INTEGER + 1, ", not 9007199254740992"],
];

function at(path: string, value: unknown): unknown {
  const [first = "", ...rest] = path.split(".");
  return { [first]: rest.length === 0 ? value : at(rest.join("."), value) };
}

function file(path: string, value: unknown): unknown {
  return { ...HEAD, ...(at(path, value) as object) };
}

function numbers(field: string, from: number, to: number): BadFile[] {
  const around: [unknown, string][] = [
    [from - 1, `, not ${from - 1}`],
    [to + 1, `, not ${to + 1}`],
  ];
  return [...NO_NUMBERS, ...around].map(([value, said]) => ({
    value: file(field, value),
    message: `${field} must be a whole number from ${from} to ${to}${said}`,
  }));
}

function words(field: string, ...all: string[]): BadFile[] {
  const wanted = `${field} must be ${all.length > 1 ? "one of " : ""}${all.map((word) => `"${word}"`).join(", ")}`;
  const first = all[0] ?? "";
  const near: [unknown, string][] = [first.toLowerCase(), `${first} `, first.replace(/^./, "\uff21")].map(
    (text) => [text, `, not "${text.replace(/[^ -~]/g, "?")}"`],
  );
  const no: [unknown, string][] = [
    [false, all.includes("Off") ? ', not false: put "Off" in quotes' : ", not false"],
    [1, ", not 1"],
    [[], ", not a list"],
  ];
  return [...NOT, ...near.filter(([text]) => text !== first), ...no].map(([value, said]) => ({
    value: file(field, value),
    message: `${wanted}${said}`,
  }));
}

/** Files in which one item of a list has an invalid text. `wrap` turns the text into an item. */
function texts(
  field: string,
  be: string,
  bad: readonly unknown[],
  wrap = (text: unknown): unknown => text,
  inside = "",
): BadFile[] {
  const items = [...NOT, ...bad.map((text) => [text, `, not ${said(text)}`] as const)];
  return items.map(([value, said]) => ({
    value: file(field, [wrap(value)]),
    message: `${field}[0]${inside} must be ${be}${said}`,
  }));
}

function said(value: unknown): string {
  if (typeof value !== "string") return String(value);
  return `"${value.replace(/[^ -~]/g, "?").replace(/"/g, '\\"')}"`;
}

function lists(field: string, item: unknown): BadFile[] {
  return [
    ...NOT.map(([value, said]) => ({ value: file(field, value), message: `${field} must be a list${said}` })),
    {
      value: file(field, Array(1001).fill(item)),
      message: `${field} must have at most 1000 items`,
    },
  ];
}

function mappings(field: string): BadFile[] {
  const not = NOT.filter(([value]) => typeof value !== "object" || value === null);
  return [...not, [[], ", not a list"], [5, ", not 5"]].map(([value, said]) => ({
    value: file(field, value),
    message: `${field} must be a mapping${said}`,
  }));
}

const PATTERN =
  'a name of 1 to 300 characters without blanks, in which * matches any characters, such as "team-*"';
const SPAN = 'seconds, such as 5, "0-20" or "5-"';
const TEMPLATE =
  'the path of a pod template, such as "spec.template", "spec.jobs[].template" or "spec.roles.*.template"';

const BAD_PATTERNS = ["a b", "a\n", "\u00a0", 7];
const BAD_KINDS = ["daemonSet", "Daemon-Set", "D\u00e4mon", "DaemonSet ", 7];
const row = { group: "example.com", kind: "Farm", templates: ["spec.template"] };
const owner = { group: "example.com", kind: "KafkaCluster" };
const program = { name: "drain.sh", seconds: 5 };

const OWN_ROWS: readonly BadFile[] = [
  { value: null, message: "the file must be a mapping" },
  { value: "secret", message: "the file must be a mapping" },
  { value: [HEAD], message: "the file must be a mapping" },
  {
    value: {},
    message:
      'apiVersion must be "gracekeeper.dev/v1alpha1", and is missing\nkind must be "GracekeeperConfiguration", and is missing',
  },
  {
    value: { ...HEAD, apiVersion: "v1" },
    message: 'apiVersion must be "gracekeeper.dev/v1alpha1", not "v1"',
  },
  {
    value: { ...HEAD, kind: "ConfigMap" },
    message: 'kind must be "GracekeeperConfiguration", not "ConfigMap"',
  },
  { value: file("sleepSeconds", 5), message: `the file has an unknown field "sleepSeconds" ${FIELDS}` },
  { value: file(LONG, 5), message: `the file has an unknown field ${CUT} ${FIELDS}` },
  { value: file("a\nb", 5), message: `the file has an unknown field "a?b" ${FIELDS}` },
  {
    value: { ...HEAD, ...Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`f${i}`, 0])) },
    message: `the file has unknown fields "f0", "f1", "f2", "f3", "f4" and 4 more ${FIELDS}`,
  },
  {
    value: JSON.parse(`{"__proto__": {"strategy": "Fit"}, ${JSON.stringify(HEAD).slice(1)}`),
    message: `the file has an unknown field "__proto__" ${FIELDS}`,
  },
  {
    value: file("actions.hook-to-long", "Warn"),
    message: `actions has an unknown field "hook-to-long" (known: ${IDS.join(", ")})`,
  },
  {
    value: file("actions.constructor", "Warn"),
    message: `actions has an unknown field "constructor" (known: ${IDS.join(", ")})`,
  },
  {
    value: file("exempt.groups", []),
    message: 'exempt has an unknown field "groups" (known: users, namespaces)',
  },
  {
    value: file("inject.owner", []),
    message:
      'inject has an unknown field "owner" (known: skipOwners, otherOwners, owners, containers, besideProxies)',
  },
  {
    value: file("inject.owners", ["KafkaCluster"]),
    message: 'inject.owners[0] must be a mapping, not "KafkaCluster"',
  },
  {
    value: file("inject.owners", [{ kind: "KafkaCluster" }]),
    message: 'inject.owners[0].group must be an API group such as "example.com", and is missing',
  },
  {
    value: file("inject.owners", [{ ...owner, version: "v1" }]),
    message: 'inject.owners[0] has an unknown field "version" (known: group, kind)',
  },
  {
    value: file("inject.owners", [owner, { ...owner, group: "example.org" }, owner]),
    message: "inject.owners[2] repeats item [0]: remove one of the two",
    onlyServer: true,
  },
  {
    value: file("containers.ignored", []),
    message: 'containers has an unknown field "ignored" (known: notJudged, proxies)',
  },
  {
    value: file("containers.notJudged", [{ name: "a" }, {}]),
    message: "containers.notJudged[1] must have a name or an image",
  },
  {
    value: file("containers.proxies", [{}]),
    message: "containers.proxies[0] must have a name or an image",
  },
  {
    value: file("containers.notJudged", [{ name: "a", container: "b" }]),
    message: 'containers.notJudged[0] has an unknown field "container" (known: name, image)',
  },
  {
    value: file("workloads", [{ ...row, version: "v1" }]),
    message: 'workloads[0] has an unknown field "version" (known: group, kind, templates)',
  },
  {
    value: file("workloads", [{ ...row, templates: [] }]),
    message: "workloads[0].templates must have an item",
  },
  {
    value: file("workloads", [{ ...row, templates: Array(21).fill("spec.template") }]),
    message: "workloads[0].templates must have at most 20 items",
  },
  {
    value: file("workloads", [row, { ...row, templates: ["spec.pods"] }]),
    message: "workloads[1] repeats item [0]: remove one of the two",
    onlyServer: true,
  },
  {
    value: file("programs", [{ ...program, path: "/x" }]),
    message: 'programs[0] has an unknown field "path" (known: name, seconds)',
  },
  {
    value: file("programs", [{ name: "drain.sh" }]),
    message: `programs[0].seconds must be ${SPAN}, and is missing`,
  },
  {
    value: file("programs", [program, { ...program, seconds: 6 }]),
    message: "programs[1] repeats item [0]: remove one of the two",
    onlyServer: true,
  },
  ...["9-5", "0-2147483648", "9999999999-", "9999999999"].map((span) => ({
    value: file("programs", [{ ...program, seconds: span }]),
    message: "programs[0].seconds must have the smaller number first, and no number above 2147483647",
    onlyServer: true as const,
  })),
];

export const BAD_FILES: readonly BadFile[] = [
  ...OWN_ROWS,
  ...[1.36, "latest", "2.0", "1.36\n", "1.3a", "\u0661.36"].map((value) => ({
    value: file("kubernetesVersion", value),
    message: `kubernetesVersion must be a Kubernetes version in quotes, such as "1.37", not ${said(value)}`,
  })),
  ...numbers("shutdownSeconds", 0, 86400),
  ...numbers("prestopSleepSeconds", 1, 3600),
  ...numbers("maxGraceSeconds", 1, 2147483647),
  ...words("strategy", "Extend", "Fit"),
  ...words("sleepAction", "Auto", "Native", "Exec", "Off"),
  ...words("templates", "Warn", "Enforce", "Off"),
  ...words("actions.hook-missing", "Deny", "Warn", "Audit", "Off"),
  ...words("actions.sleep-added", "Warn", "Audit", "Off"),
  {
    value: file("actions.sleep-added", "Deny"),
    message: 'actions.sleep-added must be one of "Warn", "Audit", "Off", not "Deny"',
  },
  ...words("inject.containers", "All", "WithPorts"),
  ...words("inject.otherOwners", "Known", "All", "None"),
  ...words("inject.besideProxies", "Add", "Skip"),
  ...["actions", "exempt", "inject", "containers"].flatMap(mappings),
  ...lists("ignorable", "hook-missing"),
  ...texts("ignorable", `one of ${IDS.map((id) => `"${id}"`).join(", ")}`, ["hook-mising", "*", 7]),
  ...lists("exempt.users", "x"),
  ...texts("exempt.users", PATTERN, BAD_PATTERNS),
  ...lists("exempt.namespaces", "x"),
  ...texts("exempt.namespaces", PATTERN, BAD_PATTERNS),
  ...lists("inject.skipOwners", "Job"),
  ...texts("inject.skipOwners", 'a kind as in manifests, such as "DaemonSet"', BAD_KINDS),
  ...lists("inject.owners", owner),
  ...texts(
    "inject.owners",
    'an API group such as "example.com"',
    ["Apps", "a b", "apps/v1", "", 7],
    (group) => ({ ...owner, group }),
    ".group",
  ),
  ...texts(
    "inject.owners",
    'a kind as in manifests, such as "KafkaCluster"',
    BAD_KINDS,
    (kind) => ({ ...owner, kind }),
    ".kind",
  ),
  ...lists("containers.notJudged", { name: "x" }),
  ...texts("containers.notJudged", PATTERN, BAD_PATTERNS, (name) => ({ name }), ".name"),
  ...texts("containers.notJudged", PATTERN, BAD_PATTERNS, (image) => ({ image }), ".image"),
  ...lists("containers.proxies", { name: "x" }),
  ...texts("containers.proxies", PATTERN, BAD_PATTERNS, (name) => ({ name }), ".name"),
  ...lists("workloads", row),
  ...texts(
    "workloads",
    'an API group such as "example.com"',
    ["Apps", "a b", 7],
    (group) => ({ ...row, group }),
    ".group",
  ),
  ...texts(
    "workloads",
    'a kind as in manifests, such as "Worker"',
    BAD_KINDS,
    (kind) => ({ ...row, kind }),
    ".kind",
  ),
  ...texts(
    "workloads",
    TEMPLATE,
    ["spec..template", ".spec", "spec.0", "spec[0]", 7],
    (path) => ({ ...row, templates: [path] }),
    ".templates[0]",
  ),
  ...lists("programs", program),
  ...texts(
    "programs",
    'the name of a program without its path, such as "drain.sh"',
    ["/x", "a b", 7],
    (name) => ({ ...program, name }),
    ".name",
  ),
  ...texts(
    "programs",
    SPAN,
    ["-5", "5s", "1e3", "05", " 5", "\u0665", "5-1.5", -1, 1.5, 2147483648],
    (seconds) => ({ ...program, seconds }),
    ".seconds",
  ),
].filter(({ value }, index, all) => index === all.findIndex((one) => one.value === value));

/** Parsed configuration files that are valid. */
export const GOOD_FILES: readonly unknown[] = [
  HEAD,
  ...["1.36", "v1.29.6", "1.30.14-eks-1234", "v1.33.1+k3s1", "1.34.2-gke.100+x"].map((version) =>
    file("kubernetesVersion", version),
  ),
  ...[0, 86400].map((value) => file("shutdownSeconds", value)),
  ...[1, 3600].map((value) => file("prestopSleepSeconds", value)),
  ...[1, 2147483647].map((value) => file("maxGraceSeconds", value)),
  file("strategy", "Fit"),
  file("sleepAction", "Off"),
  file("templates", "Enforce"),
  file("actions", { "hook-missing": "Deny", "sleep-added": "Off" }),
  file("ignorable", []),
  file("ignorable", ["hook-missing", "grace-over-limit"]),
  file("exempt", { users: ["*", "system:serviceaccount:ci:*", "Bj\u00f6rn", "\u{1f600}".repeat(300)] }),
  file("exempt", { namespaces: ["kube-*"] }),
  file("inject", {}),
  file("inject", { skipOwners: [], containers: "WithPorts" }),
  file("inject", { otherOwners: "None", owners: [owner, { ...owner, group: "example.org" }] }),
  file("containers", { notJudged: [{ name: "*" }, { image: "*/envoy:*" }, { name: "a", image: "b" }] }),
  file("workloads", [{ ...row, templates: ["template", "spec.jobs[].template", "spec.roles.*.template"] }]),
  file(
    "programs",
    [0, "0", 2147483647, "0-20", "5-", "2147483647-"].map((seconds, i) => ({ name: `p${i}`, seconds })),
  ),
  file("programs", [{ name: "\u{1f600}".repeat(255), seconds: 1 }]),
];
