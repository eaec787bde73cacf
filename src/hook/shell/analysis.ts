import { type Budget, charge } from "../budget.ts";
import { type Interval, plus } from "../interval.ts";
import type { ProgramResult, ProgramTable } from "../programs/program.ts";
import type { Assumption } from "../reading.ts";
import type { RawPart, RawReason } from "../reason.ts";
import { merge } from "./domain/join.ts";
import { fork, type Output, type Shell } from "./domain/state.ts";
import type { Field, Maybe, Value } from "./domain/value.ts";
import type { CompoundList, ParsedScript, ProcessSubstitutionPart, Statement } from "./parse.ts";

/** Which shell reads the text: bash itself, or whatever stands behind `sh` (bash, dash or busybox ash). */
export type Dialect = "bash" | "any";

/** Environment variables with known values. */
export type Environment = Pick<ReadonlyMap<string, string>, "get" | "has">;

/** One reading of one script, from its first command to its end. */
export interface Run {
  readonly dialect: Dialect;
  readonly env: Environment;
  readonly programs: ProgramTable;
  readonly hook: HookState;
  readonly mind: Interpreter;
  /** The earliest moment at which the main process may be told to stop: the hook may end then, whatever is left. */
  stopsAt: number;
  stopBecause: RawReason | undefined;
  /** Why the end is not known, at the first place where that is so. */
  unknownBecause: RawReason | undefined;
  /** A signal has a handler, or EXIT has: from then on a signal can do anything. */
  handlesSignals: boolean;
  /** Some signal is ignored, and so it is by what the script runs (POSIX 2.11). */
  ignoresSignals: boolean;
  /** How often a value depended on the time of day: such a loop may not go on for ever. */
  timeReads: number;
  jobCount: number;
  /** The longest that one program of it takes, of those whose time is known: it may go on when its shell was ended. */
  longest: number;
  /** How many `$(...)` ran: an assignment takes over the status of the last one. */
  captures: number;
  /** What process substitutions write, by the id that stands for their file name. */
  readonly substitutions: Map<
    number,
    { readonly text: string | undefined; readonly closed: Interval; readonly start: Interval }
  >;
}

/** What all scripts of one hook share. */
export interface HookState {
  readonly budget: Budget;
  /** Scripts in scripts: `sh -c` in `eval` in `trap`. */
  depth: number;
  readonly assumptions: Set<Assumption>;
  /** A named pipe may have been made: opening or reading a file may wait for the other side. */
  pipesMayBe: boolean;
}

/** The parts of the interpreter that call each other in a circle. */
export interface Interpreter {
  readonly list: (run: Run, shell: Shell, at: Place, list: CompoundList | readonly Statement[]) => void;
  readonly capture: (
    run: Run,
    shell: Shell,
    at: Place,
    script: ParsedScript,
    text: string,
    pos: number,
  ) => Value;
  readonly substituteProcess: (run: Run, shell: Shell, at: Place, part: ProcessSubstitutionPart) => Value;
  readonly evalText: (run: Run, shell: Shell, at: Place, text: string) => void;
  readonly program: (run: Run, shell: Shell, argv: readonly Field[]) => ProgramResult;
}

/** Where in the script we are: who catches an exit, a return, a break. */
export interface Place {
  /** A failure here is being tested (`if`, `&&`, `!`): errexit does not apply. */
  readonly tested: Maybe;
  readonly ends: Ends;
  readonly returns: Ends | undefined;
  readonly loops: readonly Loop[];
  /** Inside a subshell of a loop: what `break` does there differs from shell to shell. */
  readonly loopOutside: boolean;
  readonly calls: number;
  readonly text: string;
  /** Set where `text` is not the hook's own: what stands in the hook for it. */
  readonly origin: { readonly text: string; readonly offset: number } | undefined;
}

/** Where `break` and `continue` lead. */
export interface Loop {
  readonly breaks: Ends;
  readonly continues: Ends;
}

/** Where several ways through a script meet. */
export interface Ends {
  shell: Shell | undefined;
}

/** Takes units of the budget; false where there are none left. */
export function charged(run: Run, units: number): boolean {
  return charge(run.hook.budget, units);
}

/** A place where no way has arrived yet. */
export function meeting(): Ends {
  return { shell: undefined };
}

