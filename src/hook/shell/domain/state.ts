import { between, type Interval, NO_TIME } from "../../interval.ts";
import type { RawPart } from "../../reason.ts";
import type { FunctionNode } from "../ast.ts";
import type { Field, Maybe, Status, Value } from "./value.ts";

/** Abstract state of a shell at one point of its script: the join over all paths that reach the point. */
export interface State {
  /** When the shell reaches the point, in seconds since the start of the hook. */
  now: Interval;
  /** True if no execution path reaches the point. */
  unreachable: boolean;
  status: Status;
  vars: Map<string, Value>;
  /** True if every variable that is not in `vars` is unknown, even one from env. */
  allVarsUnknown: boolean;
  exported: ReadonlySet<string>;
  functions: ReadonlyMap<string, FunctionNode | undefined>;
  options: Options;
  /** Background jobs of this shell. `wait` waits for them. */
  jobs: readonly Job[];
  /** Processes that `wait` does not wait for; they can still keep an output open. */
  detached: readonly Job[];
  lastJob: Value;
  args: readonly Field[];
  /** The shell text of the EXIT trap; empty if the trap does nothing, undefined if the text is not known. */
  exitTrap: string | undefined;
  outputs: Outputs;
  input: Input;
  /** True in a background job, where SIGINT and SIGQUIT are ignored. */
  background: boolean;
  /** The text written to each captured output so far; undefined if it is not known. */
  written: ReadonlyMap<Output, string | undefined>;
  parts: ReadonlyMap<number, RawPart>;
}

/** The options of `set` that change the control flow; undefined if an option may be on or off. */
export interface Options {
  readonly errexit: Maybe;
  readonly nounset: Maybe;
  readonly pipefail: Maybe;
  readonly noglob: Maybe;
  /** True if PATH has changed, so that the shell may not find a command name without a slash. */
  readonly pathDoubtful: boolean;
  /** True if the script has set a variable that may change the meaning of every command. */
  readonly semanticsUnknown: boolean;
}

/** The target of a descriptor. */
export interface Output {
  /**
   * `hook`: the output that the container runtime waits for. `capture`: a pipe or `$(...)`. `unknown`: the target may
   * be of any other kind.
   */
  readonly kind: "hook" | "file" | "capture" | "unknown";
  /** True if the reader may end early, so that SIGPIPE may end a writer. */
  readonly fragile: boolean;
}
export type Outputs = ReadonlyMap<number, Output>;

export const TO_HOOK: Output = { kind: "hook", fragile: false };
export const TO_FILE: Output = { kind: "file", fragile: false };
export const TO_UNKNOWN: Output = { kind: "unknown", fragile: true };

/** The input of a shell. `text` is the text that is still unread; undefined if unknown. */
export interface Input {
  readonly kind: "hook" | "empty" | "text" | "pipe" | "file";
  readonly text: string | undefined;
  /** True if something may have read from the input. */
  readonly used: boolean;
  /** The total time that readers of the input may still wait for its writers. */
  readonly delay: number;
  /** The earliest moment at which a reader can see the end of the input. */
  readonly closesAfter: number;
}

/** An input that nobody has read from. Its readers wait for no writer (`delay` is 0). */
export function inputOf(kind: Input["kind"], text: string | undefined): Input {
  return { kind, text, used: false, delay: 0, closesAfter: 0 };
}

/**
 * The standard input of an exec hook: containerd (go-runc, io.go) and CRI-O open /dev/null. With `tty: true`, CRI-O
 * opens a terminal instead (internal/oci/runtime_oci.go, ExecSyncContainer), and reading waits.
 */
export const HOOK_INPUT: Input = inputOf("hook", undefined);
export const NO_INPUT: Input = inputOf("empty", "");

/**
 * Reads from the input and leaves `text` unread. The first reader may have to wait for the whole text, but at most
 * `limit` seconds.
 */
