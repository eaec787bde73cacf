/** The most characters of a user's text that a message repeats. */
const LONGEST_QUOTE = 80;

const ELLIPSIS = "...";

/**
 * Quotes a user's text for a message: in double quotes, with printable ASCII only, at most 80 characters. The API
 * server drops a warning with a control character, and kubectl prints a denial without escapes.
 */
export function quote(text: string, longest = LONGEST_QUOTE): string {
  return `"${printable(text, longest).replace(/["\\]/g, "\\$&")}"`;
}

/** Cleans and cuts a user's text as `quote` does, but without the quotes, for a name inside a list. */
export function printable(text: string, longest = LONGEST_QUOTE): string {
  const clean = text.slice(0, longest + 1).replace(/[^\x20-\x7e]/g, "?");
  return clean.length > longest ? `${clean.slice(0, longest - ELLIPSIS.length)}${ELLIPSIS}` : clean;
}

/** A field path that ends with a key of any characters: `metadata.annotations["gracekeeper.dev/ignore"]`. */
export function keyPath(path: string, key: string): string {
  return `${path}[${quote(key)}]`;
}
