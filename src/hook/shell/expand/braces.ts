import type { Word } from "../ast.ts";
import type { Range } from "../domain/value.ts";

/** The maximum number of words of a brace expansion; no loop of a hook has more. */
const MOST_WORDS = 1000;

/** A number with a leading zero does not match, because bash then pads all numbers to the same width. */
const SEQUENCE = /^\{(0|[1-9]\d{0,5})\.\.(0|[1-9]\d{0,5})\}$/;

/** Brace expansion of a word (bash(1) "Brace Expansion"). Only a plain `{1..5}` is analysed. */
export function braceWords(word: Word): readonly (Word | string)[] {
  if (!word.parts?.some((part) => part.type === "BraceExpansion")) return [word];
  const range = braceRange(word);
  const count = range === undefined ? 0 : range.high - range.low + 1;
  if (range === undefined || count > MOST_WORDS) return [unknownWord(word)];
  return Array.from({ length: count }, (_, i) => String(range.low + i));
}

/** The numbers of `{1..5}`. */
export function braceRange({ text }: Word): Range | undefined {
  const [, from, to] = SEQUENCE.exec(text) ?? [];
  const [low, high] = [Number(from), Number(to)];
  return low <= high ? { low, high } : undefined;
}

/** A word that can expand to any number of unknown fields. */
function unknownWord(word: Word): Word {
  const { pos, end } = word;
  return { ...word, parts: [{ type: "Glob", kind: "star", pos, end, text: "*", value: "*" }] };
}
