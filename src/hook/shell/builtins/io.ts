/** The builtins echo, printf, pwd and read: their output and their input. */
import type { Dialect } from "../../exec/shell-invocation.ts";
import { parseOptions, seconds } from "../../programs/program-result.ts";
import { consume } from "../domain/state.ts";
import { type Field, isName, isUnknownCount, LONGEST_TEXT } from "../domain/value.ts";
import { assign } from "../domain/variables.ts";
import { spend, write } from "../effects.ts";
import { DEFAULT_SEPARATORS, separatorsOf } from "../expand/separators.ts";
import { type Builtin, type Call, unsupported } from "./builtin.ts";

export const IO_BUILTINS: ReadonlyMap<string, Builtin> = new Map<string, Builtin>([
  ["echo", echo],
  ["printf", printf],
  ["pwd", pwd],
  ["read", read],
]);

function pwd({ state, scope }: Call): void {
  state.status = 0;
  write(state, scope, undefined);
}

function echo({ state, scope, args }: Call): void {
  state.status = 0;
  write(state, scope, echoed(args, scope.analysis.dialect));
}

/** The output of `echo`; undefined if the shells print different texts, because of options or a backslash. */
function echoed(args: readonly Field[], dialect: Dialect): string | undefined {
  const words: string[] = [];
  let length = 0;
  for (const arg of args) {
    if (typeof arg !== "string") return undefined;
    length += arg.length;
    if (length > LONGEST_TEXT) return undefined;
    words.push(arg);
  }
  const silent = words[0] === "-n" && dialect === "bash";
  if (silent) words.shift();
  if (/^-[neE]+$/.test(words[0] ?? "")) return undefined;
  const text = words.join(" ");
  if (dialect === "any" && text.includes("\\")) return undefined;
  return silent ? text : `${text}\n`;
}

function printf(call: Call): void {
  const { state, scope, args } = call;
  const [format, ...operands] = args;
  // `printf -v NAME` (bash) assigns to a variable, and an unknown format may be `-v`.
  const mayBeOption = typeof format === "string" ? format.startsWith("-v") : isName(operands[0]);
  if (mayBeOption || isUnknownCount(format)) {
    unsupported("may set an unknown variable")(call);
    return;
  }
  const text = printed(format, operands);
  state.status = text === undefined ? undefined : 0;
  write(state, scope, text);
}

/** The output of `printf` for a plain text with newlines. Other escapes and conversions are not analysed. */
function printed(format: Field, operands: readonly Field[]): string | undefined {
  if (typeof format !== "string" || operands.length > 0) return undefined;
  const text = format.replaceAll("\\n", "\n");
  return /^-|[%\\]/.test(text) ? undefined : text;
}

/** The options and operands of the builtin `read`. */
interface ReadCall {
  readonly raw: boolean;
  readonly names: readonly string[];
  /** The time limit of `read` in seconds. */
  readonly limit: number;
  /** True if `read` reads one line in all three shells: dash 0.5.12 fails at once on options other than `-r`. */
  readonly plain: boolean;
}

const READ_VALUED: ReadonlySet<string> = new Set(["-t", "-n", "-p"]);

/**
 * Reads the options `-r`, `-s`, `-p PROMPT`, `-n COUNT` and `-t SECONDS` (bash(1) "read", busybox 1.36
 * shell/shell_common.c).
 */
function readCall(args: readonly Field[]): ReadCall | undefined {
  const words = args.map((arg) => (typeof arg === "string" ? arg : undefined));
  const { options, operands: names } = parseOptions(words, READ_VALUED, true) ?? {};
  if (options === undefined || !names?.every(isName)) return undefined;
  const keys = [...options.keys()];
  const limit = options.has("-t") ? seconds(options.get("-t")) : Number.POSITIVE_INFINITY;
  // `read` without a name fails in dash, and sets REPLY in bash.
  if (limit === undefined || (names.length === 0 && !Number.isFinite(limit))) return undefined;
  if (!keys.every((key) => /^-[rstnp]$/.test(key))) return undefined;
  return { raw: options.has("-r"), names, limit, plain: keys.every((key) => key === "-r") };
}

function read(call: Call): void {
  const { state, scope, args, node } = call;
  const how = readCall(args);
  if (how === undefined) {
    unsupported("reads input in a way that is not analysed")(call);
    return;
  }
  const { kind, text } = state.input;
  if (kind !== "hook" && text !== undefined && how.plain) {
    takeLine(call, how, text);
    return;
  }
  const { names, limit } = how;
  if (kind === "hook") {
    const clause = Number.isFinite(limit) ? `waits ${limit} s at most for input` : "waits for input";
    spend(state, scope, node, { seconds: { min: 0, max: limit }, because: { clause } });
  }
  for (const name of names) assign(state, name, undefined);
  state.status = undefined;
  consume(state, kind === "empty" ? "" : undefined, false, limit);
}

/** Reads one line. At the end of the input the status is 1, even if there was text without a newline. */
function takeLine({ state, scope }: Call, { raw, names }: ReadCall, text: string): void {
  const end = text.indexOf("\n");
  const isLast = end < 0;
  const line = isLast ? text : text.slice(0, end);
  consume(state, isLast ? "" : text.slice(end + 1), isLast);
  state.status = isLast ? 1 : 0;
  const isPlain = separatorsOf(state, scope) === DEFAULT_SEPARATORS && (raw || !line.includes("\\"));
  // With several names, the division of the words among the names is not analysed.
  const value = names.length === 1 && isPlain ? trimmed(line) : undefined;
  for (const name of names) assign(state, name, value);
}

/** Trims blanks, without a regular expression: `/[ \t]+$/` is quadratic for many blanks in the middle. */
function trimmed(line: string): string {
  let start = 0;
  let end = line.length;
  while (/[ \t]/.test(line[start] ?? "")) start += 1;
  while (end > start && /[ \t]/.test(line[end - 1] as string)) end -= 1;
  return line.slice(start, end);
}
