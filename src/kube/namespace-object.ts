import { asObject } from "../json.ts";
import { type Namespace, namespaceOf, READ_ANNOTATIONS, READ_LABELS } from "../policy/model/namespace.ts";
import { ApiFault } from "./api-fault.ts";
import { parse } from "./get.ts";

/** What we keep of the metadata of a namespace. */
export interface NamespaceObject {
  /** Empty in a bookmark. */
  readonly name: string;
  readonly resourceVersion: string;
  /** Undefined if it has no label or annotation that we read. */
  readonly namespace: Namespace | undefined;
}

export interface NamespaceEvent extends NamespaceObject {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK";
}

/** Longer than the store keeps: a value that is cut here is cut there too. */
const LONGEST_VALUE = 80;

/** @throws ApiFault if it does not have metadata. */
export function readObject(object: unknown): NamespaceObject {
  const metadata = asObject(asObject(object)?.["metadata"]);
  if (metadata === undefined) throw unreadable("a namespace without metadata");
  const { name = "", resourceVersion, labels, annotations } = metadata;
  if (typeof name !== "string" || typeof resourceVersion !== "string" || resourceVersion === "") {
    throw unreadable("a namespace without a name or version");
  }
  const namespace = namespaceOf(
    name,
    shortValues(labels, READ_LABELS),
    shortValues(annotations, READ_ANNOTATIONS),
  );
  const ours = namespace.labels.size + namespace.annotations.size > 0;
  const says = ours || namespace.announcedBy !== undefined;
  return { name, resourceVersion, namespace: says ? namespace : undefined };
}

/**
 * Reads a line of a watch (k8s.io/apimachinery, metav1.WatchEvent).
 *
 * @throws ApiFault for an event of type ERROR, with the code of its Status, and for anything that is not an event.
 */
export function readEvent(line: string): NamespaceEvent {
  const { type, object } = asObject(parse(line)) ?? {};
  switch (type) {
    case "ADDED":
    case "MODIFIED":
    case "DELETED":
    case "BOOKMARK": {
      const read = readObject(object);
      if (read.name === "" && type !== "BOOKMARK") throw unreadable("a namespace without a name");
      return { type, ...read };
    }
    case "ERROR": {
      const { code } = asObject(object) ?? {};
      throw errorEvent(typeof code === "number" ? code : 0);
    }
    default:
      throw unreadable("an event of unknown type");
  }
}

export interface NamespacePage {
  readonly items: readonly unknown[];
  readonly resourceVersion: string;
  /** Empty on the last page. */
  readonly next: string;
}

/** @throws ApiFault if it is not a list. */
export function readPage(list: unknown): NamespacePage {
  const { items, metadata } = asObject(list) ?? {};
  // Go writes a nil slice as null.
  const found = items ?? [];
  const { resourceVersion, continue: next = "" } = asObject(metadata) ?? {};
  if (!Array.isArray(found) || typeof resourceVersion !== "string" || typeof next !== "string") {
    throw unreadable("a list without metadata");
  }
  return { items: found, resourceVersion, next };
}

/** The values under these keys. Long ones are copied and cut: a slice would keep the whole text in memory. */
function shortValues(values: unknown, keys: readonly string[]): Readonly<Record<string, unknown>> {
  const all = asObject(values) ?? {};
  const picked: Record<string, unknown> = {};
  for (const key of keys) {
    const value = all[key];
    if (typeof value !== "string") continue;
    picked[key] =
      value.length > LONGEST_VALUE ? Buffer.from(value.slice(0, LONGEST_VALUE)).toString() : value;
  }
  return picked;
}

/** For every code, client-go starts again with a new list (tools/cache/reflector.go). */
function errorEvent(status: number): ApiFault {
  return new ApiFault(`The API server ended the watch of namespaces with code ${status}.`, {
    status,
    unreadable: true,
  });
}

function unreadable(what: string): ApiFault {
  return new ApiFault(`The API server sent ${what}.`, { unreadable: true });
}
