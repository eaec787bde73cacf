/**
 * Expands words to fields (POSIX 2.6): tilde, parameters, substitutions, arithmetic and splitting. Pathname and brace
 * expansion are analysed as far as the text alone shows their result.
 */
import { charged, type Scope } from "../analysis.ts";
import type { Word, WordPart } from "../ast.ts";
import type { State } from "../domain/state.ts";
import {
  type Field,
  isClock,
  isPid,
  isRange,
  isUnknownCount,
  joined,
  type Maybe,
  UNKNOWN_COUNT,
  type Value,
} from "../domain/value.ts";
import { giveUp, mayFailHere } from "../effects.ts";
import { compute } from "./arithmetic.ts";
import { braceWords } from "./braces.ts";
import { expandParameter, type Parameter } from "./parameter.ts";
import { DEFAULT_SEPARATORS, separatorsOf, splitText } from "./separators.ts";

/** A part of a word: its value, and whether quotes protect this part from splitting and matching. */
interface Stretch {
  readonly value: Field;
  readonly quoted: boolean;
  /** True if the part comes from an expansion, so that its text is split. */
  readonly expanded: boolean;
  /** The words of `$@`, which stay separate words. */
  readonly list?: readonly Field[] | undefined;
}

/**
 * The maximum number of fields of a command; no hook has so many. A loop with `set -- "$@" "$@"` would double the
 * arguments without end.
 */
const MOST_FIELDS = 2500;

/** One unit of the budget is enough for `FIELDS` fields, for `LETTERS` letters, or to split `SPLIT_LETTERS` letters. */
const FIELDS = 8;
const LETTERS = 64;
const SPLIT_LETTERS = 16;

/** All fields that the words expand to. */
export function fieldsOf(state: State, scope: Scope, words: readonly Word[]): Field[] {
  const fields: Field[] = [];
  for (const word of words) {
    for (const one of scope.analysis.dialect === "bash" ? braceWords(word) : [word]) {
      const more = expand(state, scope, one);
      const paid = charged(scope, 1 + more.length / FIELDS + word.text.length / LETTERS);
      // Keeps the first field, which names the program.
      if (!paid || fields.length + more.length > MOST_FIELDS) return [...fields.slice(0, 1), UNKNOWN_COUNT];
      fields.push(...more);
    }
  }
  return fields;
}

function expand(state: State, scope: Scope, word: Word | string): Field[] {
  if (typeof word === "string") return [word];
  if (word.parts === undefined) return [word.text.startsWith("~") ? undefined : word.value];
  return split(state, scope, stretchesOf(state, scope, word));
}

/** The word as one value, without splitting and matching, as in assignments, `case` and redirections. */
export function expandWord(state: State, scope: Scope, word: Word): Value {
  if (word.parts === undefined) return /(^|:)~/.test(word.text) ? undefined : word.value;
  return word.text.startsWith("~") ? undefined : expandParts(state, scope, word.parts);
}

/** The parts of a word, here-document or arithmetic expression as one value, without splitting and matching. */
export function expandParts(state: State, scope: Scope, parts: readonly WordPart[]): Value {
  const stretches = parts.flatMap((part) => stretchOf(state, scope, part, true));
  return joined(stretches.map((stretch) => asOneValue(state, scope, stretch)));
}

function asOneValue(state: State, scope: Scope, { list, value }: Stretch): Value {
  if (list === undefined) return isUnknownCount(value) ? undefined : value;
  // Where `$@` must be one value, bash joins its words with a blank, and dash with the first letter of IFS.
  const usual = list.length < 2 || separatorsOf(state, scope) === DEFAULT_SEPARATORS;
  if (!usual || list.some(isUnknownCount)) return undefined;
  return joined((list as readonly Value[]).flatMap((word, i) => (i === 0 ? [word] : [" ", word])));
}

/**
 * A pattern of `case` and `[[ ]]`: a literal text, a pattern that matches everything, or undefined for any other
 * pattern.
 */
export type Pattern = { readonly literal: string } | "anything" | undefined;

