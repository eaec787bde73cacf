import { budgetOf } from "./budget.ts";
import type { Handler } from "./handler.ts";
import type { ProgramTable } from "./programs/program.ts";
import { readHook } from "./read-handler.ts";
import type { HookReading } from "./reading.ts";

/** One hook of a request. `env` holds the container's variables with literal values. */
export interface HookToRead {
  readonly handler: Handler;
  readonly env: ReadonlyMap<string, string>;
}

/**
 * Reads the hooks of one request, all under one budget. No reading depends on the order of the hooks, nor on what was
 * read for another request.
 */
export type HookReader = (hooks: readonly HookToRead[]) => HookReadings;

export interface HookReadings {
  /** The reading of a hook. One that was not in the list (a sleep that we add) is read with `SMALLEST_SHARE`. */
  of(handler: Handler, env: ReadonlyMap<string, string>): HookReading;
}

/** The limit for reading the hooks of one request, in units of `Budget`: about 100 ms at most. */
export const REQUEST_UNITS = 100_000;

/**
 * The first share of each hook. The largest of 139 commands of hooks.jsonl costs 841 units, a loop of 45 turns 4,000.
 */
export const FIRST_SHARE = 4000;

/** The share of a hook is never smaller, however many hooks there are: `sh -c "sleep 45; nginx -s quit"` costs 75. */
export const SMALLEST_SHARE = 100;

/** How often the rest of the budget is divided among the unfinished hooks. */
const MORE_ROUNDS = 2;

/** All pods of one workload have the same hook, and most clusters have a few dozen different hooks. */
const REMEMBERED = 512;

/** Longer commands are rare and would fill the memory. */
const LONGEST_KEY = 1024;

/** A finished reading and its cost. */
interface Finished {
  readonly reading: HookReading;
  readonly cost: number;
}

/** Readings of earlier requests. A remembered one costs what it cost when it was read. */
interface Memory {
  get(key: string): Finished | undefined;
  add(key: string, finished: Finished): void;
}

function newMemory(): Memory {
  const all = new Map<string, Finished>();
  return {
    get: (key) => all.get(key),
    add(key, finished) {
      if (key.length > LONGEST_KEY) return;
      const [oldest] = all.keys();
      if (all.size >= REMEMBERED && oldest !== undefined) all.delete(oldest);
      all.set(key, finished);
    },
  };
}

/** A reader that knows these programs and remembers its last readings. */
export function hookReader(programs: ProgramTable): HookReader {
  const memory = newMemory();
  const read = (hook: HookToRead, key: string, share: number): Attempt => {
    const known = memory.get(key);
    if (known !== undefined && known.cost <= share) return { ...known, finished: true };
    const budget = budgetOf(share);
    const reading = readHook(hook.handler, { env: hook.env, programs, budget });
    if (budget.units < 0) return { reading, cost: share, finished: false };
    const cost = share - budget.units;
    memory.add(key, { reading, cost });
    return { reading, cost, finished: true };
  };
  return (hooks) => {
    const distinct = new Map(hooks.map((hook) => [keyOf(hook), hook] as const));
    const readings = inRounds(distinct, read);
    return {
      of: (handler, env) => {
        const key = keyOf({ handler, env });
        return readings.get(key) ?? read({ handler, env }, key, SMALLEST_SHARE).reading;
      },
    };
  };
}

/** One reading with a share. An unfinished reading costs the whole share, whether it was tried or not. */
interface Attempt extends Finished {
  readonly finished: boolean;
}

/**
 * First each hook gets the same share. Then the rest is divided equally among the unfinished hooks, and each of them is read
 * again from its start with the larger share.
 */
function inRounds(
  hooks: ReadonlyMap<string, HookToRead>,
  read: (hook: HookToRead, key: string, share: number) => Attempt,
): ReadonlyMap<string, HookReading> {
  const readings = new Map<string, HookReading>();
  let unfinished = hooks;
  let left = REQUEST_UNITS;
  let share = Math.max(SMALLEST_SHARE, Math.min(FIRST_SHARE, Math.floor(left / hooks.size)));
  for (let round = 0; round <= MORE_ROUNDS && unfinished.size > 0; round++) {
    const still = new Map<string, HookToRead>();
    for (const [key, hook] of unfinished) {
      const { reading, cost, finished } = read(hook, key, share);
      readings.set(key, reading);
      left -= cost;
      if (!finished) still.set(key, hook);
    }
    unfinished = still;
    const larger = Math.floor(left / still.size);
    if (larger <= share) break;
    share = larger;
  }
  return readings;
}

/** The length of each text stands before it, so that two different hooks never have the same key. */
function keyOf({ handler, env }: HookToRead): string {
  if (handler.kind !== "exec") return JSON.stringify(handler);
  let key = `${handler.command.length}`;
  for (const word of handler.command) key += `,${word.length}:${word}`;
  for (const [name, value] of env) key += `,${name.length}:${name},${value.length}:${value}`;
  return key;
}
