/**
 * JSON with everything above ASCII, and DEL, as escapes: the same value, and nothing in it can move the cursor, turn
 * the direction of writing or hide when it is shown in a terminal. Control characters JSON escapes by itself.
 */
export function asciiJson(json: string): string {
  return /[\x7f-\uffff]/.test(json)
    ? json.replace(/[\x7f-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`)
    : json;
}
