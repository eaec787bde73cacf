import type { HookReader, HookReadings } from "../../hook/reader.ts";
import type { Configuration } from "./configuration.ts";
import type { Namespace } from "./namespace.ts";

/** The configuration and the namespace with which an object is assessed. */
interface Circumstances {
  readonly configuration: Configuration;
  /** The namespace; undefined if the namespaces of the cluster are not known. */
  readonly namespace: Namespace | undefined;
}

/**
 * The context of the requests in one namespace. Each request reads the context once, so no decision mixes two
 * configurations.
 */
export interface Context extends Circumstances {
  readonly readHooks: HookReader;
}

/** The context of one request. All hooks of the request were read under one budget. */
export interface RequestContext extends Circumstances {
  readonly readings: HookReadings;
}
