import { quotedRanges } from "./parse.ts";

/**
 * Line breaks of kubectl's parser (go.yaml.in/yaml 2.4 yamlprivateh.go `is_break`) that our parsers read as other
 * characters. For kubectl they end a comment, or begin a key.
 */
const BREAK = /\r(?!\n|$)|[\u0085\u2028\u2029]/g;

/** In quotes kubectl keeps these, as we do, and folds the others. */
const KEPT_IN_QUOTES = /[\u2028\u2029]/;

/** The place where only kubectl ends a line; undefined if there is none. */
export function hiddenBreakAt(text: string): number | undefined {
  if (text.search(BREAK) < 0) return undefined;
  const quoted = quotedRanges(text);
  let next = 0;
  for (const { index, 0: mark } of text.matchAll(BREAK)) {
    while ((quoted[next]?.end ?? Number.POSITIVE_INFINITY) < index) next++;
    if (!KEPT_IN_QUOTES.test(mark) || !((quoted[next]?.start ?? text.length) < index)) return index;
  }
  return undefined;
}

/** Outside JSON kubectl takes none, in quotes neither (readerc.go `yaml_parser_update_buffer`). */
export const CONTROL_CHARACTER = /[^\t\n\r -~\u0085\u00a0-\ufffd]/;
