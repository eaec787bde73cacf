/** Commands that fail at once in every image: they were written for a shell, but no shell runs them. */
import type { CannotRun } from "../reading.ts";
import { oneLine } from "../reason.ts";
import { baseName, isShell, readShellCall } from "./shell-invocation.ts";

/** Words that only a shell knows: no program has one of these names. */
const SHELL_WORD =
  /^(\.|:|alias|bg|break|case|continue|declare|do|done|eval|exec|exit|export|fg|for|function|if|local|readonly|return|set|shift|source|trap|ulimit|unset|until|while|\{|!)$/;

export const OPERATOR = /^(&&|\|\||;|\||&|>|>>|<|2>&1|>\/dev\/null|\|&)$/;

/** Why this command can never work; undefined if it may work. */
export function cannotRunArgv(argv: readonly string[]): CannotRun | undefined {
  const [first, ...rest] = argv;
  if (first === undefined || first === "") return { code: "empty-command" };
  if (argv.some((word) => word.includes("\0"))) return { code: "nul-character" };
  if (isShell(first)) return shellRefusal(argv);
  if (SHELL_WORD.test(first)) return { code: "shell-keyword", word: first, instead: inShell(argv) };
  if (rest.length === 0 && /^\s*\[.*[\s,"'].*\]\s*$/s.test(first))
    return { code: "list-in-quotes", word: oneLine(first), instead: listIn(first) };
  if (rest.length === 0 && looksLikeCommandLine(first)) {
    return { code: "one-word-command-line", word: oneLine(first), instead: insteadOf(first) };
  }
  const operator = argv.find((word) => OPERATOR.test(word));
  const program = baseName(first);
  // `sleep` fails for a word that is not a time. It is not known what other programs do with a shell operator.
  if (operator === undefined || program !== "sleep") return undefined;
  return { code: "operator-without-shell", word: operator, program, instead: inShell(argv) };
}

function inShell(argv: readonly string[]): readonly string[] {
  return ["/bin/sh", "-c", argv.join(" ")];
}

/** The words of a text that was meant to be a list in YAML or JSON: `[sleep, 20]`, `["sleep","20"]`. */
function listIn(word: string): readonly string[] | undefined {
  const items = word.trim().slice(1, -1).trim().replace(/,$/, "");
  const words = [...items.matchAll(LIST_ITEM)].map(
    ([, double, single, plain]) => double ?? single ?? plain ?? "",
  );
  const isWhole = items.replaceAll(LIST_ITEM, "") === "";
  return isWhole && words.length > 0 && !words.includes("") ? words : undefined;
}

/** A list item without escapes, up to the next comma. */
const LIST_ITEM = /\s*(?:"([^"\\]*)"|'([^']*)'|([^\s"',[\]{}]+))\s*(?:,(?=.)|$)/gs;

/**
 * Names of programs, which are never names of folders: `/bin/curl http://x/y` is a command line, but `/opt/my app/run`
 * may be a path.
 */
const USUAL =
  /^(sleep|timeout|kill|killall|pkill|nginx|curl|wget|echo|touch|rm|cat|test|true|env|nohup|java|python3?|node)$/;

/**
 * Whether a single word is an unsplit command line. A word such as `/opt/my app/run` may be a path with blanks instead.
 */
function looksLikeCommandLine(word: string): boolean {
  const parts = /^\s*([\w./-]+)\s+(\S.*)$/s.exec(word);
  if (parts === null) return /\s/.test(word) && /[;|&<>]/.test(word);
  const [, first = "", rest = ""] = parts;
  const mayBePath = first.includes("/") && rest.includes("/");
  return !mayBePath || USUAL.test(baseName(first)) || isShell(first);
}

function insteadOf(word: string): readonly string[] | undefined {
  const text = word.trim();
  return /^[\w./:=-]+(\s+[\w./:=-]+)*$/.test(text) ? text.split(/\s+/) : ["/bin/sh", "-c", text];
}

/** `sh 'sleep 20'` opens a file named `sleep 20`; `sh -c` alone is an error. */
function shellRefusal(argv: readonly string[]): CannotRun | undefined {
  const [shell = "sh", ...words] = argv;
  const program = baseName(shell);
  const glued = words.find((word) => !/^-/.test(word) || /^-\w*c\s/.test(word));
  if (glued !== undefined && /^-\w*c\s/.test(glued)) {
    // In a word such as `-c sleep 20`, shells read every letter as an option. A blank is not an option, so dash, bash
    // and busybox fail.
    const text = glued.replace(/^-\w*c\s+/, "");
    return { code: "option-and-text-in-one-word", word: oneLine(glued), instead: [shell, "-c", text] };
  }
  const script = readShellCall(argv)?.script;
  if (script?.kind === "missing") return { code: "no-text", program };
  if (script?.kind !== "file" || script.file === undefined || !looksLikeCommandLine(script.file))
    return undefined;
  return {
    code: "text-without-option",
    word: oneLine(script.file),
    program,
    instead: [shell, "-c", script.file],
  };
}
