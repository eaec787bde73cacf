/**
 * Words to fields (POSIX 2.6): tilde, parameters, substitutions, arithmetic, splitting, and as much of pathname and
 * brace expansion as can be known from the text.
 */

import { charged, leave, mayLeave, type Place, type Run } from "../analysis.ts";
import { fork, type Shell, weightOf } from "../domain/state.ts";
import { type Field, isRange, isSeveral, joined, SEVERAL, type Value } from "../domain/value.ts";
import { lookup } from "../domain/variables.ts";
import type { Word, WordPart } from "../parse.ts";
import { compute } from "./arithmetic.ts";
import { braceWords } from "./braces.ts";
import { expandParameter } from "./parameter.ts";
import { literally } from "./pattern.ts";

/** A stretch of a word: its value, and whether quotes keep it from being split and matched. */
interface Stretch {
  readonly value: Field;
  readonly quoted: boolean;
  /** Came from an expansion: text in it is split and matched against files. */
  readonly expanded: boolean;
  /** The words of a list (`"$@"`) that stay apart. */
  readonly list?: readonly Field[] | undefined;
}

/** A hook of more words than these is not followed; `set -- "$@" "$@"` would double them without end. */
const MOST_FIELDS = 2500;

/** All fields that the words leave. */
export function fieldsOf(run: Run, shell: Shell, at: Place, words: readonly Word[]): Field[] {
  const fields: Field[] = [];
  for (const word of words) {
    for (const one of run.dialect === "bash" ? braceWords(word) : [word]) {
      const more = expand(run, shell, at, one);
      const paid = charged(run, 1 + more.length / 8 + word.text.length / 64);
      // The first stays: it says what runs.
      if (!paid || fields.length + more.length > MOST_FIELDS) return [...fields.slice(0, 1), SEVERAL];
      fields.push(...more);
    }
  }
  return fields;
}

function expand(run: Run, shell: Shell, at: Place, word: Word | string): Field[] {
  if (typeof word === "string") return [word];
  if (word.parts === undefined) return [plain(word)];
  return split(run, shell, stretchesOf(run, shell, at, word.parts, false, word.text));
}

/** A word without any expansion; only a tilde can make it unknown. */
function plain(word: Word): Value {
  return word.text.startsWith("~") ? undefined : word.value;
}

/** The word as one value, neither split nor matched: assignments, `case`, redirections, here-documents. */
export function wordValue(run: Run, shell: Shell, at: Place, word: Word): Value {
  if (word.parts === undefined) return /(^|:)~/.test(word.text) ? undefined : word.value;
  if (/^~/.test(word.text)) return undefined;
  return partsValue(run, shell, at, word.parts);
}

/** The same for a list of parts: here-documents, arithmetic. */
export function partsValue(run: Run, shell: Shell, at: Place, parts: readonly WordPart[]): Value {
  return joined(stretchesOf(run, shell, at, parts, true, "").map((stretch) => whole(run, shell, stretch)));
}

function whole(run: Run, shell: Shell, stretch: Stretch): Value {
  if (stretch.list !== undefined) {
    // bash joins `$@` by a blank here, dash by what IFS says.
    const usual = stretch.list.length < 2 || lookupSeparators(run, shell) === DEFAULT_SEPARATORS;
    return !usual || stretch.list.some(isSeveral)
      ? undefined
      : joinedBySpace(stretch.list as readonly Value[]);
  }
  return isSeveral(stretch.value) ? undefined : stretch.value;
}

function joinedBySpace(values: readonly Value[]): Value {
  return joined(values.flatMap((value, i) => (i === 0 ? [value] : [" ", value])));
}

/** The word as a pattern: what is quoted stands for itself. */
export function patternOf(run: Run, shell: Shell, at: Place, word: Word): string | undefined {
  if (word.parts === undefined) return word.text.startsWith("~") ? undefined : literally(word.value);
  const pieces: string[] = [];
  for (const stretch of stretchesOf(run, shell, at, word.parts, false, word.text)) {
    const value = whole(run, shell, stretch);
    if (typeof value !== "string") return undefined;
    pieces.push(stretch.quoted ? literally(value) : value);
  }
  return pieces.join("");
}

function stretchesOf(
  run: Run,
  shell: Shell,
  at: Place,
  parts: readonly WordPart[],
  quoted: boolean,
  text: string,
): Stretch[] {
  const stretches: Stretch[] = [];
  if (/^~/.test(text)) stretches.push({ value: undefined, quoted: true, expanded: false });
  for (const part of parts) stretches.push(...stretchOf(run, shell, at, part, quoted));
  return stretches;
}

