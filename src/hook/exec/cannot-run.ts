/** Commands that fail at once whatever the image holds: they were written for a shell that nobody starts. */
import type { CannotRun } from "../reading.ts";
import { baseName, isShell, readShellCall } from "./shell-invocation.ts";

/** A command that never runs. */
export interface Refusal {
  readonly cannotRun: CannotRun;
}

/** Words that only a shell knows; there is no program of that name. */
const SHELL_WORDS: ReadonlySet<string> = new Set([
  ".",
  ":",
  "alias",
  "bg",
  "break",
  "case",
  "continue",
  "do",
  "done",
  "eval",
  "exec",
  "exit",
  "export",
  "fg",
  "for",
  "function",
  "if",
  "local",
  "readonly",
  "return",
  "set",
  "shift",
  "source",
  "trap",
  "ulimit",
  "unset",
  "until",
  "while",
  "declare",
  "{",
  "!",
]); // prettier-ignore

const OPERATORS: ReadonlySet<string> = new Set([
  "&&",
  "||",
  ";",
  "|",
  "&",
  ">",
  ">>",
  "<",
  "2>&1",
  ">/dev/null",
  "|&",
]);

/** Programs whose operands can be anything: an operator among them is just a word, and they run. */
const TAKES_ANY_WORD = /^(echo|printf|logger|expr|test|\[|env|find|true|false|:)$/;

/** Why this command can never work; undefined where it may. */
export function cannotRunArgv(argv: readonly string[]): Refusal | undefined {
  const [first, ...rest] = argv;
  if (first === undefined || first === "") return refusal("the command is empty", undefined);
  if (argv.some((word) => word.includes("\0")))
    return refusal("the command holds a NUL character", undefined);
  if (isShell(first)) return shellRefusal(argv);
  if (SHELL_WORDS.has(first))
    return refusal(`${first} is a word of the shell and no program`, ["/bin/sh", "-c", argv.join(" ")]);
  if (rest.length === 0 && looksLikeCommandLine(first)) {
    return refusal(
      `there is no program called "${first.slice(0, 60)}": each word must be an item of its own`,
      insteadOf(first),
    );
  }
  const operator = argv.find((word) => OPERATORS.has(word));
  if (operator === undefined || !refusesOperators(first)) return undefined;
  return refusal(`without a shell, ${operator} is handed to ${baseName(first)} as a word`, [
    "/bin/sh",
    "-c",
    argv.join(" "),
  ]);
}

function refusal(because: string, instead: readonly string[] | undefined): Refusal {
  return { cannotRun: { because, instead } };
}

/** `sleep` refuses what is no time; of other programs it is not known what they do with an operator. */
function refusesOperators(program: string): boolean {
  return baseName(program) === "sleep" && !TAKES_ANY_WORD.test(program);
}

/** Programs whose path nobody makes a folder of: `/bin/sh -c /x` is a command line, `/opt/my app/run` may be a path. */
const USUAL =
  /^(sleep|timeout|kill|killall|pkill|nginx|curl|wget|echo|touch|rm|cat|test|true|env|nohup|java|python3?|node)$/;

/** Blanks in a single word: a command line that nobody splits, unless it can be a path with blanks in it. */
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

/** `sh 'sleep 20'` opens a file of that name; `sh -c` alone is an error. */
function shellRefusal(argv: readonly string[]): Refusal | undefined {
  const call = readShellCall(argv);
  const script = call?.script;
  const glued = argv.slice(1).find((word) => !/^-/.test(word) || /^-\w*c\s/.test(word));
  if (glued !== undefined && /^-\w*c\s/.test(glued)) {
    // Every letter of the word is an option, and a blank is none: dash, bash and busybox all refuse it.
    const text = glued.replace(/^-\w*c\s+/, "");
    return refusal(`"${glued.slice(0, 60)}" is one word: the text must be an item of its own`, [
      argv[0] as string,
      "-c",
      text,
    ]);
  }
  if (script?.kind === "missing")
    return refusal(`${baseName(argv[0] ?? "sh")} -c has no text to run`, undefined);
  if (script?.kind !== "file" || script.file === undefined || !looksLikeCommandLine(script.file))
    return undefined;
  return refusal(
    `without -c, ${baseName(argv[0] ?? "sh")} looks for a script file called "${script.file.slice(0, 60)}"`,
    [argv[0] as string, "-c", script.file],
  );
}
