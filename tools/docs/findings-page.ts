/**
 * Makes docs/findings.md from the definitions of the findings: `node tools/docs/findings-page.ts --write`. Without
 * `--write` it prints the page. The messages, pictures and fixes come from running the code on the examples.
 */
import { fileURLToPath } from "node:url";
import { legend } from "../../src/explain/drawing.ts";
import { PLAIN } from "../../src/explain/text-style.ts";
import { DEFAULT_CONFIGURATION } from "../../src/policy/configuration/defaults.ts";
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

/** The text that says how to ignore the finding. */
function silence({ id }: RuleInfo): string {
  const one = DEFAULT_CONFIGURATION.ignorable.has(id)
    ? `one pod: annotation \`gracekeeper.dev/ignore: ${id}\``
    : "one pod: only if the configuration lists the finding under `ignorable`";
  return `**Ignore it.** ${one[0]?.toUpperCase()}${one.slice(1)}. Everywhere: \`actions: {${id}: Off}\`.`;
}

function section(about: RuleInfo): string {
  return [
    `## ${about.id}`,
    `**When:** ${about.when}. **Default:** ${defaultOf(about)}.`,
    about.why,
    ...exampleOf(about),
    silence(about),
    `[src/policy/rules/${about.id}.ts](../src/policy/rules/${about.id}.ts) lists the fields that the rule reads, and the sources of Kubernetes behind the rule.`,
  ].join("\n\n");
}

export function page(): string {
  return `# Findings

<!-- Generated from the code by tools/docs/findings-page.ts: do not edit by hand. -->

Each message ends with the id of its finding in brackets. Search this page for the id.

| id | when | default |
|---|---|---|
${contents()}

**What the default means.** The default is the strongest action of the finding. The mode of the namespace can only
make the action weaker. In \`enforce\`, \`Deny\` denies the pod, \`Warn\` warns the user that creates it, and
\`Audit\` writes to the log and to the API server's audit log. In \`warn\`, \`Deny\` becomes a warning. In \`audit\`,
users see nothing. A Deployment or other workload is not denied: the user that applies it gets the warning
\`pods will be rejected\` (unless the configuration has \`templates: Enforce\`).

**How to ignore a finding.** For one pod, use an annotation:
\`gracekeeper.dev/ignore: hook-missing,hook-length-unknown\`. The annotation must be on the pod; a Deployment sets it
in \`spec.template.metadata.annotations\`. Each use is logged. For all pods, use the configuration:
\`actions: {hook-missing: Off}\` (or \`Audit\`, \`Warn\`, \`Deny\`). The field \`ignorable\` of the configuration
lists the findings that a pod may ignore. Users and namespaces under \`exempt\` are not checked at all.

**How to read the pictures.** Time runs to the right, from the moment the pod begins to stop.

\`\`\`
${legend(PLAIN)}
\`\`\`

In the pictures, the app needs 10 s after the stop signal, or the shutdown time that the pod or namespace sets.

${RULE_INFO.map(section).join("\n\n")}
`;
}

runPage(import.meta.url, { file: PAGE, text: page });
