/** `wait` (POSIX 2.14 and wait(1p)), `kill` (kill(1p)) and `jobs`; bash has `wait -n` as well. */
import { CANNOT_TELL, ENDLESS_SECONDS, exactly, longer } from "../../interval.ts";
import { neverSuspends } from "../../programs/signals.ts";
import { type Job, type State, withDetached } from "../domain/state.ts";
import { type Field, isPid, isUnknownCount } from "../domain/value.ts";
import { mayBeStopped, spend, textOf } from "../effects.ts";
import { type Builtin, type Call, perhaps, unsupported } from "./builtin.ts";

export const JOB_BUILTINS: ReadonlyMap<string, Builtin> = new Map<string, Builtin>([
  ["wait", wait],
  ["kill", kill],
  ["jobs", jobs],
]);

/** `jobs -x` (bash) runs a command. */
function jobs(call: Call): void {
  const asks = call.args.every((arg) => typeof arg === "string" && /^(-[lprsn]+|%\d*)$/.test(arg));
  if (asks) perhaps(call);
  else unsupported("runs a command that is not analysed")(call);
}

function wait({ state, scope, args }: Call): void {
  if (args.length === 0) {
    for (const job of state.jobs) state.now = longer(state.now, job.end);
    state.status = 0;
    return;
  }
  const waitedFor = args.map((arg) => jobOf(state, arg));
  if (waitedFor.every((job) => job !== undefined)) {
    for (const job of waitedFor) state.now = longer(state.now, job.end);
    // The shell may have forgotten a job that has ended; the status of `wait` is then 127.
    state.status = waitedFor.at(-1)?.status;
    return;
  }
  if (scope.analysis.reads === "known-run" && args[0] === "-n" && isLengthUnknown(state)) {
    waitForFirst(state);
    return;
  }
  // `wait` waits for some of the jobs, or for a process that is not a child. The wait may take any time up to the end
  // of the last job.
  const last = state.jobs.reduce((max, job) => Math.max(max, job.end.max), state.now.max);
  state.now = { min: state.now.min, max: last };
  state.status = undefined;
}

/** Programs with an unknown time also have an unknown status. */
function isLengthUnknown({ jobs }: State): boolean {
  return jobs.some(({ status }) => status === undefined);
}

/**
 * In the known run (`HookReading.known`), `wait -n` waits until the first job ends. Later calls of `wait` do not wait
 * for the other jobs, because their time may be unknown.
 */
function waitForFirst(state: State): void {
  const first = Math.min(...state.jobs.map(({ end }) => end.max));
  state.now = longer(state.now, exactly(first));
  state.jobs = [];
  state.status = undefined;
}

function jobOf(state: State, field: Field): Job | undefined {
  return isPid(field) ? state.jobs.find((job) => job.id === field.pid) : undefined;
}

/**
 * Signals that end a program without signal handlers. INT and QUIT are not listed, because background jobs ignore them.
 */
const DEADLY = /^-(s=?)?(SIG)?(TERM|KILL|HUP|15|9|1)$/;
const HARMLESS = /^-(s=?)?(SIG)?(0|CONT|18)$/;

function kill(call: Call): void {
  const { state, scope, args } = call;
  const { word, targets } = signalOf(args);
  if (word === "-l" || word === "-L" || (word !== undefined && HARMLESS.test(word))) {
    state.status = undefined;
    return;
  }
  if (maySuspend(call, word, targets))
    spend(state, scope, call.node, {
      seconds: CANNOT_TELL,
      because: { clause: "may suspend a process that the hook waits for" },
    });
  const jobs = targets.map((target) => jobOf(state, target));
  if (jobs.some((job) => job === undefined))
    mayBeStopped(state, scope.analysis, {
      command: textOf(scope, call.node),
      clause: "may stop the container's main process or the hook itself",
    });
  // Process 1 is never the hook, but any other process that is not a job may be the hook.
  if (scope.analysis.handlesSignals && targets.some((target) => target !== "1")) {
    unsupported("may set off a trap")(call);
    return;
  }
  const isDeadly = word === undefined ? !hidesSignal(call) : DEADLY.test(word);
  for (const job of jobs) if (job !== undefined) endJob(call, job, isDeadly);
  const alive = jobs.length > 0 && jobs.every((job) => job !== undefined && job.end.min > state.now.max);
  state.status = alive ? 0 : undefined;
}

/** Whether the signal may suspend a process that the hook waits for. The hook never waits for process 1. */
function maySuspend(call: Call, word: string | undefined, targets: readonly Field[]): boolean {
  const { args } = call;
  const isHidden = word === undefined && hidesSignal(call);
  if (!isHidden && (word === undefined || neverSuspends(word.replace(/^-(s=)?/, "")))) return false;
  const processes = isHidden ? targets.slice(1) : targets;
  return args.some(isUnknownCount) || processes.length === 0 || processes.some((target) => target !== "1");
}

function hidesSignal({ node, scope }: Call): boolean {
  return HIDES_SIGNAL.test(scope.text.slice(node.pos, node.end));
}

/** Matches a `kill` whose first word is an expansion, as in `kill $X`: the value of `X` may be a signal. */
const HIDES_SIGNAL = /\bkill\s+(-s\s*)?["']?-?["']?-["']?[$`]/;

/** The signal, such as `-TERM`, and the processes that get the signal. */
function signalOf(args: readonly Field[]): {
  readonly word: string | undefined;
  readonly targets: readonly Field[];
} {
  const [first, second] = args;
  if (first === "-s" || first === "-n")
    return { word: `-${typeof second === "string" ? second : "?"}`, targets: args.slice(2) };
  if (first === "--") return { word: undefined, targets: args.slice(1) };
  if (typeof first === "string" && first.startsWith("-"))
    return { word: first, targets: args.slice(second === "--" ? 2 : 1) };
  return { word: undefined, targets: args };
}

/**
 * A killed job ends now. The children of a killed job may continue and keep the output open. In the known run, a
 * terminating signal ends every job that never ends by itself.
 */
function endJob({ state, scope }: Call, job: Job, isDeadly: boolean): void {
  const { now } = state;
  const { min, max } = job.end;
  const isMeant = isDeadly && scope.analysis.reads === "known-run" && max >= ENDLESS_SECONDS;
  const dies = isMeant || (isDeadly && job.dies !== "perhaps");
  const end = { min: Math.min(min, now.min), max: dies ? Math.min(max, now.max) : max };
  state.jobs = state.jobs.map((other) => (other.id === job.id ? { ...job, end, status: undefined } : other));
  if (job.dies !== "all" && !isMeant)
    state.detached = withDetached(state.detached, [{ ...job, end: { min: 0, max }, holds: [] }]);
}
