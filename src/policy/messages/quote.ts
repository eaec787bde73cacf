/** The most characters of a user's text that a message repeats. */
const LONGEST_QUOTE = 80;

const ELLIPSIS = "...";

/**
 * A user's text as it may stand in a warning, a denial or an audit annotation: in double quotes, printable ASCII only,
 * at most 80 characters. The API server drops a warning with a control character, and kubectl prints denials raw.
 */
export function quote(text: string, longest = LONGEST_QUOTE): string {
  return `"${printable(text, longest).replace(/["\\]/g, "\\$&")}"`;
}

/** The same without quotes, for a name inside a list. */
export function printable(text: string, longest = LONGEST_QUOTE): string {
  const clean = text.slice(0, longest + 1).replace(/[^\x20-\x7e]/g, "?");
  return clean.length > longest ? `${clean.slice(0, longest - ELLIPSIS.length)}${ELLIPSIS}` : clean;
}

/** `metadata.annotations["gracekeeper.dev/ignore"]`: a key with any characters, as one step of a field path. */
export function keyPath(path: string, key: string): string {
  return `${path}[${quote(key)}]`;
}
