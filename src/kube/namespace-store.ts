import { type Namespace, namespaceOf } from "../policy/model/namespace.ts";
import type { NamespaceListing } from "./namespace-list.ts";
import type { NamespaceEvent } from "./namespace-object.ts";

const MILLISECONDS = 1000;

/** The last known namespaces, and the resourceVersion up to which they are current. */
export interface NamespaceStore {
  /**
   * Undefined until the first list. After the list, an unknown namespace is treated as a namespace without labels and
   * annotations of gracekeeper.
   */
  get(name: string): Namespace | undefined;
  readonly listed: boolean;
  /** The number of namespaces with a label or annotation of gracekeeper. */
  readonly size: number;
  /** The resourceVersion from which a watch can continue; undefined if a new list is needed. */
  readonly resourceVersion: string | undefined;
  /** Seconds since the last response of the API server; infinite before the first response. */
  ageSeconds(): number;
  /** Records that the API server has just responded. */
  contact(): void;
  replaceAll(listing: NamespaceListing): void;
  apply(event: NamespaceEvent): void;
  /** Keeps the namespaces, but the next attempt begins with a list. */
  forgetVersion(): void;
}

export function createNamespaceStore(): NamespaceStore {
  let namespaces: Map<string, Namespace> | undefined;
  let resourceVersion: string | undefined;
  let contactAt = Number.NEGATIVE_INFINITY;
  return {
    get: (name) => namespaces && (namespaces.get(name) ?? namespaceOf(name, {}, {})),
    get listed() {
      return namespaces !== undefined;
    },
    get size() {
      return namespaces?.size ?? 0;
    },
    get resourceVersion() {
      return resourceVersion;
    },
    ageSeconds: () => (performance.now() - contactAt) / MILLISECONDS,
    contact() {
      contactAt = performance.now();
    },
    replaceAll(listing) {
      ({ namespaces, resourceVersion } = listing);
    },
    apply({ type, name, namespace, resourceVersion: version }) {
      contactAt = performance.now();
      resourceVersion = version;
      if (type === "BOOKMARK") return;
      if (type === "DELETED" || namespace === undefined) namespaces?.delete(name);
      else namespaces?.set(name, namespace);
    },
    forgetVersion() {
      resourceVersion = undefined;
    },
  };
}
