/** A JSON object. Keys are read with `Object.hasOwn` semantics: the parser makes objects without inherited names. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** The value as a JSON object, or undefined when it is anything else. */
export function asObject(value: unknown): JsonObject | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as JsonObject)
    : undefined;
}

/** What a person would call the type of a JSON value: `a list`, `a string`, `nothing`. */
export function typeName(value: unknown): string {
  if (value === undefined || value === null) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "an object";
  return typeof value === "number" ? "a number" : `a ${typeof value}`;
}

/**
 * JSON with everything above ASCII, and DEL, as escapes: the same value, and nothing in it can move the cursor, turn
 * the direction of writing or hide when it is shown in a terminal. Control characters JSON escapes by itself.
 */
export function asciiJson(json: string): string {
  return /[\x7f-\uffff]/.test(json)
    ? json.replace(/[\x7f-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`)
    : json;
}
