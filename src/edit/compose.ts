import type { Edit } from "./site.ts";

/** A part of an edited text: a range of the old text, or an inserted string. */
type Piece = Range | string;

interface Range {
  readonly start: number;
  readonly end: number;
}

/**
 * Combines two lists of edits into one list. The offsets of the second list refer to the text after the edits of the
 * first list. All edits are in the order of the text and do not overlap.
 *
 * @param length of the text before all edits.
 */
export function composed(length: number, first: readonly Edit[], second: readonly Edit[]): readonly Edit[] {
  const take = taker(piecesOf(length, first));
  const pieces: Piece[] = [];
  let at = 0;
  for (const { start, end, text } of second) {
    pieces.push(...take(start - at), text);
    take(end - start);
    at = end;
  }
  return editsOf([...pieces, ...take(Number.POSITIVE_INFINITY)], length);
}

function piecesOf(length: number, edits: readonly Edit[]): readonly Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  for (const { start, end, text } of edits) {
    pieces.push({ start: at, end: start }, text);
    at = end;
  }
  return [...pieces, { start: at, end: length }];
}

/** Returns a function that removes the first `characters` code units of the pieces and returns them. */
function taker(pieces: readonly Piece[]): (characters: number) => readonly Piece[] {
  const left = [...pieces].reverse();
  return (characters) => {
    const taken: Piece[] = [];
    for (let wanted = characters; wanted > 0; ) {
      const piece = left.pop();
      if (piece === undefined) return taken;
      const size = sizeOf(piece);
      if (size > wanted) left.push(part(piece, wanted, size));
      taken.push(part(piece, 0, Math.min(size, wanted)));
      wanted -= size;
    }
    return taken;
  };
}

function sizeOf(piece: Piece): number {
  return typeof piece === "string" ? piece.length : piece.end - piece.start;
}

function part(piece: Piece, from: number, to: number): Piece {
  if (typeof piece === "string") return piece.slice(from, to);
  return { start: piece.start + from, end: piece.start + to };
}

function editsOf(pieces: readonly Piece[], length: number): readonly Edit[] {
  const edits: Edit[] = [];
  let [at, text] = [0, ""];
  for (const piece of [...pieces, { start: length, end: length }]) {
    if (typeof piece === "string") {
      text += piece;
      continue;
    }
    if (text !== "" || piece.start > at) edits.push({ start: at, end: piece.start, text });
    [at, text] = [piece.end, ""];
  }
  return edits;
}
