/**
 * Makes docs/hooks.md from the code: `node tools/docs/hooks-page.ts --write`. Without `--write` it prints the page.
 * The examples are read by the reader itself, the programs come from its table.
 */
import { fileURLToPath } from "node:url";
import { PROGRAM_GROUPS, PROGRAMS } from "../../src/hook/programs/table.ts";
import { hookReader } from "../../src/hook/reader.ts";
import type { Assumption, HookReading } from "../../src/hook/reading.ts";
import { cell, runPage } from "./page.ts";

export const PAGE = fileURLToPath(new URL("../../docs/hooks.md", import.meta.url));

const ASSUMPTIONS: Readonly<Record<Assumption, string>> = {
  "programs-as-documented": "the programs named are in the image and do what their manual says",
  "main-process-runs-on":
    "the container's main process goes on until the hook signals or stops it; from then on, whatever is left of the hook may be cut, so it adds 0 to the least",
  "timeout-ends-program":
    "`timeout` ends the program it runs, and what that has started, with the signal it sends",
  "output-can-be-opened": "files the hook writes to can be opened at once",
};

const EXAMPLES: readonly (readonly string[])[] = [
  ["sleep", "15"],
  ["sh", "-c", "sleep 15 && nginx -s quit"],
  ["sh", "-c", "kill -TERM 1; sleep 15"],
  ["sh", "-c", "sleep 25 &"],
  ["sh", "-c", "sleep 5 & sleep 8 & wait"],
  ["sh", "-c", "for i in 1 2 3; do curl -m 2 localhost/drain && break; sleep 1; done"],
  ["sh", "-c", "i=0; until [ -f /tmp/done ] || [ $i -ge 20 ]; do sleep 1; i=$((i+1)); done"],
  ["sh", "-c", "nginx -s quit; while pgrep -x nginx; do sleep 2; done"],
  ["sh", "-c", "sleep $" + "{DELAY:-10}"],
  ["sh", "-c", "set -e; [ -x /drain ]; sleep 10"],
  ["bash", "-c", "for i in {1..5}; do sleep 2; done"],
  ["sh", "-c", "for i in {1..5}; do sleep 2; done"],
  ["bash", "-c", "sleep $((RANDOM % 10 + 5))"],
  ["timeout", "20", "/drain.sh"],
  ["timeout", "-k", "5", "30", "/drain.sh"],
  ["sleep", "1e1"],
  ["sleep", "infinity"],
  ["sleep 20"],
  ["sh", "sleep 20"],
  ["sleep", "5", "&&", "nginx", "-s", "quit"],
  ["sleep", "$(DELAY)"],
  ["/drain.sh"],
];

function read(command: readonly string[]): HookReading {
  const hook = { handler: { kind: "exec", command }, env: new Map() } as const;
  return hookReader(PROGRAMS)([hook]).of(hook.handler, hook.env);
}

function time({ min, max }: HookReading["seconds"]): string {
  if (min === max) return `${min} s`;
  return max === Number.POSITIVE_INFINITY ? `${min} s or more` : `${min} to ${max} s`;
}

function exampleRow(command: readonly string[]): string {
  const reading = read(command);
  const why =
    reading.cannotRun?.because ??
    (reading.why.min === reading.why.max
      ? reading.why.min
      : `least: ${reading.why.min}; most: ${reading.why.max}`);
  return `| \`${cell(JSON.stringify(command))}\` | ${time(reading.seconds)} | ${cell(why)} |`;
}

/** Entries that share one description stand on one line. */
function programRows(): string {
  return PROGRAM_GROUPS.map(({ title, programs }) => {
    const lines = new Map<string, string[]>();
    for (const [name, { summary, source }] of programs) {
      const key = `${cell(summary)} | ${cell(source)}`;
      lines.set(key, [...(lines.get(key) ?? []), `\`${cell(name)}\``]);
    }
    const rows = [...lines].map(([key, names]) => `| ${names.join(" ")} | ${key} |`);
    return [`### ${title}`, "", "| program | how long it takes | source |", "|---|---|---|", ...rows].join(
      "\n",
    );
  }).join("\n\n");
}

export function page(): string {
  return `# How long a preStop hook takes

<!-- Made by test/docs/hooks-page.ts from the code: do not edit by hand. -->

gracekeeper reads each preStop hook into an interval: the least and the most seconds it can take in a healthy container.
The bounds are meant to be right always. What cannot be known has no upper bound; "cannot tell" is an answer, a guess is not.

| hook | read as |
|---|---|
| \`sleep\` | exactly its seconds |
| \`exec\` of a program | what the table below says of it; a program that is not there takes 0 s or more |
| \`exec\` of \`sh -c\`, \`bash -c\`, \`dash -c\`, \`ash -c\` | the script is parsed and followed, command by command |
| \`httpGet\` | 0 s or more: the kubelet waits for the answer without a limit |
| \`tcpSocket\`, no handler | cannot run: 0 s |

## Examples

| command | takes | why |
|---|---|---|
${EXAMPLES.map(exampleRow).join("\n")}

## Scripts

- Commands add up; \`if\`, \`case\`, \`&&\` and \`||\` take the branch that is known to run, and where that is not known any of them.
- Loops are run turn by turn as long as their condition is known. Where it is not, and nothing bounds the turns, there is no upper bound.
- Variables that the script sets, and literal values of the container's \`env\`, are known. Any other variable may be set by the image or
  by \`valueFrom\`: \`$\{DELAY:-10}\` is not known to be 10. Kubernetes expands no \`$(VAR)\` in hooks.
- A job in the background holds up \`wait\`. One that keeps the output of the hook open may hold up the hook itself, as the container
  runtime waits for the output to close: \`sleep 25 &\` takes 0 to 25 s, \`sleep 25 >/dev/null 2>&1 &\` takes 0 s.
- \`set -e\`, \`trap ... EXIT\`, functions, \`eval\` of known text, \`exec\`, here-documents, substitutions, arithmetic, pipes and subshells are followed.
- \`sh\` may be bash, dash or busybox: a text with anything that these read differently (\`[[ ]]\`, arrays, \`{1..3}\`, \`<<<\`, ...) cannot be
  told under \`sh\`; under \`bash\` it is read.
- Files that are sourced, commands whose name is not known, aliases, traps on other events, \`eval\` of unknown text: from there on, cannot tell.
- Scripts above 4096 characters, or nested deeper than any real hook, are not read.

## Hooks that cannot work

A single word with blanks in it, \`sh\` with a script instead of \`-c\`, \`-c\` without a text, shell operators or shell words without a shell,
\`sleep\` with an operand that it refuses, text that no shell parses, \`tcpSocket\`: these fail at once. They take 0 s, and the reason is given.

## What is taken for granted

Each reading names the assumptions it used:

${Object.entries(ASSUMPTIONS)
  .map(([id, text]) => `- \`${id}\`: ${text}.`)
  .join("\n")}

Start-up time, up to 0.2 s, is not counted. A program that is not in the table, whose words say nothing of stopping, is taken not to stop the
main process.

## Programs

The configuration can add programs or replace these. A name counts wherever the program lies: \`/usr/sbin/nginx\` is \`nginx\`.

${programRows()}
`;
}

runPage(import.meta.url, { file: PAGE, text: page });
