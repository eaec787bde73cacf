/** echo, printf, pwd and read: what is written, and what is taken from the input. */
import type { Dialect } from "../../exec/shell-invocation.ts";
import { CANNOT_TELL } from "../../interval.ts";
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

/** What `echo` writes; undefined where the shells differ: options, and letters behind a backslash. */
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
  // `printf -v NAME` (bash) assigns; an unknown format may be that.
  const mayBeOption = typeof format === "string" ? format.startsWith("-v") : isName(operands[0]);
  if (mayBeOption || isUnknownCount(format)) {
    unsupported("may set a variable that is not known here")(call);
    return;
  }
  const text = printed(format, operands);
  state.status = text === undefined ? undefined : 0;
  write(state, scope, text);
}

/** What `printf` writes, for a plain text with newlines. Other escapes and conversions are not followed. */
function printed(format: Field, operands: readonly Field[]): string | undefined {
  if (typeof format !== "string" || operands.length > 0) return undefined;
  const text = format.replaceAll("\\n", "\n");
  return /^-|[%\\]/.test(text) ? undefined : text;
}

/** `read` with `-r` and names. Other options may wait, or set a variable that is not named apart. */
function read(call: Call): void {
  const { state, scope, args, node } = call;
  const raw = args[0] === "-r";
  const names = args.slice(raw ? 1 : 0);
  if (names.length === 0 || !names.every(isName)) {
    unsupported("reads in a way that is not followed")(call);
    return;
  }
  const { kind, text } = state.input;
  if (kind === "hook")
    spend(state, scope, node, { seconds: CANNOT_TELL, because: { clause: "waits for input" } });
  if (kind !== "hook" && text !== undefined) {
    takeLine(call, { raw, names }, text);
    return;
  }
  for (const name of names) assign(state, name, undefined);
  state.status = undefined;
  consume(state, undefined, false);
}

/** Takes one line; at the end of the input the status is 1, whatever was left without a newline. */
function takeLine(
  { state, scope }: Call,
  { raw, names }: { readonly raw: boolean; readonly names: readonly string[] },
  text: string,
): void {
  const end = text.indexOf("\n");
  const isLast = end < 0;
  const line = isLast ? text : text.slice(0, end);
  consume(state, isLast ? "" : text.slice(end + 1), isLast);
  state.status = isLast ? 1 : 0;
  const isPlain = separatorsOf(state, scope) === DEFAULT_SEPARATORS && (raw || !line.includes("\\"));
  // The words of a line are not shared among several names.
  const value = names.length === 1 && isPlain ? trimmed(line) : undefined;
  for (const name of names) assign(state, name, value);
}

/** Without the blanks around it. By hand: `/[ \t]+$/` would try from each of many blanks in the middle. */
function trimmed(line: string): string {
  let start = 0;
  let end = line.length;
  while (/[ \t]/.test(line[start] ?? "")) start += 1;
  while (end > start && /[ \t]/.test(line[end - 1] as string)) end -= 1;
  return line.slice(start, end);
}
