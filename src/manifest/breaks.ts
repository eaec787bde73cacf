import { quotedRanges } from "./parse.ts";

/**
 * Line breaks of kubectl's parser (go.yaml.in/yaml 2.4 yamlprivateh.go `is_break`) that ours take for other characters: they end
 * a comment there, or begin a key.
 */
const BREAK = /\r(?!\n|$)|[\u0085\u2028\u2029]/g;

/** kubectl keeps these in quotes, as we do. The others it folds. */
const KEPT_IN_QUOTES = /[\u2028\u2029]/;

/** Where kubectl, and nothing here, ends a line; undefined if nowhere. */
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
export const CONTROL_CHARACTER = /(?![\t\n\r\u0085])\p{Cc}|[\ufffe\uffff]/u;
