/** Where two ways through a script meet: what they have in common stays, what differs is widened or forgotten. */
import { either } from "../../interval.ts";
import type { RawPart } from "../../reason.ts";
import {
  type Input,
  isPlain,
  type Job,
  type Options,
  type Outputs,
  type Shell,
  TO_UNKNOWN,
  type Variable,
} from "./state.ts";
import { eitherMaybe, eitherStatus, eitherValue, type Field, sameValue, type Value } from "./value.ts";

/** From here on either of the two may be the case; what differs is widened or forgotten. */
export function merge(into: Shell, other: Shell): void {
  if (other.over) return;
  if (into.over) {
    Object.assign(into, other);
    return;
  }
  into.now = either(into.now, other.now);
  into.status = eitherStatus(into.status, other.status);
  mergeVariables(into, other);
  into.exported = into.exported === other.exported ? into.exported : union(into.exported, other.exported);
  into.readonlys =
    into.readonlys === other.readonlys ? into.readonlys : union(into.readonlys, other.readonlys);
  into.functions = mergeMaps(into.functions, other.functions, (a, b) => (a === b ? a : undefined));
  into.options = mergeOptions(into.options, other.options);
  into.jobs = mergeJobs(into.jobs, other.jobs);
  into.orphans = mergeJobs(into.orphans, other.orphans);
  into.lastJob = eitherValue(into.lastJob, other.lastJob);
  into.args = sameList(into.args, other.args) ? into.args : [{ several: true }];
  into.exitTrap = into.exitTrap === other.exitTrap ? into.exitTrap : undefined;
  into.outputs = mergeMaps(into.outputs, other.outputs, (a, b) => (a === b ? a : TO_UNKNOWN)) as Outputs;
  into.input = mergeInputs(into.input, other.input);
  into.written = mergeWritten(into.written, other.written);
  into.parts = mergeParts(into.parts, other.parts);
}

/** True where nothing but the time differs: a loop that comes back to this point can go on like this for ever. */
export function sameButTime(a: Shell, b: Shell): boolean {
  return (
    a.forgotten === b.forgotten &&
    a.status === b.status &&
    a.vars.size === b.vars.size &&
    [...a.vars].every(([name, value]) => b.vars.has(name) && sameVariable(value, b.vars.get(name))) &&
    sameMaps(a.functions, b.functions) &&
    sameOptions(a.options, b.options) &&
    sameList(a.args, b.args) &&
    a.exitTrap === b.exitTrap &&
    sameMaps(a.outputs, b.outputs) &&
    a.input.kind === b.input.kind &&
    a.input.text === b.input.text
  );
}

function mergeVariables(into: Shell, other: Shell): void {
  for (const name of [...into.vars.keys(), ...other.vars.keys()]) {
    const both = into.vars.has(name) && other.vars.has(name);
    into.vars.set(name, both ? eitherVariable(into.vars.get(name), other.vars.get(name)) : undefined);
  }
  into.forgotten ||= other.forgotten;
}

function eitherVariable(a: Variable, b: Variable): Variable {
  if (sameVariable(a, b)) return a;
  return isPlain(a) && isPlain(b) ? eitherValue(a, b) : undefined;
}

function sameVariable(a: Variable, b: Variable): boolean {
  if (a === b) return true;
  if (isPlain(a) && isPlain(b)) return sameValue(a, b);
  return Array.isArray(a) && Array.isArray(b) && sameList(a, b);
}

function sameList(a: readonly Field[], b: readonly Field[]): boolean {
  return (
    a === b || (a.length === b.length && a.every((value, i) => sameValue(value as Value, b[i] as Value)))
  );
}

function mergeMaps<K, V>(
  a: ReadonlyMap<K, V>,
  b: ReadonlyMap<K, V>,
  pick: (a: V | undefined, b: V | undefined) => V | undefined,
) {
  if (a === b) return a as ReadonlyMap<K, V>;
  const merged = new Map<K, V>();
  for (const key of new Set([...a.keys(), ...b.keys()])) merged.set(key, pick(a.get(key), b.get(key)) as V);
  return merged as ReadonlyMap<K, V>;
}

function sameMaps<K, V>(a: ReadonlyMap<K, V>, b: ReadonlyMap<K, V>): boolean {
  return a === b || (a.size === b.size && [...a].every(([key, value]) => b.has(key) && b.get(key) === value));
}

function union<T>(a: ReadonlySet<T>, b: ReadonlySet<T>): ReadonlySet<T> {
  return new Set([...a, ...b]);
}

function mergeOptions(a: Options, b: Options): Options {
  if (a === b) return a;
  return {
    errexit: eitherMaybe(a.errexit, b.errexit),
    nounset: eitherMaybe(a.nounset, b.nounset),
    pipefail: eitherMaybe(a.pipefail, b.pipefail),
    noglob: eitherMaybe(a.noglob, b.noglob),
    inheritErrexit: eitherMaybe(a.inheritErrexit, b.inheritErrexit),
    pathDoubtful: a.pathDoubtful || b.pathDoubtful,
    strange: a.strange || b.strange,
  };
}

function sameOptions(a: Options, b: Options): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

/** A way on which the reader is gone has no entry any more: what is read is what the other way wrote. */
function mergeWritten(a: Shell["written"], b: Shell["written"]): Shell["written"] {
  if (a === b) return a;
  const merged = new Map(b);
  for (const [output, text] of a)
    merged.set(output, b.has(output) && b.get(output) !== text ? undefined : text);
  return merged;
}

/** A job that only one of the two ways started may not exist: it can hold something up, but surely holds up nothing. */
function mergeJobs(a: readonly Job[], b: readonly Job[]): readonly Job[] {
  if (a === b) return a;
  const merged = new Map<number, Job>(a.map((job) => [job.id, job]));
  const inB = new Set(b.map((job) => job.id));
  for (const job of a) if (!inB.has(job.id)) merged.set(job.id, perhaps(job));
  for (const job of b) {
    const other = merged.get(job.id);
    if (other !== job) merged.set(job.id, other === undefined ? perhaps(job) : eitherJob(other, job));
  }
  return [...merged.values()];
}

/** One of the two may stand for several. */
function eitherJob(a: Job, b: Job): Job {
  const mayHold = a.mayHold === b.mayHold ? a.mayHold : [...new Set([...a.mayHold, ...b.mayHold])];
  return { ...perhaps(a), end: either(a.end, b.end), mayHold };
}

function perhaps(job: Job): Job {
  return { ...job, end: { min: 0, max: job.end.max }, status: undefined, holds: [] };
}

function mergeInputs(a: Input, b: Input): Input {
  if (a === b) return a;
  return {
    kind: a.kind === b.kind ? a.kind : "hook",
    text: a.text === b.text ? a.text : undefined,
    used: a.used || b.used,
    ended: a.ended && b.ended,
    delay: Math.max(a.delay, b.delay),
    closesAfter: Math.min(a.closesAfter, b.closesAfter),
  };
}

/** A part that only one way runs may take no time at all. */
function mergeParts(
  a: ReadonlyMap<number, RawPart>,
  b: ReadonlyMap<number, RawPart>,
): ReadonlyMap<number, RawPart> {
  return mergeMaps(a, b, (x, y) => {
    if (x === y) return x;
    if (x !== undefined && y !== undefined)
      return { ...(x.seconds.max >= y.seconds.max ? x : y), seconds: either(x.seconds, y.seconds) };
    const only = (x ?? y) as RawPart;
    return { ...only, seconds: { min: 0, max: only.seconds.max } };
  });
}
