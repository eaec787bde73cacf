import type { Maybe } from "../domain/value.ts";

/**
 * Shell patterns (POSIX 2.13): `*`, `?`, `[...]`, and a backslash before a letter that stands for itself.
 * Matching is by hand, not by RegExp: a pattern of many stars against a long text must not take exponential time.
 */
type Piece =
  | { readonly kind: "star" }
  | { readonly kind: "any" }
  | { readonly kind: "set"; readonly has: (letter: string) => boolean }
  | { readonly kind: "letter"; readonly letter: string };

/** Takes units of the budget; false where there are none left. */
export type Charge = (units: number) => boolean;

/** More comparisons than this are not made for one match. */
const MOST_COMPARISONS = 200_000;
/** How many of them take about a microsecond. */
const COMPARISONS = 100;

function isTooMuch(comparisons: number, charge: Charge): boolean {
  return comparisons > MOST_COMPARISONS || !charge(comparisons / COMPARISONS);
}

/** Whether all of the text matches; undefined where that depends on the locale, or is too much work. */
export function matches(text: string, pattern: string, charge: Charge): Maybe {
  // Every star but the last is passed once: what can be tried again is the piece behind it.
  if (isTooMuch((text.length + 1) * (pattern.length + 1), charge)) return undefined;
  if (dependsOnLocale(text, pattern)) return undefined;
  const pieces = piecesOf(pattern);
  return pieces === undefined ? undefined : matchFrom([...text], pieces);
}

/** The pattern that matches exactly this text. */
export function literally(text: string): string {
  return text.replace(/[\\*?[\]]/g, "\\$&");
}

/** The text without the smallest or largest part at one end that matches (`${x#p}`, `##`, `%`, `%%`). */
export function without(
  text: string,
  pattern: string,
  operator: "#" | "##" | "%" | "%%",
  charge: Charge,
): string | undefined {
  if (isTooMuch((text.length + 1) ** 2 * (pattern.length + 1), charge)) return undefined;
  if (dependsOnLocale(text, pattern)) return undefined;
  const letters = [...text];
  const pieces = piecesOf(pattern);
  if (pieces === undefined) return undefined;
  const fromStart = operator === "#" || operator === "##";
  const smallestFirst = operator === "#" || operator === "%";
  for (let i = 0; i <= letters.length; i++) {
    const length = smallestFirst ? i : letters.length - i;
    const cut = fromStart ? letters.slice(0, length) : letters.slice(letters.length - length);
    if (matchFrom(cut, pieces)) {
      return (fromStart ? letters.slice(length) : letters.slice(0, letters.length - length)).join("");
    }
  }
  return text;
}

/** In some locales `[a-z]` takes capitals in, too; and what is one letter depends on the locale outside of ASCII. */
function dependsOnLocale(text: string, pattern: string): boolean {
  if (/[^ -~\s]/.test(text + pattern)) return /[?[]/.test(pattern);
  const ranges = pattern.match(/[A-Za-z]-[A-Za-z]/g);
  if (ranges === null || !pattern.includes("[")) return false;
  return ranges.every((range) => /[a-z]-[a-z]/.test(range)) ? /[A-Z]/.test(text) : true;
}

function piecesOf(pattern: string): readonly Piece[] | undefined {
  const pieces: Piece[] = [];
  for (let i = 0; i < pattern.length; i++) {
    const letter = pattern[i] as string;
    if (letter === "*") pieces.push({ kind: "star" });
    else if (letter === "?") pieces.push({ kind: "any" });
    else if (letter === "\\" && i + 1 < pattern.length)
      pieces.push({ kind: "letter", letter: pattern[++i] as string });
    else if (letter === "[") {
      // `[^` negates in bash, and in dash it holds a `^`.
      const set = /^\[(!?)(\]?[^\]\\[]*)\]/.exec(pattern.slice(i));
      if (set === null || pattern[i + 1] === "^") return undefined;
      pieces.push({ kind: "set", has: setOf(set[2] as string, set[1] !== "") });
      i += set[0].length - 1;
    } else pieces.push({ kind: "letter", letter });
  }
  return pieces;
}

function setOf(body: string, negated: boolean): (letter: string) => boolean {
  return (letter) => {
    let found = false;
    for (let i = 0; i < body.length; i++) {
      if (body[i + 1] === "-" && i + 2 < body.length) {
        found ||= letter >= (body[i] as string) && letter <= (body[i + 2] as string);
        i += 2;
      } else found ||= body[i] === letter;
    }
    return found !== negated;
  };
}

/** Greedy with one point of return: the last star is enough. */
function matchFrom(text: readonly string[], pieces: readonly Piece[]): boolean {
  let t = 0;
  let p = 0;
  let star = -1;
  let retry = 0;
  while (t < text.length) {
    const piece = pieces[p];
    if (piece?.kind === "star") {
      star = p++;
      retry = t;
    } else if (piece !== undefined && takes(piece, text[t] as string)) {
      p++;
      t++;
    } else if (star >= 0) {
      p = star + 1;
      t = ++retry;
    } else return false;
  }
  while (pieces[p]?.kind === "star") p++;
  return p === pieces.length;
}

function takes(piece: Piece, letter: string): boolean {
  switch (piece.kind) {
    case "star":
      return false;
    case "any":
      return true;
    case "letter":
      return piece.letter === letter;
    case "set":
      return piece.has(letter);
  }
}
