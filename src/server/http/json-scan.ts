const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const COLON = 0x3a;
const BLANK = 0x20;
const LETTER_M = 0x6d;

const MANAGED_FIELDS = Buffer.from("managedFields");
const NULL = Buffer.from("null");

/**
 * Whether a JSON text nests deeper than `limit`, read from its bytes.
 *
 * `JSON.parse` takes 12 to 15 s for 6 MB of brackets and blocks all other requests during that time. This loop finds
 * them in a millisecond. Bytes inside strings do not count. For a text that is not JSON the result has no meaning; the
 * parser reports it later. UTF-8 never uses an ASCII byte inside a character, so bytes can be read one by one.
 */
export function nestsDeeperThan(limit: number, json: Uint8Array): boolean {
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

/** The position of the quote that closes the string that begins at `start`; the end of the text if there is none. */
function endOfString(json: Uint8Array, start: number): number {
  let at = start;
  while (at < json.length && json[at] !== QUOTE) at += json[at] === BACKSLASH ? 2 : 1;
  return at;
}

/** A list contains this if an apply has set the grace period. Other lists are not read. */
const APPLIED_GRACE = [Buffer.from('"Apply"'), Buffer.from('"f:terminationGracePeriodSeconds"')];

/** The most bytes of a list that is read. The lists of most pods have 2 KiB. */
const LONGEST_LIST = 64 * 1024;

/** The fields of a pod nest 10 deep, in an entry of the list. */
const DEEPEST_LIST = 20;

/**
 * Replaces lists called `managedFields` by null, in place. They are half of many objects. Only a short list is kept,
 * and only if an apply may have set the grace period in it. The others may nest very deep: the API server accepts
 * 10,000 levels in a pod, so that must not be an error.
 *
 * Source: apimachinery pkg/apis/meta/v1/types.go `FieldsV1` (1.36), which is raw JSON.
 */
export function blankManagedFields(json: Buffer): void {
  if (!json.includes(MANAGED_FIELDS)) return;
  for (let at = 0; at < json.length; at++) {
    if (json[at] !== QUOTE) continue;
    const start = at + 1;
    at = endOfString(json, start);
    if (json[start] !== LETTER_M || !json.subarray(start, at).equals(MANAGED_FIELDS)) continue;
    const value = valueAfter(json, at + 1);
    if (json[value] !== OPEN_BRACKET) continue;
    const end = endOfList(json, value);
    const list = json.subarray(value, end);
    if (list.length < NULL.length || isRead(list)) continue;
    json.fill(BLANK, value, end);
    NULL.copy(json, value);
    at = end - 1;
  }
}

function isRead(list: Buffer): boolean {
  if (list.length > LONGEST_LIST) return false;
  return APPLIED_GRACE.every((text) => list.includes(text)) && !nestsDeeperThan(DEEPEST_LIST, list);
}

/** The start of the value of the member whose name ends before `start`; the end of the text if there is none. */
function valueAfter(json: Uint8Array, start: number): number {
  const colon = pastBlanks(json, start);
  return json[colon] === COLON ? pastBlanks(json, colon + 1) : json.length;
}

function pastBlanks(json: Uint8Array, start: number): number {
  let at = start;
  while (json[at] === BLANK || json[at] === 0x0a || json[at] === 0x0d || json[at] === 0x09) at++;
  return at;
}

/** The position after the bracket that closes the list at `start`. */
function endOfList(json: Uint8Array, start: number): number {
  let depth = 0;
  for (let at = start; at < json.length; at++) {
    const byte = json[at];
    if (byte === QUOTE) at = endOfString(json, at + 1);
    else if (byte === OPEN_BRACKET) depth++;
    else if (byte === CLOSE_BRACKET && --depth === 0) return at + 1;
  }
  return json.length;
}
