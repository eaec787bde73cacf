import type { HookReader, HookReadings } from "../../hook/reader.ts";
import type { Configuration } from "./configuration.ts";
import type { Namespace } from "./namespace.ts";

/** The configuration and the namespace that apply to a Kubernetes object. */
interface Circumstances {
  readonly configuration: Configuration;
  /** The namespace; undefined if the namespaces of the cluster are not known. */
  readonly namespace: Namespace | undefined;
}

/**
 * The context of the requests in one namespace. A request reads the configuration once, so a reload during the request
 * does not change the decision.
 */
export interface Context extends Circumstances {
  readonly readHooks: HookReader;
}

/** The context of one request. One budget limited the analysis of all hooks of the request together. */
export interface RequestContext extends Circumstances {
  readonly readings: HookReadings;
}
