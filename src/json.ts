/** A JSON object. Only own keys are read, as with `Object.hasOwn`. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** The value as a JSON object; undefined for any other value. */
export function asObject(value: unknown): JsonObject | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as JsonObject)
    : undefined;
}

/** The type of a JSON value in plain words: `a list`, `a string`, `nothing`. */
export function typeName(value: unknown): string {
  if (value === undefined || value === null) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "an object";
  return typeof value === "number" ? "a number" : `a ${typeof value}`;
}

/**
 * Escapes DEL and all characters above ASCII in JSON. In a terminal, the text then cannot move the cursor, change the
 * writing direction or hide text. JSON.stringify already escapes the other control characters.
 */
export function asciiJson(json: string): string {
  return /[\x7f-\uffff]/.test(json)
    ? json.replace(/[\x7f-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`)
    : json;
}
