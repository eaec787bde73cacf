import t from "tap";
import { check } from "../../src/check/check.ts";
import type { Checked } from "../../src/check/finding.ts";
import { ignoreComments } from "../../src/check/ignore-comments.ts";
import { namespacesIn } from "../../src/check/namespaces.ts";
import { CONTEXT } from "../reviews.ts";
import "../patience.ts";

function checked(text: string, configuration = CONTEXT.configuration): Checked {
  const namespaces = new Map(namespacesIn(text).map((one) => [one.name, one]));
  return check(text, { ...CONTEXT, configuration, namespaces });
}

/** `LINE:COLUMN ACTION ID` of each finding that is not audited. */
const found = (text: string): readonly string[] =>
  checked(text)
    .findings.filter(({ action }) => action !== "Audit")
    .map(({ location, action, id }) => `${location.line}:${location.column} ${action} ${id}`);

const remarks = (all: Checked["notes"]): readonly string[] =>
  all.map(({ line, column, text }) => `${line}:${column} ${text}`);

/** A Deployment whose hook is on line 12 and exceeds Kubernetes' default grace period. */
const DEPLOYMENT = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: shop
spec:
  template:
    spec:
      containers:
        - name: web
          lifecycle:
            preStop:
              sleep: {seconds: 45}
`;
const GRACE = "      terminationGracePeriodSeconds: 20\n";
const withGrace = DEPLOYMENT.replace("      containers:\n", `${GRACE}      containers:\n`);

t.test("a finding has the place of the field at fault, or of the hook if the field is absent", (t) => {
  t.same(found(withGrace), ["9:7 Deny hook-over-grace"]);
  t.same(found(DEPLOYMENT), ["12:13 Deny hook-over-grace"]);
  const [finding] = checked(withGrace).findings;
  t.match(finding, {
    object: { kind: "Deployment", name: "web", namespace: "shop", title: 'Deployment "web"' },
    container: "web",
    path: "spec.template.spec.terminationGracePeriodSeconds",
    message: /^container "web": preStop takes 45s .* \[hook-over-grace\]$/,
    source: "      terminationGracePeriodSeconds: 20",
    fingerprint: "hook-over-grace/Deployment/shop/web/web/spec.template.spec.terminationGracePeriodSeconds",
  });
  t.end();
});

t.test("a null in a list of strings is an empty string, as in Go", (t) => {
  const text = DEPLOYMENT.replace("sleep: {seconds: 45}", "exec: {command: [sleep, '45']}").replace(
    "        - name: web\n",
    "        - name: web\n          args:\n            - -i\n            -\n",
  );
  t.same(checked(text).faults, []);
  t.same(found(text), ["15:13 Deny hook-over-grace"]);
  t.end();
});

t.test("workloads of the former API group extensions are read", (t) => {
  for (const kind of ["Deployment", "DaemonSet", "ReplicaSet"]) {
    const former = DEPLOYMENT.replace("apps/v1", "extensions/v1beta1").replace("Deployment", kind);
    t.same(found(former), ["12:13 Deny hook-over-grace"], kind);
  }
  t.same(checked(DEPLOYMENT.replace("apps/v1", "extensions/v1").replace("Deployment", "Ingress")).skipped, [
    "Ingress",
  ]);
  t.end();
});

t.test("labels and annotations of a Namespace in the text are used", (t) => {
  const namespace = (labels: string): string =>
    `apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n  labels: {${labels}}\n---\n`;
  const actionIn = (labels: string): readonly string[] => found(namespace(labels) + DEPLOYMENT);
  t.same(actionIn("gracekeeper.dev/validate: enforce"), ["18:13 Deny hook-over-grace"]);
  t.same(actionIn("gracekeeper.dev/validate: warn"), ["18:13 Warn hook-over-grace"]);
  t.same(actionIn("gracekeeper.dev/validate: 'off'"), []);
  t.same(actionIn("team: web"), ["18:13 Deny hook-over-grace"], "no mode is the strongest");
  t.same(actionIn("gracekeeper.dev/validate: enfroce"), [
    "5:12 Deny bad-namespace-value",
    "18:13 Warn hook-over-grace",
  ]);
  t.same(found(namespace("gracekeeper.dev/validate: warn") + DEPLOYMENT.replace(": shop", ": other")), [
    "18:13 Deny hook-over-grace",
  ]);
  const after = `${DEPLOYMENT}---\n${namespace("gracekeeper.dev/validate: warn")}`;
  t.same(found(after), ["12:13 Warn hook-over-grace"], "also behind the object");
  const unread = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: [a]}\n";
  t.same(remarks(checked(unread).faults), [
    "3:24 metadata.labels must be an object, not a list. Correct the manifest.",
  ]);
  t.end();
});

t.test("a comment above or after a field silences one finding", (t) => {
  const silenced = (text: string): readonly unknown[] => {
    const { findings, ignored, notes } = checked(text);
    return [findings.filter(({ action }) => action !== "Audit").length, ignored, notes.length];
  };
  const above = (comment: string): string =>
    DEPLOYMENT.replace("            preStop", `            # ${comment}\n            preStop`);
  t.same(silenced(above("gracekeeper-ignore: hook-over-grace")), [0, 1, 0]);
  t.same(silenced(above("gracekeeper-ignore: hook-over-grace\n  # the proxy drains")), [0, 1, 0]);
  t.same(
    silenced(DEPLOYMENT.replace("preStop:", "preStop: # gracekeeper-ignore: hook-over-grace")),
    [0, 1, 0],
  );
  t.same(silenced(DEPLOYMENT.replaceAll("\n", "\r\n")), [1, 0, 0]);
  t.same(
    silenced(above("gracekeeper-ignore: hook-over-grace").replaceAll("\n", "\r\n")),
    [0, 1, 0],
    "with CRLF",
  );
  const ofGrace = withGrace.replace(GRACE, `      # gracekeeper-ignore: hook-over-grace\n${GRACE}`);
  t.same(silenced(ofGrace), [0, 1, 0]);
  t.same(
    silenced(withGrace.replace("preStop:", "preStop: # gracekeeper-ignore: hook-over-grace")),
    [0, 1, 0],
    "at the hook, too",
  );
  t.same(silenced(above("gracekeeper-ignore: hook-missing")), [1, 0, 1], "another id");
  t.same(silenced(above("gracekeeper-ignore: hook-over-grace\n\n")), [1, 0, 1], "an empty line between");
  t.end();
});

