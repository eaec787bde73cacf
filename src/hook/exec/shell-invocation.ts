/** How a shell is called: `sh OPTIONS -c TEXT NAME ARGS` (sh(1), bash(1) "INVOCATION"). */

/** The shell that reads the text: bash, or the shell that is installed as `sh` (bash, dash or busybox ash). */
export type Dialect = "bash" | "any";

/** A command line that starts a shell. */
export interface ShellCall {
  readonly dialect: Dialect;
  /**
   * Options of the command line, written as `set` and `shopt` commands. The shell sets these options before it reads
   * the text.
   */
  readonly options: readonly string[];
  /** `-l`: the shell reads the profile files first (bash(1) "INVOCATION", dash(1), sh of busybox 1.36). */
  readonly isLogin: boolean;
  readonly script: ShellText;
}

/** The script that the shell runs. */
export type ShellText =
  | {
      readonly kind: "text";
      readonly text: string;
      readonly args: readonly (string | undefined)[];
      readonly wordIndex: number;
    }
  /** `sh FILE`: the content of the file is not known. */
  | { readonly kind: "file"; readonly file: string | undefined }
  /** `sh -c` without a text: an error. */
  | { readonly kind: "missing" }
  /** No operand: the shell reads its input. */
  | { readonly kind: "input" }
  | { readonly kind: "unknown"; readonly because: string };

/** Shells by name. `sh`, `dash` and `ash` may each be dash, busybox or bash; `bash` is always bash. */
const SHELLS: ReadonlyMap<string, Dialect> = new Map([
  ["sh", "any"],
  ["dash", "any"],
  ["ash", "any"],
  ["bash", "bash"],
]);

/** The last part of a path: the name of the program. */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** True for the shells whose text is analysed. zsh, ksh, fish and others are unknown programs. */
export function isShell(name: string): boolean {
  return SHELLS.has(baseName(name));
}

/** The maximum number of characters of one word; a command with a longer word is not analysed. */
export const LONGEST_WORD = 4096;

/** Option letters that `set` accepts, and option letters that have no effect in a shell that is not interactive. */
const SET_LETTERS = "eufxvhBE";

/** The maximum number of options of a shell command line: each option is analysed as a separate command. */
const MOST_OPTIONS = 100;

/** How the command starts a shell; undefined if the command is not a shell. */
export function readShellCall(argv: readonly (string | undefined)[]): ShellCall | undefined {
  const dialect = SHELLS.get(baseName(argv[0] ?? ""));
  if (dialect === undefined) return undefined;
  const read = readOptions(argv, dialect);
  return "because" in read
    ? { dialect, options: [], isLogin: false, script: { kind: "unknown", ...read } }
    : {
        dialect,
        options: read.options,
        isLogin: read.isLogin,
        script: scriptOf(argv, read.used, read.commandText),
      };
}

/**
 * The options of a command line that starts a shell. `options` are `set` commands, and `used` is the number of words of
 * all options. `-c` sets `commandText`, and `-l` sets `isLogin`.
 */
interface Options {
  readonly options: readonly string[];
  readonly commandText: boolean;
  readonly isLogin: boolean;
  readonly used: number;
}

interface UnknownOptions {
  readonly because: string;
}

const UNKNOWN_WORD: UnknownOptions = { because: "is called with unknown words" };
const UNFOLLOWED: UnknownOptions = { because: "is called with an option that is not analysed" };

function readOptions(argv: readonly (string | undefined)[], dialect: Dialect): Options | UnknownOptions {
  const options: string[] = [];
  let commandText = false;
  let isLogin = false;
  let used = 1;
  while (used < argv.length) {
    const word = argv[used];
    if (word === undefined) return UNKNOWN_WORD;
    if (word === "--" || word === "-") return { options, commandText, isLogin, used: used + 1 };
    if (!/^[-+]./.test(word)) break;
    if (options.length + word.length > MOST_OPTIONS) return { because: "is called with too many options" };
    const read = word.startsWith("--")
      ? readLongOption(word, dialect)
      : readLetters(word, argv.slice(used + 1, used + 1 + word.length));
    if ("because" in read) return read;
    options.push(...read.options);
    commandText ||= read.commandText;
    isLogin ||= read.isLogin;
    used += read.used;
  }
  return { options, commandText, isLogin, used };
}

function readLongOption(word: string, dialect: Dialect): Options | UnknownOptions {
  return dialect === "bash" && /^--(norc|noprofile|login)$/.test(word)
    ? { options: [], commandText: false, isLogin: word === "--login", used: 1 }
    : UNFOLLOWED;
}

/** `-euo pipefail`: each `o` takes its option name from the next word. */
function readLetters(word: string, following: readonly (string | undefined)[]): Options | UnknownOptions {
  const letters = [...word.slice(1)];
  const [sign = ""] = word;
  const isText = (letter: string): boolean => letter === "c" && sign === "-";
  const named = letters.filter((letter) => /[oO]/.test(letter));
  const names = following.slice(0, named.length);
  if (names.length < named.length || names.includes(undefined)) return UNKNOWN_WORD;
  if (letters.some((letter) => !/[oOl]/.test(letter) && !isText(letter) && !SET_LETTERS.includes(letter)))
    return UNFOLLOWED;
  const options = letters.flatMap((letter) => {
    if (letter === "o") return `set ${sign}o ${names.shift()}`;
    if (letter === "O") return `shopt ${sign === "-" ? "-s" : "-u"} ${names.shift()}`;
    return letter !== "l" && !isText(letter) ? `set ${sign}${letter}` : [];
  });
  const isLogin = sign === "-" && letters.includes("l");
  return { options, commandText: letters.some(isText), isLogin, used: 1 + named.length };
}

function scriptOf(argv: readonly (string | undefined)[], i: number, commandText: boolean): ShellText {
  if (!commandText) return i < argv.length ? { kind: "file", file: argv[i] } : { kind: "input" };
  if (i >= argv.length) return { kind: "missing" };
  const text = argv[i];
  if (text === undefined) return { kind: "unknown", because: "runs unknown text" };
  // The word after the text is `$0`; the arguments begin after it.
  return { kind: "text", text, args: argv.slice(i + 2), wordIndex: i };
}
