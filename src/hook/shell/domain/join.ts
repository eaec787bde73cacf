/**
 * Joins two execution paths of a script. A value that is equal on both paths stays; a value that differs becomes a
 * range or unknown.
 */
import { either, type Interval } from "../../interval.ts";
import type { RawPart } from "../../reason.ts";
import { fork, type Input, type Job, type Options, type Outputs, type State, TO_UNKNOWN } from "./state.ts";
import {
  asRange,
  eitherMaybe,
  eitherStatus,
  eitherValue,
  type Field,
  isRange,
  isWhen,
  type Status,
  sameValue,
  succeeded,
  UNKNOWN_COUNT,
  type Value,
  type Verdict,
} from "./value.ts";

/** After the join, either of the two states is possible. */
export function join(into: State, other: State): void {
  if (other.unreachable) return;
  if (into.unreachable) {
    Object.assign(into, other);
    return;
  }
  const now = either(into.now, other.now);
  into.status = joinStatuses(into, other, now);
  into.now = now;
  joinVariables(into, other);
  into.exported = into.exported === other.exported ? into.exported : union(into.exported, other.exported);
  into.functions = joinMaps(into.functions, other.functions, (a, b) => (a === b ? a : undefined));
  into.options = joinOptions(into.options, other.options);
  into.jobs = joinJobs(into.jobs, other.jobs);
  into.detached = joinJobs(into.detached, other.detached);
  into.lastJob = eitherValue(into.lastJob, other.lastJob);
  into.args = sameList(into.args, other.args) ? into.args : [UNKNOWN_COUNT];
  into.exitTrap = into.exitTrap === other.exitTrap ? into.exitTrap : undefined;
  into.outputs = joinMaps(into.outputs, other.outputs, (a, b) => (a === b ? a : TO_UNKNOWN)) as Outputs;
  into.input = joinInputs(into.input, other.input);
  into.written = joinWritten(into.written, other.written);
  into.parts = joinParts(into.parts, other.parts);
}

/** If one path succeeded and the other path failed, their times may differ. The status then depends on the time. */
function joinStatuses(a: State, b: State, now: Interval): Status {
  const status = eitherStatus(a.status, b.status);
  if (succeeded(status) !== undefined) return status;
  const [yes, no] = [true, false].map((ok) => {
    const [one, other] = [a, b].flatMap((state) =>
      succeeded(state.status) === !ok ? [] : nowIf(state, state.status, ok),
    );
    return one === undefined ? now : either(one, other ?? one);
  }) as [Interval, Interval];
  return sameInterval(yes, now) && sameInterval(no, now) ? undefined : { now, yes, no };
}

function sameInterval(a: Interval, b: Interval): boolean {
  return a.min === b.min && a.max === b.max;
}

/** The part of `now` in which the verdict is `holds`; all of `now` if the verdict does not depend on the time. */
function nowIf({ now }: State, verdict: Verdict | Status, holds: boolean): Interval {
  return isWhen(verdict) && verdict.now === now ? (holds ? verdict.yes : verdict.no) : now;
}

/** Restricts the time of an execution path to the part in which the verdict is `holds`. */
export function assume(state: State, verdict: Verdict | Status, holds: boolean): void {
  state.now = nowIf(state, verdict, holds);
}

/** Whether two states differ only in the time, so that a loop between them can run forever. */
export function isFixpoint(a: State, b: State): boolean {
  return (
    a.allVarsUnknown === b.allVarsUnknown &&
    sameStatus(a.status, b.status) &&
    a.vars.size === b.vars.size &&
    [...a.vars].every(([name, value]) => b.vars.has(name) && sameValue(value, b.vars.get(name))) &&
    sameMaps(a.functions, b.functions) &&
    sameOptions(a.options, b.options) &&
    sameList(a.args, b.args) &&
    a.exitTrap === b.exitTrap &&
    sameMaps(a.outputs, b.outputs) &&
    a.input.kind === b.input.kind &&
    a.input.text === b.input.text
  );
}

function sameStatus(a: Status, b: Status): boolean {
  return a === b || (succeeded(a) === undefined && succeeded(b) === undefined);
}

/**
 * Whether two states differ only in the time and in number ranges that become wider at one end. An example is a
 * counter that some paths increment: its upper end grows. A test against the upper end becomes undecided, and a test
 * against the lower end stays decided.
 */
export function onlyWidens(before: State, after: State): boolean {
  const vars = new Map([...after.vars].map(([name, value]) => [name, sameEnd(before.vars.get(name), value)]));
  return isFixpoint(before, { ...after, vars });
}

/** Returns `earlier` if `later` is the same range, or extends it at one end only; otherwise returns `later`. */
function sameEnd(earlier: Value, later: Value): Value {
  const range = asRange(earlier);
  if (!isRange(later) || range === undefined) return later;
  const grows = later.low <= range.low && later.high >= range.high;
  return grows && (later.low === range.low || later.high === range.high) ? earlier : later;
}

/**
 * The variables whose values differ; undefined if the two states also differ in anything other than variables and time.
 */
export function changedVariables(before: State, after: State): readonly string[] | undefined {
  if (!isFixpoint(before, { ...after, vars: before.vars })) return undefined;
  const names = [...new Set([...before.vars.keys(), ...after.vars.keys()])];
  return names.filter((name) => !sameValue(before.vars.get(name), after.vars.get(name)));
}

/** Whether an iteration reaches a fixpoint, starts no job, and cannot wait for a job or for the end of the input. */
export function isSteady(before: State, after: State): boolean {
  const { now, jobs, detached, input } = before;
  return (
    isFixpoint(before, after) &&
    jobs === after.jobs &&
    detached === after.detached &&
    input.closesAfter <= now.min &&
    jobs.every((job) => job.end.min <= now.min)
  );
}

