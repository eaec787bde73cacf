import { type Budget, budgetOf } from "./budget.ts";
import { exportsFunction } from "./exec/exec.ts";
import type { Handler } from "./handler.ts";
import {
  isWorthReading,
  type MainProcess,
  readMainProcess,
  type Unheard,
} from "./main-process/main-process.ts";
import type { Environment, ProgramTable } from "./programs/program.ts";
import { readHook } from "./read-handler.ts";
import type { HookReading } from "./reading.ts";
import { type Attempt, inRounds, type ReadWithShare, SMALLEST_SHARE } from "./rounds.ts";

/** One hook of a request. For `env`, see `Environment`. */
export interface HookToRead extends Pick<MainProcess, "env"> {
  readonly handler: Handler;
}

/**
 * Reads the hooks and main processes of one request, under one budget. The result for a hook never depends on the order
 * of the hooks or on other requests.
 */
export type HookReader = (hooks: readonly HookToRead[], processes?: readonly MainProcess[]) => HookReadings;

export interface HookReadings {
  /**
   * The result of analysing a hook. A hook outside the list, such as an injected sleep, is read with a budget of
   * `SMALLEST_SHARE` units.
   */
  of(handler: Handler, env: HookToRead["env"]): HookReading;
  /** Whether a main process in the list ignores its stop signal, as far as that is known. */
  unheard(main: MainProcess): Unheard | undefined;
}

/**
 * The number of commands whose results are cached. All pods of a workload have the same hook, and most clusters have a
 * few dozen different hooks.
 */
const REMEMBERED = 512;

/**
 * The maximum number of cached results of one command. A command has several results if its time depends on environment
 * variables.
 */
const REMEMBERED_EACH = 8;

/**
 * The maximum number of characters of a cached command and of the variable values that it uses. Longer commands are
 * rare, and would fill the memory.
 */
const LONGEST_REMEMBERED = 1024;

/** The result of analysing a hook or a main process. */
type Known =
  | { readonly hook: HookReading; readonly unheard?: never }
  | { readonly hook?: never; readonly unheard: Unheard | undefined };

/** A hook or a main process. `key` contains everything that the result depends on, except the environment. */
interface Subject extends Pick<MainProcess, "env"> {
  readonly key: string;
  readonly read: (env: Environment, budget: Budget) => Known;
}

/** The environment variables that an analysis has used, with their values; null for a variable that is not set. */
type Answers = Map<string, string | undefined | null>;

/**
 * A finished analysis. Its result and its cost are valid for every environment with the same values of the used
 * variables.
 */
interface Finished {
  readonly known: Known;
  readonly cost: number;
  readonly answers: Answers;
}

function answerOf(env: Environment, name: string): string | undefined | null {
  return env.has(name) ? env.get(name) : null;
}

/** An environment that records which variables are used. */
function noting(env: HookToRead["env"], answers: Answers): Environment {
  const note = (name: string): string => {
    answers.set(name, answerOf(env, name));
    return name;
  };
  return { get: (name) => env.get(note(name)), has: (name) => env.has(note(name)), keys: () => env.keys() };
}

/**
 * Reads a hook or a main process with at most `share` units of the budget. Finished results are cached for later
 * requests.
 */
function remembering(): (subject: Subject, share: number) => Attempt<Known> {
  const all = new Map<string, readonly Finished[]>();
  const remember = (key: string, finished: Finished): void => {
    const values = [...finished.answers.values()].map((value) => value?.length ?? 0);
    if (key.length + values.reduce((sum, length) => sum + length, 0) > LONGEST_REMEMBERED) return;
    const [oldest] = all.keys();
    if (all.size >= REMEMBERED && oldest !== undefined) all.delete(oldest);
    all.set(key, [finished, ...(all.get(key) ?? [])].slice(0, REMEMBERED_EACH));
  };
  const recall = ({ key, env }: Subject): Finished | undefined =>
    all.get(key)?.find(({ answers }) => {
      for (const [name, answer] of answers) if (answerOf(env, name) !== answer) return false;
      return true;
    });
  return (subject, share) => {
    const isUsual = !exportsFunction(subject.env);
    const before = isUsual ? recall(subject) : undefined;
    if (before !== undefined && before.cost <= share)
      return { result: before.known, cost: before.cost, finished: true };
    const budget = budgetOf(share);
    const answers: Answers = new Map();
    const known = subject.read(noting(subject.env, answers), budget);
    if (budget.units < 0) return { result: known, cost: share, finished: false };
    const cost = share - budget.units;
    if (isUsual && before === undefined) remember(subject.key, { known, cost, answers });
    return { result: known, cost, finished: true };
  };
}

