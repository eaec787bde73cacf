import type { Word } from "../ast.ts";

/** More words than any loop of a hook. */
const MOST_WORDS = 1000;

/** A leading zero asks for equal widths. */
const SEQUENCE = /^\{(0|[1-9]\d{0,5})\.\.(0|[1-9]\d{0,5})\}$/;

/** The words that brace expansion makes of one (bash(1) "Brace Expansion"): `{1..5}` alone is followed. */
export function braceWords(word: Word): readonly (Word | string)[] {
  if (!word.parts?.some((part) => part.type === "BraceExpansion")) return [word];
  const [, from = "", to = ""] = SEQUENCE.exec(word.text) ?? [];
  const count = Number(to) - Number(from) + 1;
  if (to === "" || count < 1 || count > MOST_WORDS) return [unknownWord(word)];
  return Array.from({ length: count }, (_, i) => String(Number(from) + i));
}

/** A word of which nothing is known: it can leave any number of fields. */
function unknownWord(word: Word): Word {
  const { pos, end } = word;
  return { ...word, parts: [{ type: "Glob", kind: "star", pos, end, text: "*", value: "*" }] };
}