export function sameWritten(a: State, b: State): boolean {
  return sameMaps(a.written, b.written);
}

function joinVariables(into: State, other: State): void {
  for (const name of [...into.vars.keys(), ...other.vars.keys()]) {
    const both = into.vars.has(name) && other.vars.has(name);
    into.vars.set(name, both ? eitherValue(into.vars.get(name), other.vars.get(name)) : undefined);
  }
  into.allVarsUnknown ||= other.allVarsUnknown;
}

function sameList(a: readonly Field[], b: readonly Field[]): boolean {
  return (
    a === b || (a.length === b.length && a.every((value, i) => sameValue(value as Value, b[i] as Value)))
  );
}

function joinMaps<K, V>(
  a: ReadonlyMap<K, V>,
  b: ReadonlyMap<K, V>,
  pick: (a: V | undefined, b: V | undefined) => V | undefined,
) {
  if (a === b) return a as ReadonlyMap<K, V>;
  const all = new Map<K, V>();
  for (const key of new Set([...a.keys(), ...b.keys()])) all.set(key, pick(a.get(key), b.get(key)) as V);
  return all as ReadonlyMap<K, V>;
}

function sameMaps<K, V>(a: ReadonlyMap<K, V>, b: ReadonlyMap<K, V>): boolean {
  return a === b || (a.size === b.size && [...a].every(([key, value]) => b.has(key) && b.get(key) === value));
}

function union<T>(a: ReadonlySet<T>, b: ReadonlySet<T>): ReadonlySet<T> {
  return new Set([...a, ...b]);
}

function joinOptions(a: Options, b: Options): Options {
  if (a === b) return a;
  return {
    errexit: eitherMaybe(a.errexit, b.errexit),
    nounset: eitherMaybe(a.nounset, b.nounset),
    pipefail: eitherMaybe(a.pipefail, b.pipefail),
    noglob: eitherMaybe(a.noglob, b.noglob),
    pathDoubtful: a.pathDoubtful || b.pathDoubtful,
    semanticsUnknown: a.semanticsUnknown || b.semanticsUnknown,
  };
}

function sameOptions(a: Options, b: Options): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

/** If the reader of an output has ended on one path, this path has no text, and the text of the other path counts. */
function joinWritten(a: State["written"], b: State["written"]): State["written"] {
  if (a === b) return a;
  const all = new Map(b);
  for (const [output, text] of a) all.set(output, b.has(output) && b.get(output) !== text ? undefined : text);
  return all;
}

/**
 * A background job that one path started does not exist on the other path. So the job may increase the upper bound, but
 * never the lower bound.
 */
function joinJobs(a: readonly Job[], b: readonly Job[]): readonly Job[] {
  if (a === b) return a;
  const all = new Map<number, Job>(a.map((job) => [job.id, job]));
  const inB = new Set(b.map((job) => job.id));
  for (const job of a) if (!inB.has(job.id)) all.set(job.id, perhaps(job));
  for (const job of b) {
    const other = all.get(job.id);
    if (other !== job) all.set(job.id, other === undefined ? perhaps(job) : eitherJob(other, job));
  }
  return [...all.values()];
}

/** Joins two jobs, of which one may be a summary of several jobs. */
function eitherJob(a: Job, b: Job): Job {
  const mayHold = a.mayHold === b.mayHold ? a.mayHold : [...new Set([...a.mayHold, ...b.mayHold])];
  return { ...perhaps(a), end: either(a.end, b.end), mayHold };
}

function perhaps(job: Job): Job {
  return { ...job, end: { min: 0, max: job.end.max }, status: undefined, holds: [] };
}

function joinInputs(a: Input, b: Input): Input {
  if (a === b) return a;
  return {
    kind: a.kind === b.kind ? a.kind : "hook",
    text: a.text === b.text ? a.text : undefined,
    used: a.used || b.used,
    delay: Math.max(a.delay, b.delay),
    closesAfter: Math.min(a.closesAfter, b.closesAfter),
  };
}

/** A command that runs on one of the two paths gets the lower bound 0, because the other path skips it. */
function joinParts(
  a: ReadonlyMap<number, RawPart>,
  b: ReadonlyMap<number, RawPart>,
): ReadonlyMap<number, RawPart> {
  return joinMaps(a, b, (x, y) => {
    if (x === y) return x;
    if (x !== undefined && y !== undefined)
      return { ...(x.seconds.max >= y.seconds.max ? x : y), seconds: either(x.seconds, y.seconds) };
    const only = (x ?? y) as RawPart;
    return { ...only, seconds: { min: 0, max: only.seconds.max } };
  });
}

/** The join of the execution paths that arrived at a point; the state is undefined until the first path arrives. */
export interface JoinPoint {
  state: State | undefined;
  /** The number of execution paths that arrived at the point. */
  arrivals: number;
}

export function joinPoint(): JoinPoint {
  return { state: undefined, arrivals: 0 };
}

/** The execution path continues at `point`, so the code after the jump is unreachable. */
export function exitTo(state: State, point: JoinPoint): void {
  mayExitTo(state, point);
  state.unreachable = true;
}

/** The execution path may continue at `point`. */
export function mayExitTo(state: State, point: JoinPoint): void {
  if (state.unreachable) return;
  point.arrivals += 1;
  if (point.state === undefined) point.state = fork(state);
  else join(point.state, state);
}

/** Joins the execution paths that arrived at `point` into `state`. */
export function resume(state: State, point: JoinPoint): void {
  if (point.state !== undefined) join(state, point.state);
}

/** Analyses both paths and joins them afterwards. */
export function branch(state: State, yes: (state: State) => void, no: (state: State) => void): void {
  const other = fork(state);
  yes(state);
  no(other);
  join(state, other);
}
