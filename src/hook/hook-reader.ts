import { type Effort, fullEffort } from "./effort.ts";
import type { ExecHandler, Handler } from "./handler.ts";
import type { ProgramTable } from "./program-table.ts";
import { readHook } from "./read-hook.ts";
import type { HookReading } from "./reading.ts";

/** Reads hooks with a table of programs: `env` and `effort` as in `Surroundings`. */
export type HookReader = (handler: Handler, env: ReadonlyMap<string, string>, effort: Effort) => HookReading;

/** The pods of one workload carry the same hook, and most clusters have a few dozen different ones. */
const REMEMBERED = 512;

/** A longer command is rare, and would be long to remember. */
const LONGEST_KEY = 1024;

/**
 * A reader that remembers what it read last: the same command in the same environment takes the same time.
 * Its memory is bounded by REMEMBERED times LONGEST_KEY and the readings that belong to them.
 */
export function hookReader(programs: ProgramTable): HookReader {
  const remembered = new Map<string, HookReading>();
  return (handler, env, effort) => {
    const key = handler.kind === "exec" ? keyOf(handler, env) : undefined;
    const known = key === undefined ? undefined : remembered.get(key);
    if (known !== undefined) return known;
    const whole = key === undefined ? effort : fullEffort();
    const before = { ...whole };
    const reading = readHook(handler, { env, programs, effort: whole });
    if (key === undefined) return reading;
    effort.characters -= before.characters - whole.characters;
    effort.steps -= before.steps - whole.steps;
    remembered.set(key, reading);
    const [oldest] = remembered.keys();
    if (remembered.size > REMEMBERED && oldest !== undefined) remembered.delete(oldest);
    return reading;
  };
}
