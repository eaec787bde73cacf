import { asObject, type JsonObject, typeName } from "../../json.ts";
import { quote } from "../../policy/messages/quote.ts";
import { BadRequest } from "../bad-request.ts";

/**
 * Reads members of a JSON object that came from outside, with the types the API server would have checked.
 *
 * Absent and null mean the same, as in Go. A value of another type is a BadRequest that names the field: the API server
 * cannot have sent it.
 */

/** An object member; undefined where it is absent or null. */
export function objectAt(parent: JsonObject, key: string, path: string): JsonObject | undefined {
  const value = parent[key];
  if (value === undefined || value === null) return undefined;
  return asObject(value) ?? wrongType(`${path}.${key}`, "an object", value);
}

/** A list of objects; empty where it is absent or null. */
export function objectsAt(parent: JsonObject, key: string, path: string): readonly JsonObject[] {
  return listAt(parent, key, path).map(
    (item, index) => asObject(item) ?? wrongType(`${path}.${key}[${index}]`, "an object", item),
  );
}

/** A list of strings; empty where it is absent or null. */
export function stringsAt(parent: JsonObject, key: string, path: string): readonly string[] {
  return listAt(parent, key, path).map((item, index) =>
    typeof item === "string" ? item : wrongType(`${path}.${key}[${index}]`, "a string", item),
  );
}

/** A string; undefined where it is absent or null. */
export function stringAt(parent: JsonObject, key: string, path: string): string | undefined {
  const value = parent[key];
  if (value === undefined || value === null) return undefined;
  return typeof value === "string" ? value : wrongType(`${path}.${key}`, "a string", value);
}

/** A whole number; undefined where it is absent or null. Above 2^53 it is the nearest double. */
export function integerAt(parent: JsonObject, key: string, path: string): number | undefined {
  const value = parent[key];
  if (value === undefined || value === null) return undefined;
  if (typeof value === "number" && Number.isInteger(value)) return value;
  const got = typeof value === "number" ? `${value}` : typeName(value);
  throw new BadRequest(`${path}.${key} must be a whole number, not ${got}.`, `${path}.${key}`);
}

/** A truth value; false where it is absent or null. */
export function booleanAt(parent: JsonObject, key: string, path: string): boolean {
  const value = parent[key] ?? false;
  return typeof value === "boolean" ? value : wrongType(`${path}.${key}`, "true or false", value);
}

/** A mapping of strings to strings; empty where it is absent or null. */
export function stringMapAt(parent: JsonObject, key: string, path: string): ReadonlyMap<string, string> {
  const entries = Object.entries(objectAt(parent, key, path) ?? {});
  return new Map(
    entries.map(([name, value]) => {
      if (value === null) return [name, ""];
      return typeof value === "string"
        ? [name, value]
        : wrongType(`${path}.${key}[${quote(name)}]`, "a string", value);
    }),
  );
}

function listAt(parent: JsonObject, key: string, path: string): readonly unknown[] {
  const value = parent[key];
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : wrongType(`${path}.${key}`, "a list", value);
}

export function wrongType(path: string, wanted: string, value: unknown): never {
  throw new BadRequest(`${path} must be ${wanted}, not ${typeName(value)}.`, path);
}
