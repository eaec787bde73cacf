import { ENDLESS_SECONDS, type Interval } from "../hook/interval.ts";
import type { Configuration } from "./configuration.ts";
import { HOOK_SECONDS, PRESTOP_SLEEP_SECONDS, SHUTDOWN_SECONDS } from "./keys.ts";
import { quote } from "./quote.ts";

/** The numbers that hold for one pod: its annotations where it has them, else the configuration's. Seconds. */
export interface Values {
  readonly shutdownSeconds: number;
  /** True where the pod itself says how long its app needs. */
  readonly shutdownAskedFor: boolean;
  readonly prestopSleepSeconds: number;
  /** How long hooks take, by container name, as declared by the pod. */
  readonly hookSeconds: ReadonlyMap<string, Interval>;
  /** Annotations of ours that cannot be read; the configuration's value stands for them. */
  readonly unreadable: readonly UnreadableValue[];
}

export interface UnreadableValue {
  readonly key: string;
  readonly value: string;
  /** A clause: `"20sec" is not a whole number of seconds or a range`. */
  readonly because: string;
  /** A value that would be right, where the wrong one makes plain what was meant. */
  readonly instead: string | undefined;
}

const SLEEP_RANGE = { min: 1, max: 3600 };
/** Whether we would ever add a sleep of that length. */
export function isSleepLength(seconds: number): boolean {
  return seconds >= SLEEP_RANGE.min && seconds <= SLEEP_RANGE.max;
}

const SHUTDOWN_RANGE = { min: 0, max: 86_400 };
const HOOK_RANGE = { min: 0, max: ENDLESS_SECONDS };

/** Reads our annotations of a pod. */
export function readValues(annotations: ReadonlyMap<string, string>, configuration: Configuration): Values {
  const unreadable: UnreadableValue[] = [];
  const shutdown = wholeNumber(annotations, SHUTDOWN_SECONDS, SHUTDOWN_RANGE, unreadable);
  const sleep = wholeNumber(annotations, PRESTOP_SLEEP_SECONDS, SLEEP_RANGE, unreadable);
  return {
    shutdownSeconds: shutdown ?? configuration.shutdownSeconds,
    shutdownAskedFor: shutdown !== undefined,
    prestopSleepSeconds: sleep ?? configuration.prestopSleepSeconds,
    hookSeconds: hookSeconds(annotations.get(HOOK_SECONDS), unreadable),
    unreadable,
  };
}

function wholeNumber(
  annotations: ReadonlyMap<string, string>,
  key: string,
  range: { min: number; max: number },
  unreadable: UnreadableValue[],
): number | undefined {
  const value = annotations.get(key);
  if (value === undefined) return undefined;
  const seconds = digits(value);
  if (seconds !== undefined && seconds >= range.min && seconds <= range.max) return seconds;
  const because = `is not a whole number of seconds from ${range.min} to ${range.max}`;
  const meant = leadingNumber(value);
  const fits = meant !== undefined && meant >= range.min && meant <= range.max;
  unreadable.push({ key, value, because, instead: fits ? `${meant}` : undefined });
  return undefined;
}

/** `web=20,worker=5-20`: each container once, whole seconds or a range of them. */
function hookSeconds(
  value: string | undefined,
  unreadable: UnreadableValue[],
): ReadonlyMap<string, Interval> {
  const declared = new Map<string, Interval>();
  if (value === undefined) return declared;
  for (const item of value.split(",")) {
    const [, name, span] = /^([^=]+)=(.*)$/s.exec(item) ?? [];
    const interval = span === undefined ? undefined : readSpan(span);
    if (name === undefined || interval === undefined || declared.has(name)) {
      unreadable.push(hookSecondsFault(value, item, name, declared));
      return new Map();
    }
    declared.set(name, interval);
  }
  return declared;
}

function hookSecondsFault(
  value: string,
  item: string,
  name: string | undefined,
  declared: ReadonlyMap<string, Interval>,
): UnreadableValue {
  const fault = { key: HOOK_SECONDS, value };
  if (name === undefined)
    return { ...fault, because: 'is not a list of CONTAINER=SECONDS such as "web=20"', instead: undefined };
  if (declared.has(name))
    return { ...fault, because: `names container ${brief(name)} twice`, instead: undefined };
  const span = item.slice(name.length + 1);
  const meant = leadingNumber(span);
  const because = `: ${brief(span)} is not a whole number of seconds or a range such as 5-20`;
  const alone = value === item && meant !== undefined && name.length <= LONGEST_NAME;
  return { ...fault, because, instead: alone ? `${name}=${meant}` : undefined };
}

/** Longest name of a container (RFC 1123 label). */
const LONGEST_NAME = 63;

const LONGEST_QUOTED = 40;

function brief(text: string): string {
  return quote(text, LONGEST_QUOTED);
}

function readSpan(span: string): Interval | undefined {
  const [, first, last] = /^([^-]*)(?:-(.*))?$/s.exec(span) ?? [];
  const min = first === undefined ? undefined : digits(first);
  const max = last === undefined ? min : digits(last);
  if (min === undefined || max === undefined || min > max || max > HOOK_RANGE.max) return undefined;
  return { min, max };
}

/** ASCII digits and nothing else, up to the largest number a double holds exactly. */
function digits(text: string): number | undefined {
  const number = /^\d{1,16}$/.test(text) ? Number(text) : undefined;
  return number !== undefined && Number.isSafeInteger(number) ? number : undefined;
}

/** Nothing longer is a number with a unit, and the pattern below takes its time over long runs of blanks. */
const LONGEST_NUMBER = 30;

/** `20sec` and ` 20 ` were meant as 20. */
function leadingNumber(text: string): number | undefined {
  if (text.length > LONGEST_NUMBER) return undefined;
  return digits(/^\s*(\d{1,10})\s*(?:s|sec|secs|seconds?)?\s*$/.exec(text)?.[1] ?? "");
}