/** Patterns other than a single `*` are not analysed. */
export function patternOf(state: State, scope: Scope, word: Word): Pattern {
  if (word.text === "*") return "anything";
  if (word.parts === undefined) return word.text.startsWith("~") ? undefined : { literal: word.value };
  const pieces: string[] = [];
  for (const stretch of stretchesOf(state, scope, word)) {
    const value = asOneValue(state, scope, stretch);
    if (typeof value !== "string" || (!stretch.quoted && /[*?[\\]/.test(value))) return undefined;
    pieces.push(value);
  }
  return { literal: pieces.join("") };
}

/** Whether a word matches a pattern. */
export function matches(word: Value, pattern: Pattern): Maybe {
  if (pattern === "anything") return true;
  return typeof word === "string" && pattern !== undefined ? word === pattern.literal : undefined;
}

function stretchesOf(state: State, scope: Scope, { text, parts = [] }: Word): readonly Stretch[] {
  const tilde: Stretch[] = text.startsWith("~") ? [{ value: undefined, quoted: true, expanded: false }] : [];
  return [...tilde, ...parts.flatMap((part) => stretchOf(state, scope, part, false))];
}

function stretchOf(state: State, scope: Scope, part: WordPart, quoted: boolean): readonly Stretch[] {
  switch (part.type) {
    case "Literal":
      // The parser has removed the backslashes. It is not known which characters they protected.
      return [{ value: part.value, quoted: quoted || part.text !== part.value, expanded: false }];
    case "Glob":
      // Quotes and expansions inside the brackets of a pattern are not analysed.
      return [{ value: /[$`"'\\]/.test(part.text) ? undefined : part.text, quoted, expanded: false }];
    case "SingleQuoted":
    case "AnsiCQuoted":
      return [{ value: part.value, quoted: true, expanded: false }];
    case "DoubleQuoted":
      if (part.parts.length === 0) return [{ value: "", quoted: true, expanded: false }];
      return part.parts.flatMap((inner) => stretchOf(state, scope, inner, true));
    case "SimpleExpansion":
      return [parameter(state, scope, { ...part, name: part.text.slice(1), quoted })];
    case "ParameterExpansion":
      return [parameter(state, scope, { ...part, name: part.parameter, quoted })];
    case "CommandExpansion":
      return [{ value: scope.analysis.evaluator.capture(state, scope, part), quoted, expanded: true }];
    case "ArithmeticExpansion": {
      const value = part.expression && compute(state, scope, part.expression).value;
      return [{ value, quoted, expanded: true }];
    }
    case "BraceExpansion":
      return [{ value: part.text, quoted, expanded: false }];
    case "LocaleString":
    case "ExtendedGlob":
      return [{ value: undefined, quoted: true, expanded: false }];
    case "ProcessSubstitution":
      giveUp(state, scope, part, "runs a command beside the script");
      return [{ value: undefined, quoted: true, expanded: false }];
    default:
      part satisfies never;
      return [{ value: UNKNOWN_COUNT, quoted: false, expanded: true }];
  }
}

function parameter(state: State, scope: Scope, of: Parameter): Stretch {
  const { value, list, fails } = expandParameter(state, scope, of);
  if (fails !== false) {
    // With `set -u` or `${x:?}`, an unset variable ends a shell that is not interactive.
    mayFailHere(state, scope);
    if (fails === true) state.unreachable = true;
  }
  return { value, quoted: of.quoted, expanded: true, list };
}

/**
 * Splits the results of unquoted expansions. A pattern that files could match expands to an unknown number of fields.
 */
function split(state: State, scope: Scope, stretches: readonly Stretch[]): Field[] {
  const separators = separatorsOf(state, scope);
  const [first, ...more] = stretches;
  if (first?.list !== undefined && more.length === 0) return splitList(first, first.list, separators);
  const fields: Field[] = [];
  let current: Value[] | undefined;
  const add = (value: Value): void => {
    current ??= [];
    current.push(value);
  };
  const close = (): void => {
    if (current !== undefined) fields.push(joined(current));
    current = undefined;
  };
  for (const stretch of stretches) {
    const { list, value, quoted, expanded } = stretch;
    if (list !== undefined || isUnknownCount(value)) return [UNKNOWN_COUNT];
    if (!quoted && !staysOne(state, stretch, separators)) return [UNKNOWN_COUNT];
    if (quoted || !expanded || typeof value !== "string") add(value);
    else {
      charged(scope, value.length / SPLIT_LETTERS);
      splitText(value, separators ?? "", { add, close });
    }
  }
  close();
  return fields;
}

/** Whether the fields of an unquoted part are known, and match no files. */
function staysOne({ options }: State, { value, expanded }: Stretch, separators: string | undefined): boolean {
  if (typeof value === "string")
    return (!/[*?[]/.test(value) || options.noglob === true) && (!expanded || separators !== undefined);
  // A number or process id is one field, if IFS contains no digits.
  return (isRange(value) || isClock(value) || isPid(value)) && separators === DEFAULT_SEPARATORS;
}

function splitList({ quoted }: Stretch, list: readonly Field[], separators: string | undefined): Field[] {
  const safe = separators === DEFAULT_SEPARATORS && list.every(isSafe);
  if (!quoted && !safe) return [UNKNOWN_COUNT];
  return list.filter((field) => quoted || field !== "");
}

/** Whether splitting and matching leave a field of an unquoted `$@` unchanged. */
function isSafe(field: Field): boolean {
  return typeof field === "string" ? !/[\s*?[]/.test(field) : isRange(field);
}
