import type { Effort } from "./budget.ts";
import type { ExecHandler, Handler } from "./handler.ts";
import type { ProgramTable } from "./programs/program.ts";
import { readHook } from "./read-handler.ts";
import type { HookReading } from "./reading.ts";

/** Reads hooks with a table of programs: `env` and `effort` as in `Surroundings`. */
export type HookReader = (handler: Handler, env: ReadonlyMap<string, string>, effort: Effort) => HookReading;

/** The pods of one workload carry the same hook, and most clusters have a few dozen different ones. */
const REMEMBERED = 512;

/** A longer command is rare, and would be long to remember. */
const LONGEST_KEY = 1024;

interface Memory {
  readonly reading: HookReading;
  /** What it took, and takes again each time: what a pod may still spend must not depend on what others brought. */
  readonly cost: Readonly<Effort>;
}

/**
 * A reader that remembers what it read last: the same command in the same environment takes the same time. Its memory is
 * bounded: REMEMBERED readings of commands up to LONGEST_KEY characters.
 */
export function hookReader(programs: ProgramTable): HookReader {
  const memories = new Map<string, Memory>();
  return (handler, env, effort) => {
    const key = handler.kind === "exec" ? keyOf(handler, env) : undefined;
    const memory = key === undefined ? undefined : memories.get(key);
    if (
      memory !== undefined &&
      memory.cost.steps < effort.steps &&
      memory.cost.characters < effort.characters
    ) {
      effort.steps -= memory.cost.steps;
      effort.characters -= memory.cost.characters;
      return memory.reading;
    }
    const { steps, characters } = effort;
    const reading = readHook(handler, { env, programs, effort });
    // A reading that ran out of effort may be less than another pod would get.
    if (key === undefined || effort.steps <= 0 || effort.characters <= 0) return reading;
    const [oldest] = memories.keys();
    if (memories.size >= REMEMBERED && oldest !== undefined) memories.delete(oldest);
    const cost = { steps: steps - effort.steps, characters: characters - effort.characters };
    memories.set(key, { reading, cost });
    return reading;
  };
}

/** Undefined for what is too long to remember. Each text is led by its length, so that no two lists have one key. */
function keyOf({ command }: ExecHandler, env: ReadonlyMap<string, string>): string | undefined {
  let key = `${command.length}`;
  for (const word of command) key += `,${word.length}:${word}`;
  for (const [name, value] of env) {
    if (key.length > LONGEST_KEY) return undefined;
    key += `,${name.length}:${name},${value.length}:${value}`;
  }
  return key.length > LONGEST_KEY ? undefined : key;
}
