import { type Budget, budgetOf } from "./budget.ts";
import type { Handler } from "./handler.ts";
import {
  isWorthReading,
  type MainProcess,
  readMainProcess,
  type Unheard,
} from "./main-process/main-process.ts";
import type { ProgramTable } from "./programs/program.ts";
import { readHook } from "./read-handler.ts";
import type { HookReading } from "./reading.ts";
import { type Attempt, inRounds, type ReadWithShare, SMALLEST_SHARE } from "./rounds.ts";

/** One hook of a request. `env` as in `Surroundings`. */
export interface HookToRead {
  readonly handler: Handler;
  readonly env: ReadonlyMap<string, string | undefined>;
}

/**
 * Reads the hooks and main processes of one request, all under one budget. No reading depends on their order, nor on what
 * was read for another request.
 */
export type HookReader = (hooks: readonly HookToRead[], processes?: readonly MainProcess[]) => HookReadings;

export interface HookReadings {
  /** The reading of a hook. A hook outside the list, such as an injected sleep, is read with `SMALLEST_SHARE`. */
  of(handler: Handler, env: ReadonlyMap<string, string | undefined>): HookReading;
  /** Whether a main process of the list does not hear its stop signal, as far as that is known. */
  unheard(main: MainProcess): Unheard | undefined;
}

/** All pods of one workload have the same hook, and most clusters have a few dozen different hooks. */
const REMEMBERED = 512;

/** Longer commands are rare and would fill the memory. */
const LONGEST_KEY = 1024;

/** A finished reading and its cost. */
interface Finished<Reading> {
  readonly reading: Reading;
  readonly cost: number;
}

/** Remembers readings for later requests. A remembered one costs what it cost when it was read. */
function remembering<Subject, Reading>(
  read: (subject: Subject, budget: Budget) => Reading,
): (subject: Subject, key: string, share: number) => Attempt<Reading> {
  const all = new Map<string, Finished<Reading>>();
  const remember = (key: string, finished: Finished<Reading>): void => {
    if (key.length > LONGEST_KEY) return;
    const [oldest] = all.keys();
    if (all.size >= REMEMBERED && oldest !== undefined) all.delete(oldest);
    all.set(key, finished);
  };
  return (subject, key, share) => {
    const known = all.get(key);
    if (known !== undefined && known.cost <= share)
      return { result: known.reading, cost: known.cost, finished: true };
    const budget = budgetOf(share);
    const reading = read(subject, budget);
    if (budget.units < 0) return { result: reading, cost: share, finished: false };
    const cost = share - budget.units;
    remember(key, { reading, cost });
    return { result: reading, cost, finished: true };
  };
}

/** What is known of a hook or of a main process. */
type Known =
  | { readonly hook: HookReading; readonly unheard?: never }
  | { readonly hook?: never; readonly unheard: Unheard | undefined };

/** A reader that knows these programs and remembers its last readings. */
export function hookReader(programs: ProgramTable): HookReader {
  const read = remembering(({ handler, env }: HookToRead, budget) => ({
    hook: readHook(handler, { env, programs, budget }),
  }));
  const readMain = remembering((main: MainProcess, budget) => ({
    unheard: readMainProcess(main, { programs, budget }),
  }));
  return (hooks, processes = []) => {
    const all = new Map<string, ReadWithShare<Known>>();
    const keyed = hooks.map((hook) => ({ hook, key: keyOf(hook) }));
    for (const { hook, key } of keyed) all.set(key, (share) => read(hook, key, share));
    // A pod that injection has changed has the same lists of words.
    const mains = new Map<readonly string[], string>();
    for (const main of processes.filter(isWorthReading)) {
      const key = mainKey(main);
      mains.set(main.command, key);
      all.set(key, (share) => readMain(main, key, share));
    }
    const known = inRounds(all);
    // A key is long, and making it costs more than finding a remembered reading by it.
    const byHandler = new Map(keyed.map((one) => [one.hook.handler, one]));
    return {
      of: (handler, env) => {
        const one = byHandler.get(handler);
        const key = one !== undefined && one.hook.env === env ? one.key : keyOf({ handler, env });
        return known.get(key)?.hook ?? read({ handler, env }, key, SMALLEST_SHARE).result.hook;
      },
      unheard: ({ command }) => known.get(mains.get(command) ?? "")?.unheard,
    };
  };
}

/** It begins as the key of no hook does. */
function mainKey({ command, args, env, stopSignal, preStop, stdin, tty }: MainProcess): string {
  return `main ${JSON.stringify([command, args, stopSignal, preStop, stdin, tty, ...env])}`;
}

/** The length of each text stands before it, so that two different hooks never have the same key. */
function keyOf({ handler, env }: HookToRead): string {
  if (handler.kind !== "exec") return `${handler.kind} ${JSON.stringify(handler)}`;
  const words: readonly unknown[] = handler.command;
  let key = `${words.length}`;
  for (const word of words) key += keyPart(typeof word === "string" ? word : JSON.stringify([word]));
  for (const [name, value] of env) key += keyPart(name) + (value === undefined ? "?" : keyPart(value));
  return key;
}

function keyPart(text: string): string {
  return `,${text.length}:${text}`;
}
