/**
 * Makes docs/configuration.md and manifests/configuration.schema.json from the definition of the configuration:
 * `node test/docs/configuration-page.ts --write`. Without `--write` it prints the page. What is allowed in a field is
 * what the error says of a wrong value there.
 */
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { configurationSchema, readConfiguration } from "../../src/policy/configuration/parse.ts";
import { RULE_INFO } from "../../src/policy/rules/registry.ts";

export const PAGE = fileURLToPath(new URL("../../docs/configuration.md", import.meta.url));
export const SCHEMA = fileURLToPath(new URL("../../manifests/configuration.schema.json", import.meta.url));

/** `lineWidth` in biome.json. */
const LINE_WIDTH = 110;

/** As `biome format` leaves it: a list of plain values on one line where it fits. */
export function schemaText(): string {
  const written = JSON.stringify(configurationSchema(), null, 2);
  const lists = /^(.*)\[\n([^[\]{}]*?)\n *\](,?)$/gm;
  const folded = written.replace(lists, (all, before: string, items: string, comma: string) => {
    const line = `${before}[${items.trim().replace(/\n */g, " ")}]${comma}`;
    return line.length <= LINE_WIDTH ? line : all;
  });
  return `${folded}\n`;
}

const HEAD = "apiVersion: gracekeeper.dev/v1alpha1\nkind: GracekeeperConfiguration\n";

export const EXAMPLE = `${HEAD}kubernetesVersion: "1.34"
shutdownSeconds: 15
prestopSleepSeconds: 5
maxGraceSeconds: 600
strategy: Fit
sleepAction: Native
templates: Enforce
actions:
  hook-missing: Warn
  use-native-sleep: "Off"
ignorable: [hook-length-unknown, hook-may-exceed]
exempt:
  users: ["system:serviceaccount:ci:*"]
  namespaces: ["*-sandbox"]
inject:
  skipOwners: [DaemonSet, StatefulSet]
  containers: WithPorts
containers:
  notJudged:
    - name: istio-proxy
    - image: "registry.example.com/mesh/*"
workloads:
  - group: example.com
    kind: WebFarm
    templates: ["spec.farms[].template"]
programs:
  - name: drain.sh
    seconds: "5-20"
`;

const WRONG = `${HEAD}shutdownSeconds: "10"
prestopSleepSeconds: 0
sleepAction: native
inject:
  skipOwner: [DaemonSet]
containers:
  notJudged:
    - name: istio-proxy
    - {}
`;

interface Schema {
  readonly description?: string;
  readonly default?: unknown;
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly maxItems?: number;
}

interface Field {
  readonly path: string;
  readonly schema: Schema;
}

/** Every field under this one; those of the items of a list as `programs[].name`. */
function fieldsOf({ path, schema }: Field): Field[] {
  const own = path === "" ? [] : [{ path, schema }];
  if (path === "actions") return own;
  const inside = path.endsWith("]") || path === "" ? schema : (schema.items ?? schema);
  const prefix = path === "" ? "" : schema.items === undefined ? `${path}.` : `${path}[].`;
  const below = Object.entries(inside.properties ?? {});
  return [...own, ...below.flatMap(([name, one]) => fieldsOf({ path: `${prefix}${name}`, schema: one }))];
}

/** What the error says must be there. */
function wanted(path: string): string {
  const line = path.replaceAll("[]", "[0]");
  const value = { ...parse(HEAD), ...(holding(path.split("."), true) as object) };
  const said = linesOf(() => readConfiguration(value)).find((one) => one.startsWith(`${line} must be `));
  return said?.slice(`${line} must be `.length).replace(/, not true$/, "") ?? "?";
}

function holding([step = "", ...rest]: readonly string[], value: unknown): unknown {
  const inner = rest.length === 0 ? value : holding(rest, value);
  return step.endsWith("[]") ? { [step.slice(0, -2)]: [inner] } : { [step]: inner };
}

function linesOf(read: () => unknown): readonly string[] {
  try {
    read();
    return [];
  } catch (error) {
    return (error as Error).message.split("\n");
  }
}

function allowed({ path, schema }: Field): string {
  const { items, maxItems } = schema;
  if (items === undefined) return wanted(path);
  if (items.enum !== undefined) return "a list of ids of findings";
  const each = items.properties === undefined ? `: each ${wanted(`${path}[]`)}` : " of mappings";
  return `a list${each} (at most ${maxItems})`;
}

function row(field: Field): string {
  const { path, schema } = field;
  const unset = schema.default === undefined ? "" : `\`${JSON.stringify(schema.default)}\``;
  return `| \`${path}\` | ${allowed(field)} | ${unset} | ${schema.description ?? ""} |`;
}

function actionRow({ id, action, actionNote, atMost = "Deny" }: (typeof RULE_INFO)[number]): string {
  const note = actionNote === undefined ? "" : ` (${actionNote})`;
  return `| \`${id}\` | ${action}${note} | ${atMost} |`;
}

function codeList(lines: readonly string[]): string {
  return lines.map((line) => `    ${line}`).join("\n");
}

