import type { Word } from "../ast.ts";

/** More words than any loop of a hook. */
const MOST_WORDS = 1000;

/** The words that brace expansion makes of one (bash(1) "Brace Expansion"): sequences and lists of plain letters. */
export function braceWords(word: Word): readonly (Word | string)[] {
  if (!word.parts?.some((part) => part.type === "BraceExpansion")) return [word];
  if (word.parts.some((part) => part.type !== "BraceExpansion" && part.type !== "Literal")) return [word];
  let made = [""];
  for (const part of word.parts) {
    const choices =
      part.type === "BraceExpansion" ? choicesOf(part.text) : [part.type === "Literal" ? part.value : ""];
    if (choices === undefined || made.length * choices.length > MOST_WORDS) return [unknownWord(word)];
    made = made.flatMap((start) => choices.map((choice) => start + choice));
  }
  return made;
}

/** A word of which nothing is known: it can leave any number of fields. */
function unknownWord(word: Word): Word {
  return {
    ...word,
    parts: [{ type: "Glob", kind: "star", pos: word.pos, end: word.end, text: "*", value: "*" }],
  };
}

function choicesOf(text: string): readonly string[] | undefined {
  const sequence = /^\{(-?\d{1,6})\.\.(-?\d{1,6})(?:\.\.(-?\d{1,6}))?\}$/.exec(text);
  if (sequence !== null) return sequenceOf(sequence[1] as string, sequence[2] as string, sequence[3]);
  const list = /^\{([\w./:-]*(?:,[\w./:-]*)+)\}$/.exec(text);
  return list === null ? undefined : (list[1] as string).split(",");
}

function sequenceOf(from: string, to: string, by: string | undefined): readonly string[] | undefined {
  // A leading zero asks for equal widths.
  if (/^-?0\d/.test(from) || /^-?0\d/.test(to)) return undefined;
  const first = Number(from);
  const last = Number(to);
  const step = Math.abs(Number(by ?? 1)) || 1;
  const count = Math.floor(Math.abs(last - first) / step) + 1;
  if (count > MOST_WORDS) return undefined;
  return Array.from({ length: count }, (_, i) => String(first + i * (last < first ? -step : step)));
}
