import { type Element, element } from "./element.ts";

/**
 * The width of a character in the widest usual font (DejaVu Sans), relative to the font size. An SVG cannot measure its
 * text.
 */
const CHARACTER = 0.6;

export function textWidth(text: string, fontSize: number): number {
  return text.length * fontSize * CHARACTER;
}

/** The number of characters that certainly fit into `width` pixels. */
export function charactersIn(width: number, fontSize: number): number {
  return Math.floor(width / (fontSize * CHARACTER));
}

/** Wraps a text into lines of at most `width` pixels; a wider word is cut. */
export function wrapped(text: string, fontSize: number, width: number): readonly string[] {
  const room = charactersIn(width, fontSize);
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ").map((one) => shortened(one, room))) {
    if (line !== "" && line.length + 1 + word.length > room) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

/** Cuts a text to `room` characters. A text that was cut ends with `...`. */
export function shortened(text: string, room: number): string {
  return text.length > room ? `${text.slice(0, Math.max(0, room - "...".length))}...` : text;
}

/**
 * Draws lines of text below each other. `place` has the position of the first baseline, and the distance between two
 * lines.
 */
export function textLines(
  lines: readonly string[],
  place: { readonly x: number; readonly y: number; readonly lineHeight: number },
  kind: string,
): readonly Element[] {
  return lines.map((line, index) =>
    element("text", { x: place.x, y: place.y + index * place.lineHeight, class: kind }, [line]),
  );
}