/**
 * Each command has a list of environments, and this is the maximum length of the list. The name of a hook contains the
 * place of its environment in the list, or the whole environment if the list is full.
 */
const MOST_COMPARED = 8;

/**
 * Gives a name to each hook and main process of a request. Hooks with the same key and environment get the same name,
 * and are read once.
 */
function naming(): (subject: Pick<Subject, "key" | "env">) => string {
  const seen = new Map<string, HookToRead["env"][]>();
  return ({ key, env }) => {
    const others = seen.get(key) ?? [];
    seen.set(key, others);
    const place = others.findIndex((other) => isSame(env, other));
    if (place >= 0) return `${place} ${key}`;
    return others.length < MOST_COMPARED
      ? `${others.push(env) - 1} ${key}`
      : `${JSON.stringify([...env])} ${key}`;
  };
}

function isSame(one: HookToRead["env"], other: HookToRead["env"]): boolean {
  if (one.size !== other.size) return false;
  const others = other.entries();
  for (const [name, value] of one) {
    const [otherName, otherValue] = others.next().value ?? [];
    if (name !== otherName || value !== otherValue) return false;
  }
  return true;
}

/** A reader that knows these programs and caches its last results. */
export function hookReader(programs: ProgramTable): HookReader {
  const read = remembering();
  const ofHook = ({ handler, env }: HookToRead): Subject => ({
    key: keyOf(handler),
    env,
    read: (variables, budget) => ({ hook: readHook(handler, { env: variables, programs, budget }) }),
  });
  const ofMain = (main: MainProcess): Subject => ({
    key: mainKey(main),
    env: main.env,
    read: (env, budget) => ({ unheard: readMainProcess(main, { env, programs, budget }) }),
  });
  return (hooks, processes = []) => {
    const nameOf = naming();
    const all = new Map<string, ReadWithShare<Known>>();
    const add = (subject: Subject): string => {
      const name = nameOf(subject);
      all.set(name, (share) => read(subject, share));
      return name;
    };
    const byHandler = new Map(
      hooks.map((hook) => [hook.handler, { env: hook.env, name: add(ofHook(hook)) }]),
    );
    // The key is the `command` array, because injection keeps this array when it changes a pod.
    const mains = new Map(processes.filter(isWorthReading).map((main) => [main.command, add(ofMain(main))]));
    const known = inRounds(all);
    return {
      of: (handler, env) => {
        const one = byHandler.get(handler);
        const subject = ofHook({ handler, env });
        const name = one !== undefined && one.env === env ? one.name : nameOf(subject);
        return (known.get(name) ?? read(subject, SMALLEST_SHARE).result).hook as HookReading;
      },
      unheard: ({ command }) => known.get(mains.get(command) ?? "")?.unheard,
    };
  };
}

/** No key of a hook begins with `m`, so a hook and a main process never have the same key. */
function mainKey({ command, args, stopSignal, preStop, stdin, tty }: MainProcess): string {
  return `main ${JSON.stringify([command, args, stopSignal, preStop, stdin, tty])}`;
}

/** The length of each word comes before the word, so that different hooks never have the same key. */
function keyOf(handler: Handler): string {
  if (handler.kind !== "exec") return `${handler.kind} ${JSON.stringify(handler)}`;
  const words: readonly unknown[] = handler.command;
  let key = `${words.length}`;
  for (const word of words) {
    const text = typeof word === "string" ? word : JSON.stringify([word]);
    key += `,${text.length}:${text}`;
  }
  return key;
}
