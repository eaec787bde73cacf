import { isScalar, type Node, type Scalar } from "yaml";
import { quotesOf } from "./block.ts";
import { type Edit, type Site, startOf, withoutSpace } from "./site.ts";
import { isPlain, type Quotes, quoted } from "./text.ts";

/** Replaces a string or number, and keeps the quotes. */
export function placeScalar(site: Site, node: Scalar, value: string | number): Edit {
  const start = startOf(node);
  const end = withoutSpace(site, node.range?.[1] ?? start);
  if (typeof value === "number") return { start, end, text: `${value}${headerComment(node)}` };
  const quotes = quotesOf(site, node as Node);
  return (
    wordEdit(site, node, value) ?? { start, end, text: `${quoted(value, quotes)}${headerComment(node)}` }
  );
}

/** Words that need no escape, with or without quotes. */
const WORD = /^[\w.=-]+$/;

/**
 * Replaces only the word that differs, if the text of the scalar contains it exactly once. So the style of the scalar
 * stays the same.
 */
function wordEdit({ text }: Site, node: Scalar, value: string): Edit | undefined {
  if (typeof node.value !== "string") return undefined;
  const [old, word] = differing(node.value, value);
  const [start = 0, end = 0] = node.range ?? [];
  const written = text.slice(start, end);
  const at = written.indexOf(old);
  if (!WORD.test(old) || !WORD.test(word) || at < 0 || written.indexOf(old, at + 1) >= 0) return undefined;
  if (node.type === "PLAIN" && !isPlain(value) && !value.includes(" ")) return undefined;
  return { start: start + at, end: start + at + old.length, text: word };
}

/** The differing parts of two strings, extended to whole words. */
function differing(one: string, other: string): readonly [string, string] {
  const shorter = Math.min(one.length, other.length);
  let first = 0;
  while (first < shorter && one[first] === other[first]) first++;
  let last = 0;
  while (last < shorter - first && one.at(-1 - last) === other.at(-1 - last)) last++;
  const isInWord = (character: string | undefined): boolean =>
    character !== undefined && /[\w.-]/.test(character);
  while (first > 0 && isInWord(one[first - 1])) first--;
  while (last > 0 && isInWord(one.at(-last))) last--;
  return [one.slice(first, one.length - last), other.slice(first, other.length - last)];
}

/** The comment on the header line of a block scalar, such as after `>-`. */
function headerComment({ srcToken }: Scalar): string {
  const props = srcToken?.type === "block-scalar" ? srcToken.props : [];
  const comment = props.find(({ type }) => type === "comment");
  return comment !== undefined && "source" in comment ? ` ${comment.source}` : "";
}

export function quotesOfItem(site: Site, node: Node | undefined): Quotes {
  return isScalar(node) ? quotesOf(site, node) : '"';
}