export function page(): string {
  return `# The configuration file

<!-- Made by test/docs/configuration-page.ts from the code: do not edit by hand. -->

\`gracekeeper serve --config FILE\` reads it. It is YAML or JSON, one document, at most 64 KiB. Every field but the first two can be
left out. Without a file all of them have their defaults.

The manifests make a ConfigMap of \`manifests/config.yaml\`, and its name ends in a hash of the file:
\`gracekeeper-configuration-HASH\`. \`kubectl get cm -n gracekeeper\` shows yours. Change the file and run \`kubectl apply -k
manifests\`: that makes a new ConfigMap and a rollout. The old ones stay; delete those that no pod uses. An edit of the ConfigMap in
place works too, but the next \`apply -k\` takes it back: change the file as well.

A pod's annotation beats its namespace's, which beats this file. The limit is the smaller of the namespace's and this file's.

[configuration.schema.json](../manifests/configuration.schema.json) is its JSON Schema. An editor with a YAML language server checks
the file while you type, if this is its first line: \`# yaml-language-server: $schema=PATH/configuration.schema.json\`.

## Example

\`\`\`yaml
${EXAMPLE}\`\`\`

## Fields

| field | allowed | unset | |
|---|---|---|---|
${fieldsOf({ path: "", schema: configurationSchema() as Schema })
  .map(row)
  .join("\n")}

## Actions

What each finding leads to where \`actions\` does not say, and the strongest it can be set to. The mode of a namespace makes an action
weaker, never stronger: in \`warn\` nothing is denied, in \`audit\` nothing is said. [findings.md](findings.md) has a page for each.

| finding | unset | strongest |
|---|---|---|
${RULE_INFO.map(actionRow).join("\n")}

## When it changes

The file is looked at every 5 seconds, and a change is taken up when two looks in a row see the same: 10 seconds at most after the
kubelet has written it, which itself takes up to about a minute and a half after the ConfigMap changed. No restart, no request fails,
and each review is decided by one whole configuration. Replicas may differ for that time.

| | |
|---|---|
| log \`"event":"configuration-changed"\` | which fields say something else now; comments and order do not count |
| log \`"event":"configuration-fault"\` | the file cannot be used and why, once for each fault; the configuration from before stands |
| log \`"event":"configuration-never-changes"\` | the file is mounted by \`subPath\`, which Kubernetes never updates: mount the whole folder |
| metric \`gracekeeper_configuration_generation\` | 1 at the start, and 1 more for each change that was taken up |
| metric \`gracekeeper_configuration_read_timestamp_seconds\` | when the file was last found good |
| metric \`gracekeeper_configuration_read_errors_total\` | grows while the file cannot be used: worth an alert |

## What comes from the API server

The values of namespaces and the version of Kubernetes are read from the API server, where there is access: by \`--kubeconfig FILE\`, or by
the token of the pod's service account. After the start the server is not ready until it has both, for 10 seconds at most; then it serves
with the values of this file until they come. No review waits for the API server, and what it said last stands while it is away.

\`kubernetesVersion\` only counts while the API server has not told its version.

| | |
|---|---|
| log \`"event":"cluster-connected"\` | namespaces and version have come: how many namespaces say something of ours, and which version |
| log \`"event":"no-cluster-access"\` | there is neither kubeconfig nor token: namespaces are not read, the version is this file's |
| log \`"event":"cluster-fault"\`, \`"cluster-recovered"\` | what cannot be read and why, once for each fault, and that it can be read again |
| log \`"event":"kubernetes-version"\` | the API server has another version now |
| log \`"event":"kubernetes-version-differs"\` | it is not the one in this file |
| log \`"event":"injects-nothing"\` | no pod gets a sleep under this configuration and version, and why |
| metric \`gracekeeper_namespaces_synced\` | 1 while namespaces are watched, 0 while the last known values stand |
| metric \`gracekeeper_namespaces_last_event_age_seconds\` | since the last word on namespaces; above 30 is worth an alert |
| metric \`gracekeeper_namespaces_known\` | how many namespaces have a label or annotation of ours |

## When it cannot be used

At the start the server ends at once, with exit code 2 and one line that says why. Later the configuration from before stands.

So pods that run go on, but a pod that *starts* while the file is bad does not start. Correct the file before a node is drained or a pod
is deleted: if all replicas are replaced, none is left.

The line names each field at fault and what is allowed there. This file, for instance,

\`\`\`yaml
${WRONG}\`\`\`

has these faults:

${codeList(linesOf(() => readConfiguration(parse(WRONG))))}

Nothing is guessed, and nothing is silently left out:

- A field that is not known, stands twice, or has no value (\`programs:\` with nothing behind it) is a fault.
- Whole numbers are written in digits: \`1e3\`, \`0x10\` and \`010\` are faults, as readers of YAML do not agree on them.
- The file is YAML 1.2, where \`Off\` is a word. Tools that write YAML 1.1 (Helm's \`toYaml\`, for one) make \`false\` of it: put it in quotes.
- A version needs quotes: \`1.30\` without them is the number 1.3.
- Tags (\`!name\`), keys that are no words, more than one document, and more than 100 aliases are faults.
`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.argv.includes("--write")) {
    writeFileSync(PAGE, page());
    writeFileSync(SCHEMA, schemaText());
  } else console.log(page());
}