t.test("a comment that silences nothing is reported", (t) => {
  const notes = (ids: string): readonly string[] =>
    remarks(checked(`# gracekeeper-ignore: ${ids}\n${DEPLOYMENT}`).notes);
  t.same(notes("hook-missing, grace-over-limit"), [
    "1:1 this comment silences no finding hook-missing. Remove the comment, or move it right above the line of the finding.",
    "1:1 the configuration does not allow grace-over-limit to be silenced. Remove the comment, or correct the id.",
  ]);
  t.end();
});

t.test("comments above a line are read once, however many findings the line has", (t) => {
  const many = 100_000;
  const text = `# gracekeeper-ignore: hook-missing\n${"# more\n".repeat(many)}[]\n`;
  const comments = ignoreComments(text, new Set(["hook-missing"]));
  let silenced = 0;
  for (let times = 0; times < many; times++)
    silenced += Number(comments.silences("hook-missing", [many + 2]));
  t.equal(silenced, many);
  t.equal(comments.silences("hook-over-grace", [many + 2]), false);
  t.end();
});

t.test("texts that cannot be checked, and objects that are not checked", (t) => {
  const text = [
    "apiVersion: v1\nkind: Pod\nmetadata: {name: bad}\nspec:\n  containers: {}\n",
    "apiVersion: v1\nkind: Service\nmetadata: {name: web}\n",
    "kind: Pod\nmetadata: {name: lost}\n",
    "kind: role\nmetadata: {name: of another program}\n",
    "services: {web: {image: web}}\n",
    "just a text\n",
    "a: 1\n*: 2\n",
    "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  replicas: {{ .Values.replicas }}\n",
    DEPLOYMENT,
  ].join("---\n");
  const { faults, skipped, foreign, objects, findings } = checked(text);
  t.same(remarks(faults), [
    "5:3 spec.containers must be a list, not an object. Correct the manifest.",
    "11:1 the object must have an apiVersion and a kind: is the manifest complete?",
    "22:1 this is not a key. Put the text in quotes, or correct its indentation.",
    '28:14 this template is not rendered. Render the template first, for example with "helm template", and give the output.',
  ]);
  t.same(skipped, ["Service"]);
  t.equal(foreign, 3);
  t.same(
    objects.map(({ object }) => object.title),
    ['Deployment "web"'],
  );
  t.equal(findings[0]?.location.line, 41);
  t.end();
});

