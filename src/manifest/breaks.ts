import { quotedRanges } from "./parse.ts";

/**
 * Characters that only kubectl's parser reads as line breaks (go.yaml.in/yaml 2.4 yamlprivateh.go `is_break`). For
 * kubectl, a comment ends at such a character, and a key can follow.
 */
const BREAK = /\r(?!\n|$)|[\u0085\u2028\u2029]/g;

/**
 * In quoted scalars, kubectl and our parsers keep U+2028 and U+2029. kubectl folds all other line breaks in quoted
 * scalars.
 */
const KEPT_IN_QUOTES = /[\u2028\u2029]/;

/** The offset of the first character at which only kubectl ends a line; undefined if there is none. */
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

/** kubectl refuses these characters everywhere in YAML, even in quotes (readerc.go `yaml_parser_update_buffer`). */
export const CONTROL_CHARACTER = /[^\t\n\r -~\u0085\u00a0-\ufffd]/;
