import type { Writable } from "node:stream";
import { stripVTControlCharacters } from "node:util";
import { PLAIN, type Role, type TextStyle } from "../../explain/text-style.ts";
import { painterOn, type Style } from "../colour.ts";

/** The members of standard output that this module uses. */
export interface Terminal extends Writable {
  /** The width of the terminal; undefined if the output is no terminal. */
  readonly columns?: number;
}

const STYLES: Readonly<Record<Role, Style>> = {
  title: "bold",
  hook: "blue",
  "maybe-hook": "blue",
  turn: "dim",
  shutdown: "green",
  spare: "dim",
  "stop-signal": "bold",
  kill: ["bold", "red"],
  "power-off": ["bold", "red"],
  deny: ["bold", "red"],
  warn: ["bold", "yellow"],
  audit: ["bold", "cyan"],
  off: "dim",
};

/** The timeline is as wide as the terminal. */
export function terminalStyle(stream: Terminal): TextStyle {
  return {
    columns: stream.columns ?? PLAIN.columns,
    ask: "--on ...",
    paint: painterOn(stream, STYLES),
  };
}

/**
 * Wraps lines at the width of the terminal, between words and indented. If the output is no terminal, lines are not
 * wrapped.
 */
export function wrapped(text: string, { columns }: Terminal): string {
  if (columns === undefined) return text;
  return text
    .split("\n")
    .map((line) => wrappedLine(line, columns))
    .join("\n");
}

/** The indentation of a continued line, relative to its first line. */
const FURTHER_IN = 4;

function wrappedLine(line: string, columns: number): string {
  const width = (piece: string): number => stripVTControlCharacters(piece).length;
  if (width(line) <= columns) return line;
  const [indent = ""] = /^ */.exec(line) ?? [];
  const further = " ".repeat(indent.length + FURTHER_IN);
  const lines: string[] = [];
  let current = "";
  for (const word of line.slice(indent.length).split(/(?<=\S) (?=\S)/)) {
    const begin = lines.length === 0 ? indent : further;
    if (current !== "" && width(begin) + width(current) + 1 + width(word) > columns) {
      lines.push(begin + current);
      current = word;
    } else current = current === "" ? word : `${current} ${word}`;
  }
  return [...lines, (lines.length === 0 ? indent : further) + current].join("\n");
}
