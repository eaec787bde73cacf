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
 * Whether a JSON text nests deeper than `limit`. The function scans the bytes without parsing.
 *
 * `JSON.parse` takes 12 to 15 s for 6 MB of brackets and blocks all other requests during that time. This loop takes a
 * millisecond. It skips strings. If the text is not JSON, the result does not matter, because the parser refuses the
 * text later. The loop can read single bytes, because UTF-8 never uses ASCII bytes inside a character.
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

/** The offset of the closing quote of the string at `start`, or the end of the text. */
function endOfString(json: Uint8Array, start: number): number {
  let at = start;
  while (at < json.length && json[at] !== QUOTE) at += json[at] === BACKSLASH ? 2 : 1;
  return at;
}

/**
 * If a server-side apply has set the grace period, the managedFields list contains these two strings. gracekeeper needs
 * no other managedFields lists.
 */
const APPLIED_GRACE = [Buffer.from('"Apply"'), Buffer.from('"f:terminationGracePeriodSeconds"')];

/** A managedFields list above this size is always overwritten. The managedFields list of most pods has 2 KiB. */
const LONGEST_LIST = 64 * 1024;

/**
 * A managedFields list that nests deeper than this limit is always overwritten. The fields of a pod nest 10 levels deep
 * in an entry.
 */
const DEEPEST_LIST = 20;

/**
 * Overwrites lists named `managedFields` with null, because they make up half of many objects. A list is not
 * overwritten if it is short and may contain the grace period of a server-side apply. The API server accepts pods whose
 * lists nest 10,000 levels deep, so such a list must not be an error.
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

/** The offset of the value after a member name that ends at `start`, or the end of the text. */
function valueAfter(json: Uint8Array, start: number): number {
  const colon = pastBlanks(json, start);
  return json[colon] === COLON ? pastBlanks(json, colon + 1) : json.length;
}

function pastBlanks(json: Uint8Array, start: number): number {
  let at = start;
  while (json[at] === BLANK || json[at] === 0x0a || json[at] === 0x0d || json[at] === 0x09) at++;
  return at;
}

/** The offset after the closing bracket of the list at `start`. */
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
