/**
 * Who surely reads a pipe to its end. Whoever writes to a pipe that nobody reads any more dies of SIGPIPE, and what was
 * to come after that takes no time: only where the reader surely stays is the writer's time certain.
 */

import type { Shell } from "../domain/state.ts";
import type { CompoundList, Pipeline } from "../parse.ts";

type Member = Pipeline["commands"][number];

/** Programs that read what they are given to its end, whatever is in it, when no file is named. */
const READERS: ReadonlySet<string> = new Set([
  "cat",
  "wc",
  "sort",
  "tac",
  "rev",
  "nl",
  "md5sum",
  "sha256sum",
]);

/** Commands in the body of a reading loop that cannot end it. */
const HARMLESS: ReadonlySet<string> = new Set(["sleep", "echo", "printf", ":", "true"]);

/** For each pipe between two members: whether its reader may go away before its writer. */
export function fragilePipes(shell: Shell, members: readonly Member[]): readonly boolean[] {
  const fragile: boolean[] = [];
  // A reader that writes to a pipe can die of that one: from the last member back to the first.
  let outputFragile = shell.outputs.get(1)?.fragile === true;
  for (let i = members.length - 1; i > 0; i--) {
    outputFragile ||= !readsAll(shell, members[i] as Member);
    fragile[i - 1] = outputFragile;
  }
  return fragile;
}

function readsAll(shell: Shell, node: Member): boolean {
  if (node.type === "While") {
    const strict = shell.options.errexit !== false || shell.options.nounset !== false;
    return !strict && isPlainRead(shell, node.clause) && isHarmless(shell, node.body);
  }
  if (node.type !== "Command" || node.prefix.length > 0) return false;
  const name = node.name?.text ?? "";
  return (
    READERS.has(name) &&
    !shell.functions.has(name) &&
    node.redirects.every((redirect) => redirect.operator.startsWith(">")) &&
    node.args.every((arg) => arg.type === "Word" && isPlainOption(name, arg.text))
  );
}

/** Any other option may be refused, or end the reader early (`sort -c`). */
function isPlainOption(name: string, text: string): boolean {
  return name === "wc" ? /^-[lcw]$/.test(text) : name === "sort" && /^-[nru]{1,3}$/.test(text);
}

/** `while read x`: stops only where nothing is left to read. */
function isPlainRead(shell: Shell, clause: CompoundList): boolean {
  const [only] = clause.commands;
  const command = only?.command;
  return (
    clause.commands.length === 1 &&
    command?.type === "Command" &&
    command.name?.text === "read" &&
    !shell.functions.has("read") &&
    command.redirects.length === 0
  );
}

/** Nothing in the body can leave the loop, take from its input or fail in an expansion. */
function isHarmless(shell: Shell, body: CompoundList): boolean {
  return body.commands.every(({ command }) => {
    if (command.type !== "Command" || command.redirects.length > 0 || command.prefix.length > 0) return false;
    const name = command.name?.text ?? "";
    const plain = command.args.every((arg) => arg.type === "Word" && !/\$[({]|`/.test(arg.text));
    return plain && HARMLESS.has(name) && !shell.functions.has(name);
  });
}
