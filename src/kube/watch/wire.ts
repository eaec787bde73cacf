/** Parses the lists and watch events of the API server, for every kind. */
import { asObject } from "../../json.ts";
import { ApiFault } from "../api-fault.ts";
import { parse } from "../request.ts";

export interface WatchEvent {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK";
  readonly object: unknown;
}

/**
 * Reads a line of a watch (k8s.io/apimachinery, metav1.WatchEvent).
 *
 * @param what The words after "the watch of" in an error message, such as "namespaces".
 * @throws ApiFault for an event of type ERROR, with the code of its Status, and for an invalid line.
 */
export function readEvent(line: string, what: string): WatchEvent {
  const { type, object } = asObject(parse(line)) ?? {};
  switch (type) {
    case "ADDED":
    case "MODIFIED":
    case "DELETED":
    case "BOOKMARK":
      return { type, object };
    case "ERROR": {
      const { code } = asObject(object) ?? {};
      throw errorEvent(typeof code === "number" ? code : 0, what);
    }
    default:
      throw unreadable("an event of unknown type");
  }
}

export interface Page {
  readonly items: readonly unknown[];
  readonly resourceVersion: string;
  /** The token for the next page; empty on the last page. */
  readonly next: string;
}

/** @throws ApiFault if the value is not a list. */
export function readPage(list: unknown): Page {
  const { items, metadata } = asObject(list) ?? {};
  // Go writes a nil slice as null.
  const found = items ?? [];
  const { resourceVersion, continue: next = "" } = asObject(metadata) ?? {};
  if (!Array.isArray(found) || typeof resourceVersion !== "string" || typeof next !== "string") {
    throw unreadable("a list without metadata");
  }
  return { items: found, resourceVersion, next };
}

/** @throws ApiFault if the object has no resourceVersion. */
export function readResourceVersion(object: unknown, what: string): string {
  const { resourceVersion } = asObject(asObject(object)?.["metadata"]) ?? {};
  if (typeof resourceVersion !== "string" || resourceVersion === "")
    throw unreadable(`${what} without a version`);
  return resourceVersion;
}

/**
 * After an ERROR event with any code, a new list is made. client-go does so after most codes, but may continue the
 * watch after 429 and 500 (tools/cache/reflector.go).
 */
function errorEvent(status: number, what: string): ApiFault {
  return new ApiFault(`The API server ended the watch of ${what} with code ${status}.`, {
    status,
    unreadable: true,
  });
}

export function unreadable(what: string): ApiFault {
  return new ApiFault(`The API server sent ${what}.`, { unreadable: true });
}
