/** echo, printf, pwd and read: what is written, and what is taken from the input. */
import { plus } from "../../interval.ts";
import type { Dialect } from "../analysis.ts";
import { addPart, LONGEST_OUTPUT, write } from "../analysis.ts";
import { consume } from "../domain/state.ts";
import type { Field, Value } from "../domain/value.ts";
import { assign } from "../domain/variables.ts";
import { separatorsOf } from "../expand/words.ts";
import { lost } from "./flow.ts";
import type { Builtin, Call } from "./registry.ts";

export const OUTPUT_BUILTINS: ReadonlyMap<string, Builtin> = new Map<string, Builtin>([
  ["echo", echo],
  ["printf", printf],
  [
    "pwd",
    (call) => {
      call.shell.status = 0;
      write(call.shell, call.at, 1, undefined);
    },
  ],
  ["read", read],
]);

function echo({ run, shell, at, args }: Call): void {
  shell.status = 0;
  write(shell, at, 1, echoed(args, run.dialect));
}

/** What `echo` writes; undefined where the shells differ: options, and letters behind a backslash. */
export function echoed(args: readonly Field[], dialect: Dialect): string | undefined {
  const words: string[] = [];
  let length = 0;
  for (const arg of args) {
    if (typeof arg !== "string") return undefined;
    length += arg.length;
    if (length > LONGEST_OUTPUT) return undefined;
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
  const { run, shell, at, args } = call;
  const [format, ...operands] = args;
  shell.status = undefined;
  if (format === "-v" && run.dialect === "bash") {
    const [name, real, ...rest] = operands;
    if (typeof name !== "string" || !/^[A-Za-z_]\w*$/.test(name)) {
      lost("sets a variable that is not known here")(call);
      return;
    }
    assign(shell, name, printed(real, rest));
    return;
  }
  const text = printed(format, operands);
  if (text !== undefined) shell.status = 0;
  write(shell, at, 1, text);
}

const MOST_ROUNDS = 1000;

/** What `printf` writes, for formats of plain text, `%s`, `%d`, `%%` and the common escapes. */
export function printed(format: Field, operands: readonly Field[]): string | undefined {
  if (typeof format !== "string" || format.startsWith("-") || operands.length > MOST_ROUNDS) return undefined;
  if (operands.some((operand) => typeof operand !== "string")) return undefined;
  const left = [...(operands as string[])];
  let text = "";
  do {
    const before = left.length;
    const round = printOnce(format, left);
    if (round === undefined) return undefined;
    text += round;
    if (text.length > LONGEST_OUTPUT) return undefined;
    if (left.length === before) break;
  } while (left.length > 0);
  return text;
}

function printOnce(format: string, left: string[]): string | undefined {
  let text = "";
  for (const piece of format.match(/%.|\\.|[^%\\]+|[%\\]/gs) ?? []) {
    if (piece === "%s") text += left.shift() ?? "";
    else if (piece === "%d" || piece === "%i") {
      const number = left.shift() ?? "0";
      if (!/^-?(0|[1-9]\d{0,14})$/.test(number)) return undefined;
      text += number;
    } else if (piece === "%%") text += "%";
    else if (piece === "\\n") text += "\n";
    else if (piece === "\\t") text += "\t";
    else if (piece === "\\\\") text += "\\";
    else if (/^[%\\]/.test(piece)) return undefined;
    else text += piece;
  }
  return text;
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
    const timed = /^-r?t(\d+(?:\.\d+)?)?$/.exec(arg);
    if (arg === "-r") raw = true;
    else if (arg === "-p") i += 1;
    else if (timed !== null) {
      raw ||= arg.startsWith("-r");
      const operand = timed[1] ?? args[++i];
      if (typeof operand !== "string" || !/^\d+(\.\d+)?$/.test(operand)) return undefined;
      seconds = Number(operand);
    } else if (/^[A-Za-z_]\w*$/.test(arg)) names.push(arg);
    else return undefined;
  }
  return { raw, seconds, names };
}

function read(call: Call): void {
  const { shell, args, at, command } = call;
  const options = readOptions(args);
  if (options === undefined) {
    readUnknown(call, args);
    return;
  }
  const { input } = shell;
  if (
    options.seconds !== undefined &&
    (call.run.dialect === "any" || (input.kind !== "text" && input.kind !== "empty"))
  ) {
    // dash has no -t and fails at once; elsewhere it is a limit.
    const seconds = { min: 0, max: options.seconds };
    shell.now = plus(shell.now, seconds);
    const because = { clause: "waits for input, not longer than that" };
    addPart(shell, at, { offset: command.node.pos, text: command.text, seconds, because });
    forgetNames(call, options.names);
    return;
  }
  if (input.kind === "hook") {
    readUnknown(call, options.names);
    return;
  }
  if (input.text === undefined) {
    forgetNames(call, options.names);
    return;
  }
  takeLine(call, options, input.text);
}

function readUnknown(call: Call, names: readonly Field[]): void {
  if (names.some((name) => typeof name !== "string")) {
    lost("reads into variables that are not known here")(call);
    return;
  }
  const unknown = { min: 0, max: Number.POSITIVE_INFINITY };
  const { run, shell } = call;
  if (shell.input.kind === "hook") {
    const { text, node } = call.command;
    const because = { clause: "waits for input" };
    run.unknownBecause ??= { command: text, ...because };
    shell.now = plus(shell.now, unknown);
    addPart(shell, call.at, { offset: node.pos, text, seconds: unknown, because });
  }
  forgetNames(
    call,
    (names as string[]).filter((name) => /^[A-Za-z_]\w*$/.test(name)),
  );
}

function forgetNames({ shell }: Call, names: readonly string[]): void {
  for (const name of names) assign(shell, name, undefined);
  shell.status = undefined;
  consume(shell, undefined, false);
}

/** Takes one line; at the end of the input the status is 1, whatever was left without a newline. */
function takeLine(call: Call, options: ReadOptions, text: string): void {
  const { run, shell } = call;
  const end = text.indexOf("\n");
  const line = end < 0 ? text : text.slice(0, end);
  const separators = separatorsOf(run, shell);
  consume(shell, end < 0 ? "" : text.slice(end + 1), end < 0);
  shell.status = end < 0 ? 1 : 0;
  const known =
    separators !== undefined && /^[ \t\n]*$/.test(separators) && (options.raw || !line.includes("\\"));
  const values = known ? shared(line, separators, options.names.length) : [];
  options.names.forEach((name, i) => {
    assign(shell, name, known ? (values[i] ?? "") : undefined);
  });
}

/** The words of a line over so many names; the last takes the rest. Only for separators that are blanks. */
function shared(line: string, separators: string, names: number): readonly Value[] {
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
