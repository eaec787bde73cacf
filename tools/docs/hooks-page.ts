/**
 * Makes docs/hooks.md from the code: `node tools/docs/hooks-page.ts --write`. Without `--write` it prints the page. The
 * hook reader evaluates the examples. The list of programs comes from the table of the hook reader.
 */
import { fileURLToPath } from "node:url";
import { PROGRAM_GROUPS, PROGRAMS } from "../../src/hook/programs/table.ts";
import { hookReader } from "../../src/hook/reader.ts";
import type { Assumption, HookReading } from "../../src/hook/reading.ts";
import { readingText } from "../../src/hook/reason-text.ts";
import { withContents } from "./contents.ts";
import { cell, runPage } from "./page.ts";

export const PAGE = fileURLToPath(new URL("../../docs/hooks.md", import.meta.url));

const ASSUMPTIONS: Readonly<Record<Assumption, string>> = {
  "programs-as-documented": "the programs are in the image and work as their manuals say",
  "main-process-runs-on":
    "the container's main process runs until the hook signals or stops it. The container may then end and cut the hook, so later commands add 0 to the lower bound",
  "timeout-ends-program":
    "the signal of `timeout` ends its program and all processes that the program started",
  "output-can-be-opened": "the hook can open its output files without waiting",
  "profile-takes-no-time":
    "the profile files of a login shell (`-l`) take no time and only set variables, so gracekeeper does not use literal values of `env` in such a shell",
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
  [
    "sh",
    "-c",
    "end=$(($(date +%s)+20)); while [ $(date +%s) -lt $end ]; do curl -m 2 localhost; sleep 1; done",
  ],
  ["bash", "-c", "sleep $((RANDOM % 10 + 5))"],
  ["timeout", "20", "/drain.sh"],
  ["timeout", "-k", "5", "30", "/drain.sh"],
  ["sleep", "1e1"],
  ["sh", "-c", "curl localhost:8080/quit; sleep 60"],
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

/** The table cell for the known run. The cell is empty if the duration of the hook has an upper bound. */
function knownRun({ seconds, known }: HookReading): string {
  return seconds.max === Number.POSITIVE_INFINITY ? `${known} s` : "";
}

function exampleRow(command: readonly string[]): string {
  const reading = read(command);
  const text = readingText(reading);
  const why =
    text.cannotRun?.because ??
    (text.why.min === text.why.max ? text.why.min : `least: ${text.why.min}; most: ${text.why.max}`);
  return `| \`${cell(JSON.stringify(command))}\` | ${time(reading.seconds)} | ${knownRun(reading)} | ${cell(why)} |`;
}

/** Programs with the same description share a row of the table. */
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
  return withContents(`# How long a preStop hook takes

<!-- Generated from the code by tools/docs/hooks-page.ts: do not edit by hand. -->

gracekeeper reads each preStop hook and finds two bounds: the least and the most seconds that the hook can take in a
healthy container. The bounds must always be right. gracekeeper never guesses: if the longest time is not known, there
is no upper bound.

Without an upper bound there is a third number, the known run: the duration that the author of the hook seems to intend.
The known run can cause a warning, never a denial. The examples have a column for the known run.

| hook | read as |
|---|---|
| \`sleep\` | exactly its seconds |
| \`exec\` of a program | the time in the table of programs below; a program that is not in the table takes 0 s or more |
| \`exec\` of \`sh -c\`, \`bash -c\`, \`dash -c\`, \`ash -c\` | the script is parsed and analysed, command by command |
| \`httpGet\` | 0 s or more: the kubelet waits for the answer without a limit |
| \`tcpSocket\`, no handler | cannot run: 0 s |

## Examples

| command | takes | known run | why |
|---|---|---|---|
${EXAMPLES.map(exampleRow).join("\n")}

## The known run

- A program without a time limit takes its lower bound, mostly 0 s. A program with a limit takes the limit:
  \`timeout 60 ./drain.sh\` takes 60 s.
- If a condition is not known, both branches are analysed, and the known run uses the longer branch.
- A loop with a known largest number of iterations makes all of them. Any other loop makes as few iterations as
  possible, but at least one.
- \`$\{DELAY:-10}\` is 10, unless the container's \`env\` sets \`DELAY\`.
- The known run continues after a command that may fail under \`set -e\`, after a signal and after \`kill 1\`. \`exit\`,
  \`return\` and \`exec\` end the known run.
- A command that is not analysed takes no time, and the known run continues after the command.

## Scripts

- The times of commands add up. \`if\`, \`case\`, \`&&\` and \`||\` take the branch that is known to run. If the
  branch is not known, the bounds cover each branch.
- Each iteration of a loop is analysed while its condition is known. If the condition is not known and nothing limits
  the iterations, there is no upper bound. A loop that compares the clock with a deadline (\`date +%s\`, in bash also
  \`$SECONDS\`) ends when the deadline has passed and the last iteration is done.
- Variables that the script sets and literal values of the container's \`env\` are known. The image or \`valueFrom\`
  may set any other variable, so \`$\{DELAY:-10}\` may not be 10. Kubernetes does not expand \`$(VAR)\` in hooks.
- \`wait\` waits for background jobs. A job that keeps the output of the hook open may delay the end of the hook,
  because the container runtime waits until the output is closed: \`sleep 25 &\` takes 0 to 25 s,
  \`sleep 25 >/dev/null 2>&1 &\` takes 0 s.
- \`set -e\`, \`trap ... EXIT\`, functions, \`eval\` of known text, \`exec\`, here-documents, command substitutions,
  simple arithmetic, pipes and subshells are analysed.
- \`sh\` may be bash, dash or busybox. If these shells read a script differently (\`[[ ]]\`, arrays, \`{1..3}\`,
  \`<<<\`, ...), the time of the script is not known under \`sh\`. \`bash\` is always bash.
- The remaining time of a script is not known after a sourced file, a command with an unknown name, an alias, a trap
  on another event, or \`eval\` of unknown text.
- A script is not analysed if it is longer than 4096 characters or nested deeper than any real hook.

## Hooks that cannot work

These hooks fail at once and take 0 s. gracekeeper gives the reason for each: a command of one word that contains
blanks, \`sh\` with a script instead of \`-c\`, \`-c\` without a text, shell operators or shell words without a shell,
\`sleep\` with an invalid operand, text that no shell parses, and \`tcpSocket\`.

## Assumptions

Each analysis of a hook names the assumptions that it depends on:

${Object.entries(ASSUMPTIONS)
  .map(([id, text]) => `- \`${id}\`: ${text}.`)
  .join("\n")}

The bounds do not include the start-up time of programs, up to 0.2 s. gracekeeper assumes that a program outside the
table stops the main process only if its command line has a word such as stop, quit, kill or drain. A file whose name is
not known is assumed to be a regular file, which has an end.

## Programs

The configuration can add programs or replace programs of these tables. The directory of a program does not matter:
\`/usr/sbin/nginx\` is \`nginx\`.

${programRows()}
`);
}

runPage(import.meta.url, { file: PAGE, text: page });
