import type { HookReader, HookReadings } from "../../hook/reader.ts";
import type { Configuration } from "./configuration.ts";
import type { Namespace } from "./namespace.ts";

/** The context in which an object is assessed. */
interface Circumstances {
  readonly configuration: Configuration;
  /** Undefined if the namespaces of the cluster are not known. */
  readonly namespace: Namespace | undefined;
}

/**
 * The context of all requests of one namespace. It is read once for each request, so no decision sees two
 * configurations.
 */
export interface Context extends Circumstances {
  readonly readHooks: HookReader;
}

/** The context of one request, with its hooks, which were all read under one budget. */
export interface RequestContext extends Circumstances {
  readonly readings: HookReadings;
}
