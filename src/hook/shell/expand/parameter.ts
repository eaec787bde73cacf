/** `$x` and `${x...}` (POSIX 2.6.2, and bash(1) "Parameter Expansion" where bash is known to read it). */

import { charged, loseTrack, type Place, type Run } from "../analysis.ts";
import { isPlain, type Shell, type Unset, type Variable } from "../domain/state.ts";
import {
  asRange,
  type Field,
  isPid,
  isSeveral,
  joined,
  LONGEST_TEXT,
  type Maybe,
  SEVERAL,
  sameValue,
  type Value,
} from "../domain/value.ts";
import { assign, lookup } from "../domain/variables.ts";
import type { ParameterExpansionPart, Word } from "../parse.ts";
import { without } from "./pattern.ts";
import { patternOf, separatorsOf, wordValue } from "./words.ts";

/** What an expansion leaves, and whether it ends the shell. */
export interface Expanded {
  readonly value: Field;
  /** Several words that stay apart: `"$@"`, `"${list[@]}"`. */
  readonly list: readonly Field[] | undefined;
  /** The shell ends here: surely, surely not, or perhaps. */
  readonly fails: Maybe;
}

/** Expands one parameter; `part` is missing for a plain `$x`. */
export function expandParameter(
  run: Run,
  shell: Shell,
  at: Place,
  name: string,
  part: ParameterExpansionPart | undefined,
  quoted: boolean,
): Expanded {
  const list = listOf(run, shell, name, part);
  charged(run, 1 + (list === undefined ? shell.args.length / 64 : list.length / 4));
  if (list !== undefined) {
    const star = name === "*" || part?.index?.text === "*";
    return listExpansion(part, list, star, quoted, separatorsOf(run, shell));
  }
  const held = heldBy(run, shell, at, name, part);
  const isSet = setness(held);
  const operation = part?.operation;
  if (operation?.type === "Default")
    return withDefault(run, shell, at, name, held, operation.operator, operation.operand);
  const special = /^[?#$!0-]$/.test(name);
  const fails =
    special || isSet === true || shell.options.nounset === false
      ? false
      : isSet === false
        ? shell.options.nounset
        : undefined;
  return { value: transformed(run, shell, at, part, textOf(held)), list: undefined, fails };
}

/** The variable as text: an unset one is empty. */
function textOf(held: Variable): Value {
  return isPlain(held) ? held : Array.isArray(held) ? ((held as readonly Value[])[0] ?? "") : "";
}

function setness(held: Variable): Maybe {
  if (held === undefined) return undefined;
  return !(typeof held === "object" && "unset" in held);
}

/** The words of `$@`, `$*` and of whole arrays. */
function listOf(
  run: Run,
  shell: Shell,
  name: string,
  part: ParameterExpansionPart | undefined,
): readonly Field[] | undefined {
  if (name === "@" || name === "*") return shell.args;
  const index = part?.index?.text;
  if (index !== "@" && index !== "*") return undefined;
  const held = lookup(run, shell, name);
  if (Array.isArray(held)) return held as readonly Value[];
  if (typeof held === "object" && "unset" in held) return [];
  return held === undefined ? [SEVERAL] : [held as Value];
}

function listExpansion(
  part: ParameterExpansionPart | undefined,
  list: readonly Field[],
  star: boolean,
  quoted: boolean,
  separators: string | undefined,
): Expanded {
  if (part?.prefix === "#" && part.operation === undefined) {
    return { value: list.some(isSeveral) ? undefined : String(list.length), list: undefined, fails: false };
  }
  if (part?.operation !== undefined || part?.prefix !== undefined) {
    return { value: SEVERAL, list: undefined, fails: undefined };
  }
  if (star && quoted) {
    if (list.some(isSeveral)) return { value: undefined, list: undefined, fails: false };
    const words = list as readonly Value[];
    const between = separators?.slice(0, 1);
    return {
      // Joined by the first letter of IFS, or by nothing where that is empty (POSIX 2.5.2).
      value: joined(words.flatMap((word, i) => (i === 0 ? [word] : [between, word]))),
      list: undefined,
      fails: false,
    };
  }
  return { value: SEVERAL, list, fails: false };
}

function heldBy(
  run: Run,
  shell: Shell,
  at: Place,
  name: string,
  part: ParameterExpansionPart | undefined,
): Variable {
  switch (name) {
    case "?":
      return typeof shell.status === "number" ? String(shell.status) : undefined;
    case "#":
      return shell.args.some(isSeveral) ? undefined : String(shell.args.length);
    case "!":
      return shell.lastJob;
    case "$":
    case "-":
    case "0":
      return undefined;
  }
  if (/^\d+$/.test(name)) return positional(shell, Number(name));
  if (part?.index === undefined) return lookup(run, shell, name);
  return element(run, shell, at, name, part.index);
}

function positional(shell: Shell, number: number): Variable {
  const before = shell.args.slice(0, number);
  if (before.some(isSeveral)) return undefined;
  return number <= shell.args.length ? (shell.args[number - 1] as Value) : ({ unset: true } satisfies Unset);
}

function element(run: Run, shell: Shell, place: Place, name: string, index: Word): Variable {
  const held = lookup(run, shell, name);
  const text = index.text.startsWith("$")
    ? lookup(run, shell, index.text.replace(/^\$\{?(\w+)\}?$/, "$1"))
    : index.text;
  const at =
    typeof text === "string" && /^\d{1,4}$/.test(text)
      ? Number(text)
      : /^[A-Za-z_]\w*$/.test(index.text)
        ? numberIn(run, shell, index.text)
        : undefined;
  // An index is computed, and what it names may hold a substitution (bash(1) "ARITHMETIC EVALUATION").
  if (at === undefined) loseTrack(run, shell, place, 0, index.text, "is computed, and may run a command");
  if (at === undefined || !Array.isArray(held)) return undefined;
  return at < held.length ? (held[at] as Value) : { unset: true };
}

function numberIn(run: Run, shell: Shell, name: string): number | undefined {
  const held = lookup(run, shell, name);
  const range = isPlain(held) ? asRange(held) : undefined;
  return range !== undefined && range.low === range.high && range.low >= 0 ? range.low : undefined;
}

/** `${x-w}` `${x:-w}` `=` `+` `?`: with a colon an empty value counts as unset. */
function withDefault(
  run: Run,
  shell: Shell,
  at: Place,
  name: string,
  held: Variable,
  operator: string,
  operand: Word,
): Expanded {
  const text = textOf(held);
  const isSet = setness(held);
  const present: Maybe = isSet === true && operator.startsWith(":") ? notEmpty(text) : isSet;
  const kind = operator.slice(-1);
  if (kind === "?") {
    // The message is only made where the shell ends, and may hold a substitution.
    if (present !== true) perhapsDefault(run, shell, at, name, text, operand, kind);
    return { value: text, list: undefined, fails: present === undefined ? undefined : !present };
  }
  if (present === undefined) return perhapsDefault(run, shell, at, name, text, operand, kind);
  const useWord = present === (kind === "+");
  if (!useWord) return { value: kind === "+" ? "" : text, list: undefined, fails: false };
  const word = wordValue(run, shell, at, operand);
  if (kind === "=") assign(shell, name, word);
  return { value: word, list: undefined, fails: false };
}

/** Which of the two stands is not known; only where both are the same is the value. A substitution in the word may run. */
function perhapsDefault(
  run: Run,
  shell: Shell,
  at: Place,
  name: string,
  text: Value,
  operand: Word,
  kind: string,
): Expanded {
  const before = shell.now;
  const word = wordValue(run, shell, at, operand);
  shell.now = { min: before.min, max: shell.now.max };
  if (kind === "=" && !sameValue(text, word)) assign(shell, name, undefined);
  const same = kind !== "+" && text !== undefined && sameValue(text, word);
  return { value: same ? text : undefined, list: undefined, fails: false };
}

function notEmpty(text: Value): Maybe {
  return text === undefined ? undefined : text !== "";
}

/** Length, cutting at the ends, and bash's replacing and slicing. */
function transformed(
  run: Run,
  shell: Shell,
  at: Place,
  part: ParameterExpansionPart | undefined,
  text: Value,
): Value {
  if (part?.prefix === "!") return undefined;
  if (part?.prefix === "#" && typeof text === "string") charged(run, text.length / 64);
  if (part?.prefix === "#")
    return typeof text === "string" && isAscii(text) ? String(text.length) : undefined;
  const operation = part?.operation;
  if (operation === undefined) return text;
  if (isPid(text)) return undefined;
  if (typeof text === "string") charged(run, text.length / 64);
  switch (operation.type) {
    case "Remove": {
      const pattern = patternOf(run, shell, at, operation.operand);
      return typeof text === "string" && pattern !== undefined
        ? without(text, pattern, operation.operator, (units) => charged(run, units))
        : undefined;
    }
    case "Replace": {
      const pattern = patternOf(run, shell, at, operation.pattern);
      const by = wordValue(run, shell, at, operation.replacement);
      if (typeof text !== "string" || typeof by !== "string" || pattern === undefined) return undefined;
      if (!/^[\w .:/-]+$/.test(pattern) || !/^[\w .:/-]*$/.test(by)) return undefined;
      if ((text.length / pattern.length) * by.length > LONGEST_TEXT) return undefined;
      return operation.operator === "//"
        ? text.replaceAll(pattern, by)
        : operation.operator === "/"
          ? text.replace(pattern, by)
          : undefined;
    }
    case "Slice": {
      const from = asRange(wordValue(run, shell, at, operation.offset));
      const of = operation.length;
      if (from === undefined || (of !== undefined && !/^[\s\d]+$/.test(of.text)))
        loseTrack(run, shell, at, 0, operation.offset.text, "is computed, and may run a command");
      const length =
        operation.length === undefined ? undefined : asRange(wordValue(run, shell, at, operation.length));
      if (
        typeof text !== "string" ||
        !isAscii(text) ||
        from === undefined ||
        from.low !== from.high ||
        from.low < 0
      )
        return undefined;
      if (operation.length === undefined) return text.slice(from.low);
      return length !== undefined && length.low === length.high && length.low >= 0
        ? text.slice(from.low, from.low + length.low)
        : undefined;
    }
    default:
      return undefined;
  }
}

/** Lengths are counted in letters or in bytes, depending on the locale: only for ASCII are they the same. */
function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false;
  return true;
}