function stretchOf(run: Run, shell: Shell, at: Place, part: WordPart, quoted: boolean): readonly Stretch[] {
  switch (part.type) {
    case "Literal":
      // The parser has taken the backslashes off: what they protected is no pattern.
      return [{ value: part.value, quoted: quoted || part.text !== part.value, expanded: false }];
    case "Glob":
      // Quotes and expansions inside of brackets are not followed.
      return [{ value: /[$`"'\\]/.test(part.text) ? undefined : part.text, quoted, expanded: false }];
    case "SingleQuoted":
    case "AnsiCQuoted":
      return [{ value: part.value, quoted: true, expanded: false }];
    case "DoubleQuoted":
      if (part.parts.length === 0) return [{ value: "", quoted: true, expanded: false }];
      return part.parts.flatMap((inner) => stretchOf(run, shell, at, inner, true));
    case "SimpleExpansion":
      return [parameter(run, shell, at, part.text.slice(1), undefined, quoted)];
    case "ParameterExpansion":
      return [parameter(run, shell, at, part.parameter, part, quoted)];
    case "CommandExpansion": {
      const value =
        part.script === undefined
          ? undefined
          : run.mind.capture(run, shell, at, part.script, part.text, part.pos);
      return [{ value, quoted, expanded: true }];
    }
    case "ArithmeticExpansion":
      return [
        { value: part.expression && compute(run, shell, at, part.expression).value, quoted, expanded: true },
      ];
    case "BraceExpansion":
      return [{ value: part.text, quoted, expanded: false }];
    case "LocaleString":
    case "ExtendedGlob":
      return [{ value: undefined, quoted: true, expanded: false }];
    case "ProcessSubstitution":
      return [{ value: run.mind.substituteProcess(run, shell, at, part), quoted: true, expanded: false }];
  }
}

function parameter(
  run: Run,
  shell: Shell,
  at: Place,
  name: string,
  part: Extract<WordPart, { type: "ParameterExpansion" }> | undefined,
  quoted: boolean,
): Stretch {
  const found = expandParameter(run, shell, at, name, part, quoted);
  if (found.fails === true) {
    // `set -u`, `${x:?}`: a shell that is not interactive exits.
    leave(Object.assign(shell, { status: "failure" }), at.ends);
  } else if (found.fails === undefined) {
    charged(run, weightOf(shell));
    mayLeave({ ...fork(shell), status: "failure" }, at.ends);
  }
  return { value: found.value, quoted, expanded: true, list: found.list };
}

const DEFAULT_SEPARATORS = " \t\n";

/** Splits what unquoted expansions left, and gives up on names that files could match. */
function split(run: Run, shell: Shell, stretches: readonly Stretch[]): Field[] {
  const separators = lookupSeparators(run, shell);
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
    if (stretch.list !== undefined) {
      const safe = separators === DEFAULT_SEPARATORS && stretch.list.every(isSafe);
      if (stretches.length > 1 || (!stretch.quoted && !safe)) return [SEVERAL];
      return stretch.list.filter((field) => stretch.quoted || field !== "") as Field[];
    }
    if (stretch.quoted) {
      if (isSeveral(stretch.value)) return [SEVERAL];
      add(stretch.value);
      continue;
    }
    if (typeof stretch.value !== "string") {
      // A range or process id has no blanks in it unless somebody made digits separators.
      if (!(isRange(stretch.value) || isPidValue(stretch.value)) || separators !== DEFAULT_SEPARATORS)
        return [SEVERAL];
      add(stretch.value as Value);
      continue;
    }
    if (/[*?[]/.test(stretch.value) && shell.options.noglob !== true) return [SEVERAL];
    if (!stretch.expanded) {
      add(stretch.value);
      continue;
    }
    if (separators === undefined) return [SEVERAL];
    charged(run, stretch.value.length / 16);
    splitText(stretch.value, separators, add, close);
  }
  close();
  return fields;
}

function isPidValue(value: Field): boolean {
  return typeof value === "object" && "pid" in value;
}

/** A field of an unquoted `$@` that no splitting or matching changes. */
function isSafe(field: Field): boolean {
  return typeof field === "string" ? !/[\s*?[]/.test(field) : isRange(field);
}

function lookupSeparators(run: Run, shell: Shell): string | undefined {
  if (!shell.vars.has("IFS") && !shell.forgotten) return run.env.has("IFS") ? undefined : DEFAULT_SEPARATORS;
  const ifs = lookup(run, shell, "IFS");
  if (typeof ifs === "object" && "unset" in ifs) return DEFAULT_SEPARATORS;
  return typeof ifs === "string" ? ifs : undefined;
}

/** POSIX 2.6.5: blanks of IFS in a row are one separator, any other letter of IFS ends a field each time. */
function splitText(text: string, separators: string, add: (value: string) => void, close: () => void): void {
  let start = 0;
  let end = 0;
  for (const letter of text) {
    end += letter.length;
    if (!separators.includes(letter)) continue;
    const before = end - letter.length;
    if (before > start || !/\s/.test(letter)) add(text.slice(start, before));
    close();
    start = end;
  }
  if (end > start) add(text.slice(start));
}

/** Splits a line for `read`: the last name takes what is left. Undefined where the separators are not known. */
export function separatorsOf(run: Run, shell: Shell): string | undefined {
  return lookupSeparators(run, shell);
}
