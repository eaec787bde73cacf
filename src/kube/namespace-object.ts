import { asObject } from "../json.ts";
import { type Namespace, namespaceOf, READ_ANNOTATIONS, READ_LABELS } from "../policy/model/namespace.ts";
import { readEvent, unreadable, type WatchEvent } from "./watch/wire.ts";

/** The part of a namespace's metadata that is kept. */
export interface NamespaceObject {
  /** Empty in a bookmark. */
  readonly name: string;
  readonly resourceVersion: string;
  /** Undefined if it has none of the labels and annotations that are read. */
  readonly namespace: Namespace | undefined;
}

export interface NamespaceEvent extends NamespaceObject {
  readonly type: WatchEvent["type"];
}

/** Longer than the store keeps, so a value that is cut here is cut there too. */
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

/** Reads a line of a watch. @throws ApiFault as `readEvent` does, and for a namespace that cannot be read. */
export function readNamespaceEvent(line: string): NamespaceEvent {
  const { type, object } = readEvent(line, "namespaces");
  const read = readObject(object);
  if (read.name === "" && type !== "BOOKMARK") throw unreadable("a namespace without a name");
  return { type, ...read };
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