export function consume(
  state: State,
  text: string | undefined,
  toEnd: boolean,
  limit = Number.POSITIVE_INFINITY,
): void {
  const { delay, closesAfter } = state.input;
  const min = toEnd ? Math.max(state.now.min, closesAfter) : state.now.min;
  state.now = between(min, Math.max(min, state.now.max + Math.min(delay, limit)));
  state.input = { ...state.input, text, used: true, delay: delay > limit ? delay : 0 };
}

/** A process that runs in parallel to the shell. */
export interface Job {
  readonly id: number;
  /** When the process ends, in seconds since the start of the hook. */
  readonly end: Interval;
  readonly status: Status;
  /** The outputs that the process certainly keeps open until its end. */
  readonly holds: readonly Output[];
  /** The outputs that the process may keep open. */
  readonly mayHold: readonly Output[];
  /** The processes that a terminating signal ends: the process and its children, only the process, or possibly none. */
  readonly dies: "all" | "itself" | "perhaps";
}

const OPTIONS: Options = {
  errexit: false,
  nounset: false,
  pipefail: false,
  noglob: false,
  pathDoubtful: false,
  semanticsUnknown: false,
};

/** The state of a shell that starts its script. */
export function newState(args: readonly Field[]): State {
  return {
    now: NO_TIME,
    unreachable: false,
    status: 0,
    vars: new Map(),
    allVarsUnknown: false,
    exported: new Set(),
    functions: new Map(),
    options: OPTIONS,
    jobs: [],
    detached: [],
    lastJob: undefined,
    args,
    exitTrap: "",
    outputs: new Map([
      [1, TO_HOOK],
      [2, TO_HOOK],
    ]),
    input: HOOK_INPUT,
    background: false,
    written: new Map(),
    parts: new Map(),
  };
}

/** The cost of a fork or a join, in units of the budget. */
export function weightOf({ vars, functions, exported, args, jobs, detached, parts }: State): number {
  return (
    (vars.size + functions.size + exported.size + parts.size) / 2 +
    (jobs.length + detached.length) +
    args.length / 64
  );
}

const MOST_DETACHED = 50;

/**
 * Adds background processes to a list. If the list is too long, the last processes are joined into one process, which
 * may keep all their outputs open.
 */
export function withDetached(before: readonly Job[], more: readonly Job[]): readonly Job[] {
  const all = more.length === 0 ? before : before.length === 0 ? more : [...before, ...more];
  const last = all.at(-1);
  if (all.length <= MOST_DETACHED || last === undefined) return all;
  const folded = all.slice(MOST_DETACHED - 1);
  const end = { min: 0, max: folded.reduce((max, job) => Math.max(max, job.end.max), 0) };
  const mayHold = [...new Set(folded.flatMap((job) => job.mayHold))];
  const one: Job = { id: last.id, end, status: undefined, holds: [], mayHold, dies: "perhaps" };
  return [...all.slice(0, MOST_DETACHED - 1), one];
}

/** A copy of the state for another execution path of the script. */
export function fork(state: State): State {
  return { ...state, vars: new Map(state.vars) };
}

/** The state of a child shell: a copy without jobs and traps (POSIX 2.13). */
export function subshellOf(state: State): State {
  return { ...fork(state), jobs: [], detached: [], exitTrap: "" };
}

/** Makes the captured outputs unknown. */
export function writtenUnknown(state: State): void {
  state.written = new Map([...state.written.keys()].map((output) => [output, undefined]));
}

/** The moment at which the last process with the write end of a pipe has ended. */
export function closedAt(output: Output, end: Interval, jobs: readonly Job[]): Interval {
  let { min, max } = end;
  for (const job of jobs) {
    if (job.holds.includes(output)) min = Math.max(min, job.end.min);
    if (job.mayHold.some((held) => held === output || held.kind === "unknown"))
      max = Math.max(max, job.end.max);
  }
  return between(min, max);
}

/** A pipe as an input: reader and writer start at `start`, and the last writer has ended at `closed`. */
export function pipeInput(text: string | undefined, start: Interval, closed: Interval): Input {
  const delay = closed.max === Number.POSITIVE_INFINITY ? closed.max : Math.max(0, closed.max - start.max);
  return { kind: "pipe", text, used: false, delay, closesAfter: closed.min };
}
