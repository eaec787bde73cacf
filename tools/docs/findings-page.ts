/**
 * Makes docs/findings.md from the definitions of the findings: `node test/docs/findings-page.ts --write`. Without
 * `--write` it prints the page. Messages, pictures and fixes are what the code says of the examples.
 */
import { fileURLToPath } from "node:url";
import { LEGEND } from "../../src/explain/drawing.ts";
import { DEFAULT_CONFIGURATION } from "../../src/policy/configuration/parse.ts";
import type { RuleInfo } from "../../src/policy/model/finding.ts";
import { RULE_INFO } from "../../src/policy/rules/registry.ts";
import { exampleOf } from "./finding-section.ts";
import { cell, runPage } from "./page.ts";

export const PAGE = fileURLToPath(new URL("../../docs/findings.md", import.meta.url));

function defaultOf({ action, actionNote }: RuleInfo): string {
  return actionNote === undefined ? action : `${action} (${actionNote})`;
}

function contents(): string {
  return RULE_INFO.map(
    (about) => `| [\`${about.id}\`](#${about.id}) | ${cell(about.when)} | ${cell(defaultOf(about))} |`,
  ).join("\n");
}

/** How to have it otherwise. */
function silence({ id }: RuleInfo): string {
  const one = DEFAULT_CONFIGURATION.ignorable.has(id)
    ? `one pod: annotation \`gracekeeper.dev/ignore: ${id}\``
    : "one pod: not unless the configuration lists it under `ignorable`";
  return `**Silence it.** ${one[0]?.toUpperCase()}${one.slice(1)}. Everywhere: \`actions: {${id}: Off}\`.`;
}

function section(about: RuleInfo): string {
  return [
    `## ${about.id}`,
    `**When:** ${about.when}. **Default:** ${defaultOf(about)}.`,
    about.why,
    ...exampleOf(about),
    silence(about),
    `Fields read, and where Kubernetes says so: [src/policy/rules/${about.id}.ts](../src/policy/rules/${about.id}.ts).`,
  ].join("\n\n");
}

export function page(): string {
  return `# Findings

<!-- Made by test/docs/findings-page.ts from the code: do not edit by hand. -->

Each message ends with an id in brackets. Search this page for it.

| id | when | default |
|---|---|---|
${contents()}

**What the default means.** It is the most a finding does; the mode of the namespace can only make it weaker. In \`enforce\` a
\`Deny\` rejects the pod, a \`Warn\` warns whoever creates it, an \`Audit\` is written to the log and to the API server's audit log.
In \`warn\` a \`Deny\` warns. In \`audit\` nobody is told. A Deployment or other workload is never rejected: it is warned that its
\`pods will be rejected\` (unless the configuration says \`templates: Enforce\`).

**How to silence one.** For one pod, by annotation: \`gracekeeper.dev/ignore: hook-missing,hook-length-unknown\`. It belongs on the pod;
in a Deployment that is \`spec.template.metadata.annotations\`. Each use is logged. For everybody, in the configuration:
\`actions: {hook-missing: Off}\` (or \`Audit\`, \`Warn\`, \`Deny\`). Which findings a pod may ignore is \`ignorable\` there. Users and
namespaces under \`exempt\` are not judged at all.

**How to read the pictures.** Time runs to the right, from the moment the pod begins to stop.

\`\`\`
${LEGEND}
\`\`\`

The app is taken to need the time it is said to need after the stop signal: 10 s where nobody says.

${RULE_INFO.map(section).join("\n\n")}
`;
}

runPage(import.meta.url, { file: PAGE, text: page });
