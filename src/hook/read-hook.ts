import type { Handler } from "./handler.ts";
import type { ProgramTable } from "./program-table.ts";
import type { HookReading } from "./reading.ts";

/** What is known around a hook. */
export interface Surroundings {
  /** The container's `env` with literal values. A name that is not here may still be set, by the image or `valueFrom`. */
  readonly env: ReadonlyMap<string, string>;
  readonly programs: ProgramTable;
}

/** Reads how long a preStop hook takes. Total: any handler, any bytes; never throws. */
export declare function readHook(handler: Handler, around: Surroundings): HookReading;
