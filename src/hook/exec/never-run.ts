/** Shell calls that work, but skip something that was clearly meant to run. */
import type { NeverRun } from "../reading.ts";
import { oneLine } from "../reason.ts";
import { OPERATOR } from "./cannot-run.ts";
import { isShell, type ShellText } from "./shell-invocation.ts";

/**
 * What never runs: the shell text, or the words after the text. A hook that does nothing by intention is not reported:
 * an empty text, `true`, `:`, `echo ...`.
 *
 * Source: POSIX.1-2024 sh and XCU 2.15 "exec"; `sh -c TEXT NAME ARGS` sets `$0` and the positional parameters, in bash
 * 5.2, dash 0.5.12 and busybox 1.35.
 */
export function neverRunIn(
  argv: readonly string[],
  { text, wordIndex }: Extract<ShellText, { kind: "text" }>,
): NeverRun | undefined {
  if (isOnlyComments(text)) return { code: "only-comments", text: oneLine(text) };
  const call = argv.slice(0, wordIndex);
  const behind = argv.slice(wordIndex + 1);
  if (behind.length === 0 || USES_ARGUMENTS.test(text)) return undefined;
  const words = oneLine(behind.join(" "));
  if (/^\s*exec\s*;?\s*$/.test(text))
    return { code: "exec-without-command", words, instead: [...call, `exec ${behind.join(" ")}`] };
  return isNameOnly(behind) && !isArgument(text, behind)
    ? undefined
    : { code: "words-behind-text", text: oneLine(text), words, instead: withWords(call, text, behind) };
}

function isOnlyComments(text: string): boolean {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  return lines.length > 0 && lines.every((line) => /^\s*#/.test(line));
}

/** `sh -c TEXT sh`, `sh -c TEXT --`: by convention the first word after the text is a name for messages. */
function isNameOnly([name = "", ...args]: readonly string[]): boolean {
  return args.length === 0 && (/^(--?|_|[A-Za-z][\w.-]*)$/.test(name) || isShell(name));
}

/**
 * In `sh -c nodetool drain`, `drain` was meant as an argument: the text is one word, and `drain` is not the name of a
 * shell.
 */
function isArgument(text: string, [name = ""]: readonly string[]): boolean {
  return isOneWord(text) && /^[A-Za-z]/.test(name) && !isShell(name);
}

function isOneWord(text: string): boolean {
  return /^[\w./-]+$/.test(text.trim());
}

/**
 * Matches a shell text that may read its arguments. `eval` and `source` run other code, which may read the arguments.
 */
const USES_ARGUMENTS =
  /\$[\d@*#!]|\$\{[#!]?[\d@*]|\b(shift|getopts|eval|source|BASH_ARGV|BASH_ARGC)\b|(^|[\s;&|(])\.\s|\bfor\s+\w+\s*(;|\n|do\b)/;

/**
 * The command line that was probably intended: the words after the shell text become part of the text. Undefined if the
 * intention is not clear.
 */
export function withWords(
  call: readonly string[],
  text: string,
  behind: readonly string[],
): readonly string[] | undefined {
  const [first = ""] = behind;
  const isOneCommand = isOneWord(text) || OPERATOR.test(first);
  if (isOneCommand) return [...call, [text.trim(), ...behind].join(" ")];
  return behind.every((word) => /^[\w./-]+\s/.test(word))
    ? [...call, [text.trim(), ...behind].join("; ")]
    : undefined;
}
