const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/**
 * Whether a JSON text nests deeper than `limit`, read from its bytes.
 *
 * `JSON.parse` takes 12 to 15 s for 6 MB of brackets and blocks every other request meanwhile; this loop refuses
 * them in a millisecond. Bytes inside strings do not count. Text that is no JSON gets some answer; the parser
 * refuses it afterwards. UTF-8 never uses an ASCII byte inside a character, so bytes can be read one by one.
 */
export function deeperThan(limit: number, json: Uint8Array): boolean {
  let depth = 0;
  for (let at = 0; at < json.length; at++) {
    switch (json[at]) {
      case QUOTE:
        at = endOfString(json, at + 1);
        break;
      case OPEN_BRACKET:
      case OPEN_BRACE:
        depth++;
        if (depth > limit) return true;
        break;
      case CLOSE_BRACKET:
      case CLOSE_BRACE:
        depth--;
        break;
    }
  }
  return false;
}

/** Where the closing quote stands of the string whose first byte is at `start`; the end of the text if there is none. */
function endOfString(json: Uint8Array, start: number): number {
  let at = start;
  while (at < json.length && json[at] !== QUOTE) at += json[at] === BACKSLASH ? 2 : 1;
  return at;
}
