/** echo, printf, pwd and read: what is written, and what is taken from the input. */
import type { Dialect } from "../../exec/shell-invocation.ts";
import { CANNOT_TELL } from "../../interval.ts";
import { consume } from "../domain/state.ts";
import { type Field, isUnknownCount, LONGEST_TEXT, type Value } from "../domain/value.ts";
import { assign } from "../domain/variables.ts";
import { spend, write } from "../effects.ts";
import { separatorsOf } from "../expand/separators.ts";
import { type Builtin, type Call, isName, unsupported } from "./builtin.ts";

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

/** More operands than any hook prints. */
const MOST_ROUNDS = 1000;

/** What `printf` writes, for formats of plain text, `%s`, `%d`, `%%` and the common escapes. */
function printed(format: Field, operands: readonly Field[]): string | undefined {
  if (typeof format !== "string" || format.startsWith("-") || operands.length > MOST_ROUNDS) return undefined;
  if (operands.some((operand) => typeof operand !== "string")) return undefined;
  const left = [...(operands as string[])];
  let text = "";
  do {
    const before = left.length;
    const round = printOnce(format, left);
    if (round === undefined) return undefined;
    text += round;
    if (text.length > LONGEST_TEXT) return undefined;
    if (left.length === before) break;
  } while (left.length > 0);
  return text;
}

function printOnce(format: string, left: string[]): string | undefined {
  let text = "";
  for (const piece of format.match(/%.|\\.|[^%\\]+|[%\\]/gs) ?? []) {
    const printedPiece = printPiece(piece, left);
    if (printedPiece === undefined) return undefined;
    text += printedPiece;
  }
  return text;
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ["%%", "%"],
  ["\\n", "\n"],
  ["\\t", "\t"],
  ["\\\\", "\\"],
]);

function printPiece(piece: string, left: string[]): string | undefined {
  if (piece === "%s") return left.shift() ?? "";
  if (piece === "%d" || piece === "%i") {
    const number = left.shift() ?? "0";
    return /^-?(0|[1-9]\d{0,14})$/.test(number) ? number : undefined;
  }
  return ESCAPES.get(piece) ?? (/^[%\\]/.test(piece) ? undefined : piece);
}

interface ReadOptions {
  readonly raw: boolean;
  readonly seconds: number | undefined;
  readonly names: readonly string[];
}

function readOptions(args: readonly Field[]): ReadOptions | undefined {
  let raw = false;
  let seconds: number | undefined;
  const names: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i];
    if (typeof arg !== "string") return undefined;
    raw ||= arg.startsWith("-r");
    const timed = /^-r?t(.*)$/.exec(arg);
    if (timed !== null) seconds = limitOf(timed[1] || args[++i]);
    else if (arg === "-p") i += 1;
    else if (isName(arg)) names.push(arg);
    else if (arg !== "-r") return undefined;
  }
  return Number.isNaN(seconds) ? undefined : { raw, seconds, names };
}

/** NaN where it is not a number of seconds. */
function limitOf(operand: Field): number {
  return typeof operand === "string" && /^\d+(\.\d+)?$/.test(operand) ? Number(operand) : Number.NaN;
}

function read(call: Call): void {
  const { state, scope, args, node } = call;
  const options = readOptions(args);
  const { input } = state;
  const isText = input.kind === "text" || input.kind === "empty";
  if (options?.seconds !== undefined && (scope.analysis.dialect === "any" || !isText)) {
    // dash has no -t and fails at once; elsewhere it is a limit.
    const seconds = { min: 0, max: options.seconds };
    spend(state, scope, node, { seconds, because: { clause: "waits for input, not longer than that" } });
    forgetNames(call, options.names);
  } else if (options === undefined || input.kind === "hook") {
    if (!args.every((arg) => typeof arg === "string")) {
      unsupported("reads into variables that are not known here")(call);
      return;
    }
    if (input.kind === "hook")
      spend(state, scope, node, { seconds: CANNOT_TELL, because: { clause: "waits for input" } });
    forgetNames(call, options?.names ?? args.filter(isName));
  } else if (input.text === undefined) forgetNames(call, options.names);
  else takeLine(call, options, input.text);
}

function forgetNames({ state }: Call, names: readonly string[]): void {
  for (const name of names) assign(state, name, undefined);
  state.status = undefined;
  consume(state, undefined, false);
}

/** Takes one line; at the end of the input the status is 1, whatever was left without a newline. */
function takeLine({ state, scope }: Call, { raw, names }: ReadOptions, text: string): void {
  const end = text.indexOf("\n");
  const isLast = end < 0;
  const line = isLast ? text : text.slice(0, end);
  const separators = separatorsOf(state, scope);
  consume(state, isLast ? "" : text.slice(end + 1), isLast);
  state.status = isLast ? 1 : 0;
  const isKnown = separators !== undefined && /^[ \t\n]*$/.test(separators) && (raw || !line.includes("\\"));
  const values = isKnown ? sharesOf(line, separators, names.length) : [];
  for (const [i, name] of names.entries()) assign(state, name, isKnown ? (values[i] ?? "") : undefined);
}

/** Shares the words of a line among so many names; the last takes the rest. Only for separators that are blanks. */
function sharesOf(line: string, separators: string, names: number): readonly Value[] {
  const blank = (letter: string | undefined): boolean => letter !== undefined && separators.includes(letter);
  let rest = line;
  const trim = (): void => {
    while (blank(rest[0])) rest = rest.slice(1);
  };
  const values: string[] = [];
  for (let i = 0; i < names; i++) {
    trim();
    let length = i === names - 1 ? rest.length : 0;
    while (i < names - 1 && length < rest.length && !blank(rest[length])) length += 1;
    values.push(rest.slice(0, length));
    rest = rest.slice(length);
  }
  const last = values.length - 1;
  let text = values[last] ?? "";
  while (blank(text.at(-1))) text = text.slice(0, -1);
  if (last >= 0) values[last] = text;
  return values;
}
