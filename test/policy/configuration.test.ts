import t from "tap";
import { withDeclaredPrograms } from "../../src/hook/programs/declared.ts";
import { PROGRAMS } from "../../src/hook/programs/table.ts";
import { hookReader } from "../../src/hook/reader.ts";
import { DEFAULT_CONFIGURATION } from "../../src/policy/configuration/defaults.ts";
import { readConfiguration } from "../../src/policy/configuration/parse.ts";
import { BAD_FILES, GOOD_FILES, HEAD } from "./configuration-cases.ts";

t.test("fields that are not set have their default", async (t) => {
  const { ignorable, ...others } = DEFAULT_CONFIGURATION;
  t.same(others, {
    kubernetesMinor: undefined,
    shutdownSeconds: undefined,
    prestopSleepSeconds: 10,
    maxGraceSeconds: undefined,
    strategy: "Extend",
    sleepAction: "Auto",
    templates: "Warn",
    actions: new Map(),
    exempt: { users: [], namespaces: [] },
    inject: {
      skipOwners: ["DaemonSet"],
      otherOwners: "Known",
      owners: [],
      containers: "All",
      besideProxies: "Add",
    },
    containers: {
      notJudged: [{ name: "istio-proxy" }, { name: "linkerd-proxy" }, { name: "queue-proxy" }],
      proxies: [],
    },
    workloads: [],
    programs: [],
  });
  t.same(readConfiguration(HEAD), DEFAULT_CONFIGURATION, "a file that sets nothing says the same");
  t.equal(ignorable.size, 18);
  t.notOk(ignorable.has("grace-over-limit") || ignorable.has("bad-annotation"));
  const partly = readConfiguration({
    ...HEAD,
    inject: { containers: "WithPorts" },
    exempt: { users: ["x"] },
  });
  t.same(partly.inject, { ...DEFAULT_CONFIGURATION.inject, containers: "WithPorts" });
  t.same(partly.exempt, { users: ["x"], namespaces: [] });
});

t.test("usual spellings of the Kubernetes version are read", async (t) => {
  for (const [written, minor] of [
    ["1.36", 36],
    ["v1.29.6", 29],
    ["1.30.14-eks-1234", 30],
    ["v1.33.1+k3s1", 33],
  ] as const) {
    t.equal(readConfiguration({ ...HEAD, kubernetesVersion: written }).kubernetesMinor, minor, written);
  }
});

t.test("the error about an invalid value has its path and what is allowed", async (t) => {
  for (const { value, message } of BAD_FILES) {
    const [first, second] = message.split("\n");
    try {
      readConfiguration(value);
      t.fail(`accepted: ${JSON.stringify(value).slice(0, 200)}`);
    } catch (error) {
      const { name, message: said } = error as Error;
      t.equal(name, "ConfigurationError");
      t.same(said.split("\n").slice(0, 2), second === undefined ? [first] : [first, second]);
      t.match(said, /^[ -~\n]{1,1000}$/, "is short and printable");
    }
  }
  t.comment(`${BAD_FILES.length} files that cannot be used`);
});

t.test("valid configuration files are accepted", async () => {
  for (const value of GOOD_FILES) readConfiguration(value);
});

t.test("up to ten faults are reported, each once", async (t) => {
  const two = { ...HEAD, shutdownSeconds: -1, sleepAction: 1 };
  t.throws(() => readConfiguration(two), {
    message:
      'shutdownSeconds must be a whole number from 0 to 86400, not -1\nsleepAction must be one of "Auto", "Native", "Exec", "Off", not 1',
  });
  const many = { ...HEAD, exempt: { users: Array(1000).fill("") } };
  const lines = (() => {
    try {
      readConfiguration(many);
    } catch (error) {
      return (error as Error).message.split("\n");
    }
    return [];
  })();
  t.equal(lines.length, 11);
  t.equal(lines.at(-1), "and 990 more faults");
});

t.test("programs are declared with an exact time, a range, or a minimum", async (t) => {
  const seconds = [5, "5", "0-20", "5-"];
  const programs = seconds.map((one, index) => ({ name: `p${index}`, seconds: one }));
  const declared = readConfiguration({ ...HEAD, programs }).programs;
  t.same(
    declared.map((one) => one.seconds),
    [
      { min: 5, max: 5 },
      { min: 5, max: 5 },
      { min: 0, max: 20 },
      { min: 5, max: Number.POSITIVE_INFINITY },
    ],
  );
  const read = hookReader(
    withDeclaredPrograms(PROGRAMS, [...declared, { name: "sleep", seconds: { min: 1, max: 1 } }]),
  );
  const secondsOf = (...command: string[]) => read([]).of({ kind: "exec", command }, new Map()).seconds;
  t.same(secondsOf("/opt/p2", "--now"), { min: 0, max: 20 }, "by the name of the file");
  t.same(
    secondsOf("sh", "-c", "sleep 3; p0"),
    { min: 6, max: 6 },
    "in a script, and over the entry of the table",
  );
});
