import { between, type Interval, NO_TIME } from "../../interval.ts";
import type { RawPart } from "../../reason.ts";
import type { FunctionNode } from "../parse.ts";
import type { Field, Maybe, Status, Value } from "./value.ts";

/**
 * How a shell may stand at one point of its script. Where the way there depends on something unknown, one such record
 * stands for every way: it holds what all of them have in common (`merge`).
 */
export interface Shell {
  /** When, in seconds since the hook began. */
  now: Interval;
  /** True where no way leads past this point. */
  over: boolean;
  status: Status;
  vars: Map<string, Variable>;
  /** True once any variable may have any value: what is not in `vars` is unknown, env or not. */
  forgotten: boolean;
  exported: ReadonlySet<string>;
  /** Names that are read-only: assigning to one ends some shells. */
  readonlys: ReadonlySet<string>;
  functions: ReadonlyMap<string, FunctionNode | undefined>;
  options: Options;
  /** Background jobs of this very shell: those that `wait` waits for. */
  jobs: readonly Job[];
  /** What others left running: it can still keep an output open. */
  orphans: readonly Job[];
  lastJob: Value;
  args: readonly Field[];
  /** What `trap ... EXIT` will run: nothing (""), this text, or unknown. */
  exitTrap: string | undefined;
  outputs: Outputs;
  input: Input;
  /** In a background job, where SIGINT and SIGQUIT are ignored. */
  background: boolean;
  /** What was written to each captured output so far; undefined where that is not known. */
  written: ReadonlyMap<Output, string | undefined>;
  parts: ReadonlyMap<number, RawPart>;
}

/** One value, a list (bash), or surely unset. */
export type Variable = Value | readonly Value[] | Unset;
export interface Unset {
  readonly unset: true;
}
export const UNSET: Unset = { unset: true };

/** The options of `set` and `shopt` that change what runs; undefined where it depends on what was not known. */
export interface Options {
  readonly errexit: Maybe;
  readonly nounset: Maybe;
  readonly pipefail: Maybe;
  readonly noglob: Maybe;
  /** bash: command substitutions keep errexit. */
  readonly inheritErrexit: Maybe;
  /** Names without a slash may not be found: PATH was changed to something that is not known to hold them. */
  readonly pathDoubtful: boolean;
  /** Something was set that changes what commands mean: from here on nothing is known. */
  readonly strange: boolean;
}

/** Where a descriptor leads. */
export interface Output {
  /** `hook`: the output the container runtime waits for. `capture`: a pipe or `$(...)`. `unknown`: may be any of them. */
  readonly kind: "hook" | "file" | "capture" | "unknown";
  /** Its reader may go away early: who writes may die of SIGPIPE. */
  readonly fragile: boolean;
}
export type Outputs = ReadonlyMap<number, Output>;

export const TO_HOOK: Output = { kind: "hook", fragile: false };
export const TO_FILE: Output = { kind: "file", fragile: false };
export const TO_UNKNOWN: Output = { kind: "unknown", fragile: true };

/** Where a shell reads from, and how far it is. `text` is what is left, undefined where that is not known. */
export interface Input {
  readonly kind: "hook" | "empty" | "text" | "pipe" | "file";
  readonly text: string | undefined;
  /** Somebody may have read from it. */
  readonly used: boolean;
  /** Somebody surely read to its end. */
  readonly ended: boolean;
  /** How long those who read can still be held up by those who write, at most and in all. */
  readonly delay: number;
  /** The earliest moment at which its end can be seen. */
  readonly closesAfter: number;
}

/** An input whose text, if known, is there from the start. */
export function inputOf(kind: Input["kind"], text: string | undefined): Input {
  return { kind, text, used: false, ended: false, delay: 0, closesAfter: 0 };
}

/** What the runtime gives an exec: usually nothing, but that is not ours to say. */
export const HOOK_INPUT: Input = inputOf("hook", undefined);
export const NO_INPUT: Input = inputOf("empty", "");

/** Reads from the input, leaving `text` in it: the first to do so may have to wait for all that will be written. */
export function consume(shell: Shell, text: string | undefined, toEnd: boolean): void {
  const { delay, closesAfter } = shell.input;
  const min = toEnd ? Math.max(shell.now.min, closesAfter) : shell.now.min;
  shell.now = between(min, Math.max(min, shell.now.max + delay));
  shell.input = { ...shell.input, text, used: true, ended: shell.input.ended || toEnd, delay: 0 };
}

/** A process that runs beside the shell. */
export interface Job {
  readonly id: number;
  /** When it ends, in seconds since the hook began. */
  readonly end: Interval;
  readonly status: Status;
  /** The outputs it keeps open until then, surely. */
  readonly holds: readonly Output[];
  /** The outputs that it may keep open. */
  readonly mayHold: readonly Output[];
  /** What a deadly signal ends: all of it, the process itself but not what it started, or perhaps nothing. */
  readonly dies: "all" | "itself" | "perhaps";
}

const OPTIONS: Options = {
  errexit: false,
  nounset: false,
  pipefail: false,
  noglob: false,
  inheritErrexit: false,
  pathDoubtful: false,
  strange: false,
};

/** A shell that starts its script. */
export function newShell(args: readonly Field[]): Shell {
  return {
    now: NO_TIME,
    over: false,
    status: 0,
    vars: new Map(),
    forgotten: false,
    exported: new Set(),
    readonlys: new Set(),
    functions: new Map(),
    options: OPTIONS,
    jobs: [],
    orphans: [],
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

/** How much is copied or compared where ways part and meet, in units of the budget. */
export function weightOf(shell: Shell): number {
  const { vars, functions, exported, args, jobs, orphans, parts } = shell;
  return (
    (vars.size + functions.size + exported.size + parts.size) / 2 +
    (jobs.length + orphans.length) +
    args.length / 64
  );
}

const MOST_ORPHANS = 50;

/** Many processes left running become one that stands for all of them: it may hold what any of them may hold. */
export function withOrphans(before: readonly Job[], more: readonly Job[]): readonly Job[] {
  const all = more.length === 0 ? before : before.length === 0 ? more : [...before, ...more];
  const last = all.at(-1);
  if (all.length <= MOST_ORPHANS || last === undefined) return all;
  const folded = all.slice(MOST_ORPHANS - 1);
  const end = { min: 0, max: folded.reduce((max, job) => Math.max(max, job.end.max), 0) };
  const mayHold = [...new Set(folded.flatMap((job) => job.mayHold))];
  const one: Job = { id: last.id, end, status: undefined, holds: [], mayHold, dies: "perhaps" };
  return [...all.slice(0, MOST_ORPHANS - 1), one];
}

/** A copy that can go another way. */
export function fork(shell: Shell): Shell {
  return { ...shell, vars: new Map(shell.vars) };
}

/** A child of the shell: the same, but without its jobs and traps (POSIX 2.13). */
export function subshellOf(shell: Shell): Shell {
  return { ...fork(shell), jobs: [], orphans: [], exitTrap: "" };
}

/** True for a variable that holds one value; false for a list and for one that is unset. */
export function isPlain(variable: Variable): variable is Value {
  return typeof variable !== "object" || !(Array.isArray(variable) || "unset" in variable);
}
