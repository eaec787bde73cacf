/**
 * Makes docs/configuration.md and manifests/configuration.schema.json from the definition of the configuration:
 * `node tools/docs/configuration-page.ts --write`. Without `--write` it prints the page. The column "allowed" comes
 * from the error messages for wrong values.
 */
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { configurationSchema, readConfiguration } from "../../src/policy/configuration/parse.ts";
import { RULE_INFO } from "../../src/policy/rules/registry.ts";
import { withContents } from "./contents.ts";

export const PAGE = fileURLToPath(new URL("../../docs/configuration.md", import.meta.url));
export const SCHEMA = fileURLToPath(new URL("../../manifests/configuration.schema.json", import.meta.url));

/** `lineWidth` in biome.json. */
const LINE_WIDTH = 110;

export const schemaText = (): string => formatted(configurationSchema());

/** Formats JSON as `biome format` does: a list of scalars is on one line if it fits. */
export function formatted(schema: object): string {
  const written = JSON.stringify(schema, null, 2);
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
  otherOwners: Known
  owners:
    - group: example.com
      kind: WebFarm
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

/** All fields below this field. Fields of list items have paths such as `programs[].name`. */
function fieldsOf({ path, schema }: Field): Field[] {
  const own = path === "" ? [] : [{ path, schema }];
  if (path === "actions") return own;
  const inside = path.endsWith("]") || path === "" ? schema : (schema.items ?? schema);
  const prefix = path === "" ? "" : schema.items === undefined ? `${path}.` : `${path}[].`;
  const below = Object.entries(inside.properties ?? {});
  return [...own, ...below.flatMap(([name, one]) => fieldsOf({ path: `${prefix}${name}`, schema: one }))];
}

/** The allowed values of a field, from its error message. */
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
  if (items.enum !== undefined) return "a list of finding ids";
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
  return withContents(`# The configuration file

<!-- Generated from the code by tools/docs/configuration-page.ts: do not edit by hand. -->

\`gracekeeper serve --config FILE\` reads the configuration file. The file is one document of YAML or JSON, at most 64
KiB. Only the first two fields are required. Without a configuration file, all fields have their defaults.

The manifests make a ConfigMap from \`manifests/config.yaml\`. The name of the ConfigMap ends in a hash of the file:
\`gracekeeper-configuration-HASH\`. \`kubectl get cm -n gracekeeper\` shows the name. To change the configuration,
change the file, or a copy in your folder ([install.md](install.md#the-folder-install)), and apply the manifests
again: this creates a new ConfigMap and starts a rollout. Delete old ConfigMaps that no pod uses. If you edit the
ConfigMap in place, also change the file: the next \`apply -k\` uses the file.

An annotation on the pod overrides an annotation on the namespace, which overrides this file. For the limit of the
grace period, the smaller value of namespace and file applies.

[configuration.schema.json](../manifests/configuration.schema.json) is the JSON Schema of the file. An editor with a
YAML language server checks the file while you type, if the file begins with this line:
\`# yaml-language-server: $schema=PATH/configuration.schema.json\`.

## Example

\`\`\`yaml
${EXAMPLE}\`\`\`

## Fields

| field | allowed | default | |
|---|---|---|---|
${fieldsOf({ path: "", schema: configurationSchema() as Schema })
  .map(row)
  .join("\n")}

## Actions

The table has the default action of each finding, and the strongest action that \`actions\` allows. The mode of a
namespace can make an action weaker, never stronger: in \`warn\` nothing is denied, in \`audit\` users see nothing.
[findings.md](findings.md) has a section for each finding.

| finding | default | strongest |
|---|---|---|
${RULE_INFO.map(actionRow).join("\n")}

## When it changes

The server reads the file every 5 seconds. It loads a changed file when two reads in a row give the same text, at most
10 seconds after the kubelet has written the file. The kubelet writes the file up to about 90 seconds after a change
of the ConfigMap. The server does not restart, and no request fails. Each review uses one whole configuration. During
a change, replicas may use different configurations.

| | |
|---|---|
| log \`"event":"configuration-changed"\` | which fields have another value now; comments and the order of fields are ignored |
| log \`"event":"configuration-error"\` | why the file cannot be used, once for each error; the last valid configuration stays in use, but a new pod does not start with this file |
| log \`"event":"configuration-not-reloadable"\` | the file is mounted by \`subPath\`, which Kubernetes never updates: mount the whole folder |
| metric \`gracekeeper_configuration_info{hash="..."}\` | 1, with the hash of the values in effect as a label. The log has this hash as \`configurationHash\`, in \`started\` and \`configuration-changed\`. Replicas that use the same values have the same hash |
| metric \`gracekeeper_configuration_generation\` | 1 at the start, and 1 more for each change that was loaded |
| metric \`gracekeeper_configuration_read_timestamp_seconds\` | when the server last read a valid file |
| metric \`gracekeeper_configuration_read_errors_total\` | grows while the file cannot be used, so alert on it |

## What comes from the API server

If gracekeeper has access to the API server, it reads the annotations of namespaces and the version of Kubernetes from
the API server. Access comes from \`--kubeconfig FILE\` or from the token of the pod's service account. After the
start, the server waits up to 10 seconds for namespaces and version before it is ready. Then it uses the values of
this file until namespaces and version arrive. No review waits for the API server. While the API server does not
answer, the last known values are used.

\`kubernetesVersion\` is used only until the version of the API server is known.

| | |
|---|---|
| log \`"event":"cluster-connected"\` | namespaces and version are read. \`namespaces\` counts the namespaces with a label or annotation that gracekeeper reads, and \`kubernetesMinor\` is the minor version |
| log \`"event":"no-cluster-access"\` | there is no kubeconfig and no token: namespaces are not read, and the version comes from this file |
| log \`"event":"cluster-error"\` | what cannot be read from the API server, and why; logged once for each error |
| log \`"event":"cluster-recovered"\` | the API server can be read again |
| log \`"event":"kubernetes-version"\` | the API server has another version now |
| log \`"event":"kubernetes-version-differs"\` | the version of the API server is not the version in this file |
| log \`"event":"injection-disabled"\` | why no pod gets a sleep with this configuration and Kubernetes version |
| metric \`gracekeeper_namespaces_synced\` | 1 while namespaces are watched, 0 while the last known values are used |
| metric \`gracekeeper_namespaces_last_event_age_seconds\` | seconds since the last answer or event about namespaces; alert above 30 |
| metric \`gracekeeper_namespaces_known\` | how many namespaces have a label or annotation that gracekeeper reads: keys of gracekeeper, and keys by which a mesh announces its proxy |

## When it cannot be used

At the start, the server exits at once with code 2 and one line that gives the reason. Later, the server keeps the
last valid configuration.

So an error in the file does not affect running pods, but new pods do not start. Correct the file before you drain a
node or delete a pod of gracekeeper: if all replicas are replaced, no replica runs.

The message names each wrong field and its allowed values. For example, this file

\`\`\`yaml
${WRONG}\`\`\`

has these errors:

${codeList(linesOf(() => readConfiguration(parse(WRONG))))}

gracekeeper does not guess values, and does not silently ignore anything in the file:

- An unknown field, a repeated field, and a field without a value (\`programs:\` and nothing after the colon) are
  errors.
- Write whole numbers in digits. \`1e3\`, \`0x10\` and \`010\` are errors, because YAML parsers do not agree on them.
- The file is YAML 1.2, where \`Off\` is a word. Tools for YAML 1.1 (such as Helm's \`toYaml\`) turn \`Off\` into
  \`false\`, so put \`Off\` in quotes.
- A version needs quotes: \`1.30\` without quotes is the number 1.3.
- Tags (\`!name\`), keys that are not strings, more than one document, and more than 100 aliases are errors.
`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.argv.includes("--write")) {
    writeFileSync(PAGE, page());
    writeFileSync(SCHEMA, schemaText());
  } else console.log(page());
}