/** This way leads there, and no further here. */
export function leave(shell: Shell, ends: Ends): void {
  if (shell.over) return;
  mayLeave(shell, ends);
  shell.over = true;
}

/** This way may lead there. */
export function mayLeave(shell: Shell, ends: Ends): void {
  if (shell.over) return;
  if (ends.shell === undefined) ends.shell = fork(shell);
  else merge(ends.shell, shell);
}

/** What arrived at a meeting goes on here. */
export function arrive(shell: Shell, ends: Ends): void {
  if (ends.shell !== undefined) merge(shell, ends.shell);
}

/** From here on nothing is known, neither what runs nor for how long: the hook ends at some time from now on. */
export function loseTrack(
  run: Run,
  shell: Shell,
  at: Place,
  offset: number,
  text: string,
  because: string,
): void {
  if (shell.over) return;
  run.unknownBecause ??= { command: text, clause: because };
  mayBeStopped(run, shell, { command: text, clause: because });
  const unknown: Interval = { min: 0, max: Number.POSITIVE_INFINITY };
  addPart(shell, at, { offset, text, seconds: unknown, because: { clause: because } });
  shell.now = plus(shell.now, unknown);
  shell.status = undefined;
  shell.written = new Map([...shell.written.keys()].map((output) => [output, undefined]));
  shell.exitTrap = shell.exitTrap === "" ? "" : undefined;
  leave(shell, at.ends);
}

/** The main process may be told to stop now. */
export function mayBeStopped(run: Run, shell: Shell, because: RawReason): void {
  if (shell.now.min < run.stopsAt) {
    run.stopsAt = shell.now.min;
    run.stopBecause = because;
  }
}

/** One command takes this long, here. */
export function spend(run: Run, shell: Shell, seconds: Interval, because: RawReason): void {
  shell.now = plus(shell.now, seconds);
  if (seconds.max === Number.POSITIVE_INFINITY) run.unknownBecause ??= because;
}

const MOST_PARTS = 40;

/** Notes a piece for explain. What runs again adds to its piece. */
export function addPart(shell: Shell, at: Place, part: RawPart): void {
  const key = at.origin?.offset ?? part.offset;
  const known = shell.parts.get(key);
  if (known === undefined && shell.parts.size >= MOST_PARTS) return;
  const added =
    known === undefined
      ? { ...part, text: at.origin?.text ?? part.text, offset: key }
      : again(known, part.seconds);
  shell.parts = new Map(shell.parts).set(key, added);
}

function again(part: RawPart, seconds: Interval): RawPart {
  const all = plus(part.seconds, seconds);
  const takesTime = all.max > 0 && all.max !== Number.POSITIVE_INFINITY;
  return {
    ...part,
    seconds: all,
    because: takesTime
      ? { clause: `takes ${all.min === all.max ? "" : `${all.min} to `}${all.max} s in all` }
      : part.because,
  };
}

/** Writes to a captured output; undefined where the text is not known. */
export function write(shell: Shell, at: Place, descriptor: number, text: Value): void {
  const output = shell.outputs.get(descriptor);
  if (output === undefined) return;
  if (output.fragile) diesOfPipe(shell, at, output);
  note(shell, output, text);
}

/** More is not followed. */
export const LONGEST_OUTPUT = 16_384;

/** Adds to what was written to an output, where somebody wants to know. */
export function note(shell: Shell, output: Output, text: Value): void {
  if (output.kind === "unknown") {
    shell.written = new Map([...shell.written.keys()].map((key) => [key, undefined]));
  }
  if (!shell.written.has(output)) return;
  const before = shell.written.get(output);
  const after = before === undefined || typeof text !== "string" ? undefined : before + text;
  shell.written = new Map(shell.written).set(
    output,
    after !== undefined && after.length > LONGEST_OUTPUT ? undefined : after,
  );
}

/** Whoever reads this pipe may be gone: the writer may end here, by SIGPIPE, or fail and go on. */
function diesOfPipe(shell: Shell, at: Place, pipe: Output): void {
  const dead = fork(shell);
  const written = new Map(shell.written);
  written.delete(pipe);
  dead.written = written;
  dead.status = undefined;
  mayLeave(dead, at.ends);
  shell.status = undefined;
}
