import { asObject, type JsonObject, typeName } from "../../json.ts";
import { quote } from "../../policy/messages/quote.ts";
import { BadRequest } from "../bad-request.ts";

/**
 * Reads members of a JSON object from a request, and checks the types that the API server would have checked.
 *
 * An absent member and a null mean the same, as in Go. A value of the wrong type throws a BadRequest that names the
 * field, because the API server cannot send such a value.
 */

/** A JSON type, with its name for messages. */
interface Kind<Value> {
  readonly name: string;
  readonly is: (value: unknown) => value is Value;
}

const OBJECT: Kind<JsonObject> = {
  name: "an object",
  is: (value): value is JsonObject => asObject(value) !== undefined,
};
const STRING: Kind<string> = { name: "a string", is: (value) => typeof value === "string" };
const STRING_OR_NULL: Kind<string | null> = {
  name: STRING.name,
  is: (value) => value === null || STRING.is(value),
};
const BOOLEAN: Kind<boolean> = { name: "true or false", is: (value) => typeof value === "boolean" };
const LIST: Kind<readonly unknown[]> = { name: "a list", is: (value) => Array.isArray(value) };

function valueAt<Value>(
  parent: JsonObject,
  key: string,
  path: string,
  { name, is }: Kind<Value>,
): Value | undefined {
  const value = parent[key];
  if (value === undefined || value === null) return undefined;
  return is(value) ? value : wrongType(`${path}.${key}`, name, value);
}

const NOTHING: readonly never[] = [];

function itemsAt<Item>(
  parent: JsonObject,
  key: string,
  path: string,
  { name, is }: Kind<Item>,
): readonly Item[] {
  const items = valueAt(parent, key, path, LIST) ?? NOTHING;
  const wrong = items.findIndex((item) => !is(item));
  return wrong < 0 ? (items as readonly Item[]) : wrongType(`${path}.${key}[${wrong}]`, name, items[wrong]);
}

/** An object member; undefined if it is absent or null. */
export function objectAt(parent: JsonObject, key: string, path: string): JsonObject | undefined {
  return valueAt(parent, key, path, OBJECT);
}

/** A list of objects; empty if it is absent or null. */
export function objectsAt(parent: JsonObject, key: string, path: string): readonly JsonObject[] {
  return itemsAt(parent, key, path, OBJECT);
}

/** A list of strings; empty if it is absent or null. A null in the list is read as an empty string, as in Go. */
export function stringsAt(parent: JsonObject, key: string, path: string): readonly string[] {
  return itemsAt(parent, key, path, STRING_OR_NULL).map((item) => item ?? "");
}

/** A string; undefined if it is absent or null. */
export function stringAt(parent: JsonObject, key: string, path: string): string | undefined {
  return valueAt(parent, key, path, STRING);
}

/** A whole number; undefined if it is absent or null. A number above 2^53 is rounded to the nearest double. */
export function integerAt(parent: JsonObject, key: string, path: string): number | undefined {
  const value = parent[key];
  if (value === undefined || value === null) return undefined;
  if (typeof value === "number" && Number.isInteger(value)) return value;
  const got = typeof value === "number" ? `${value}` : typeName(value);
  throw new BadRequest(`${path}.${key} must be a whole number, not ${got}.`, `${path}.${key}`);
}

/** A boolean; false if it is absent or null. */
export function booleanAt(parent: JsonObject, key: string, path: string): boolean {
  return valueAt(parent, key, path, BOOLEAN) ?? false;
}

/** A mapping of strings to strings; empty if it is absent or null. */
export function stringMapAt(parent: JsonObject, key: string, path: string): ReadonlyMap<string, string> {
  const all = new Map<string, string>();
  for (const [name, value] of Object.entries(objectAt(parent, key, path) ?? {})) {
    if (value !== null && !STRING.is(value)) wrongType(`${path}.${key}[${quote(name)}]`, STRING.name, value);
    all.set(name, value ?? "");
  }
  return all;
}

export function wrongType(path: string, wanted: string, value: unknown): never {
  throw new BadRequest(`${path} must be ${wanted}, not ${typeName(value)}.`, path);
}
