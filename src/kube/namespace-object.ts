import { asObject } from "../json.ts";
import { type Namespace, namespaceOf, READ_ANNOTATIONS, READ_LABELS } from "../policy/model/namespace.ts";
import { readEvent, unreadable, type WatchEvent } from "./watch/wire.ts";

/** The parts of a namespace's metadata that gracekeeper uses. */
export interface NamespaceObject {
  /** Empty in a bookmark. */
  readonly name: string;
  readonly resourceVersion: string;
  /** Undefined if the namespace has none of the labels and annotations that gracekeeper reads. */
  readonly namespace: Namespace | undefined;
}

export interface NamespaceEvent extends NamespaceObject {
  readonly type: WatchEvent["type"];
}

/**
 * The length at which the value of a label or annotation is cut. `namespaceOf` keeps fewer characters, so the cut does
 * not change its result.
 */
const LONGEST_VALUE = 80;

/** @throws ApiFault if the object has no metadata. */
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

/** Reads a line of a watch. @throws ApiFault for an invalid event, and for a namespace that cannot be read. */
export function readNamespaceEvent(line: string): NamespaceEvent {
  const { type, object } = readEvent(line, "namespaces");
  const read = readObject(object);
  if (read.name === "" && type !== "BOOKMARK") throw unreadable("a namespace without a name");
  return { type, ...read };
}

/**
 * The values of these labels or annotations. A long value is cut and copied, because a slice would keep the whole
 * string in memory.
 */
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