t.test("double braces are reported as a template only outside of strings", (t) => {
  const head = "apiVersion: v1\nkind: ConfigMap\n";
  const templates = [
    "metadata:\n  name: {{ .Release.Name }}\n",
    "metadata: {name: 'web-{{ .x }}'}\n",
    "{{- if .Values.x }}\ndata: {}\n{{- end }}\n",
    'data:\n  a: {{ include "x" . }}\n  b: 1\n',
    "data:\n  a: {{ .Values.a | quote }}\n",
    "data:\n{{ .Values.a }}\n",
  ];
  for (const text of templates)
    t.match(remarks(checked(head + text).faults), [/this template is not rendered/], text);
  const texts = [
    "data:\n  a: '{{ $value }}'\n",
    "data:\n  a: |\n    {{- if .x }}\n    x: {{ .y }}\n",
    "data:\n  a: is {{ $value }},\n    not {{ $other }}\n",
  ];
  for (const text of texts) t.same(checked(head + text).faults, [], text);
  t.match(
    remarks(checked(`${head}data:\n  a: 'of {{ $value\n  b: {{ $labels.x }}\n`).faults),
    ["4:6 this ' is not closed. Close the bracket or quote."],
    "a syntax error elsewhere is told as what it is",
  );
  t.end();
});

t.test("of equal keys the last is checked, and a note reports them", (t) => {
  const { findings, repeated, faults } = checked(
    withGrace.replace(GRACE, `${GRACE}${GRACE.replace("20", "90")}`),
  );
  t.same([findings.filter(({ action }) => action !== "Audit"), faults], [[], []]);
  t.same(remarks(repeated), [
    '10:7 the key "terminationGracePeriodSeconds" appears more than once in its mapping. kubectl uses the last value: remove the other keys.',
  ]);
  t.end();
});

t.test("hidden audit findings are counted, unless a comment silences them", (t) => {
  const hidden = (text: string): readonly number[] => {
    const all = check(text, { ...CONTEXT, namespaces: new Map(), hidesAudits: true });
    return [all.findings.length, all.hidden, all.ignored, all.notes.length];
  };
  const audited = DEPLOYMENT.replace("sleep: {seconds: 45}", "httpGet: {port: 80}");
  t.same(hidden(audited), [0, 1, 0, 0]);
  const silent = audited.replace("preStop:", "preStop: # gracekeeper-ignore: hook-length-unknown");
  t.same(hidden(silent), [0, 0, 1, 0]);
  t.same(hidden(`# gracekeeper-ignore: hook-missing\n${audited}`), [0, 1, 0, 1]);
  t.end();
});

t.test("misplaced fields are reported with the right place", (t) => {
  const { notes } = checked(
    DEPLOYMENT.replace("  template:\n", "  terminationGracePeriodSeconds: 60\n  template:\n"),
  );
  t.same(remarks(notes), [
    "7:3 spec.terminationGracePeriodSeconds does nothing here. Write spec.template.spec.terminationGracePeriodSeconds.",
  ]);
  t.end();
});

t.test(
  "objects of an exempt namespace are not checked, and the annotation `ignore` works as in the cluster",
  (t) => {
    const exempt = { users: [], namespaces: ["sh*"] };
    const { skipped, objects } = checked(DEPLOYMENT, { ...CONTEXT.configuration, exempt });
    t.same([skipped, objects], [["Deployment"], []]);
    const bad =
      "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {gracekeeper.dev/validate: x}}\n";
    t.same(checked(bad, { ...CONTEXT.configuration, exempt }).findings, []);
    t.equal(checked(bad).findings.length, 1);
    const ignoring = DEPLOYMENT.replace(
      "    spec:\n",
      "    metadata: {annotations: {gracekeeper.dev/ignore: hook-over-grace}}\n    spec:\n",
    );
    t.same(found(ignoring), []);
    t.equal(checked(ignoring).ignored, 1);
    t.end();
  },
);
