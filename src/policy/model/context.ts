import type { HookReader, HookReadings } from "../../hook/reader.ts";
import type { Configuration } from "./configuration.ts";
import type { Namespace } from "./namespace.ts";

/** What holds beside the object of a request. */
interface Circumstances {
  readonly configuration: Configuration;
  /** Undefined where the namespaces of the cluster are not known. */
  readonly namespace: Namespace | undefined;
}

/** What holds for every request of one namespace. One value, taken once: no decision sees two configurations. */
export interface Context extends Circumstances {
  readonly readHooks: HookReader;
}

/** What holds for one request, whose hooks have all been read under one budget. */
export interface RequestContext extends Circumstances {
  readonly readings: HookReadings;
}
