/** What the parts of the interpreter share: one analysis of one script, and the scope of the command at hand. */
import { type Budget, charge } from "../budget.ts";
import type { Dialect, ShellCall } from "../exec/shell-invocation.ts";
import type { Interval } from "../interval.ts";
import type { ProgramResult, ProgramTable } from "../programs/program.ts";
import type { Assumption } from "../reading.ts";
import type { RawFailure, RawPart, RawReason } from "../reason.ts";
import type { Command, CommandExpansionPart, Span, Statement, Word, WordPart } from "./ast.ts";
import type { JoinPoint } from "./domain/join.ts";
import type { State } from "./domain/state.ts";
import type { Field, Maybe, Value } from "./domain/value.ts";
import type { SyntaxFault } from "./parse.ts";

/** Environment variables. A name without a value is set, to something unknown. */
export type Environment = Pick<ReadonlyMap<string, string | undefined>, "get" | "has">;

/** The same names, but something else may have set them. */
export function withUnknownValues(env: Environment): Environment {
  return { get: () => undefined, has: (name) => env.has(name) };
}

/** What all scripts of one hook share. */
export interface HookState {
  readonly budget: Budget;
  /** How many scripts are open: `sh -c` in `eval` in `trap`. */
  depth: number;
  readonly assumptions: Set<Assumption>;
  /** A named pipe may exist: opening or reading a file may wait for the other side. */
  pipesMayBe: boolean;
}

/** What surrounds one script. */
export interface Setting {
  readonly env: Environment;
  readonly programs: ProgramTable;
  readonly hook: HookState;
  readonly readScript: ScriptReader;
  /** Its standard input, where that is known text. */
  readonly input?: string | undefined;
  /** As in `ProgramCall`; absent where that is not known. */
  readonly inputDelay?: number;
  /** True where an unknown word of the command may stand for no word or for many. */
  readonly wordsVary: boolean;
  readonly background: boolean;
  readonly ignoresSignals: boolean;
  /**
   * What is read: bounds that hold for every run, or the run that is meant (`HookReading.known`). In the latter all times are
   * points, and what cannot be followed takes no time and changes nothing.
   */
  readonly reads: "bounds" | "known-run";
}

/** Reads a script inside another one. */
export type ScriptReader = (
  call: ShellCall,
  text: string,
  args: readonly Field[],
  setting: Setting,
) => ScriptReading;

/** What a whole shell script comes to. Times count from its start. */
export interface ScriptReading {
  /** Until the shell ends, or the main process may have been stopped. */
  readonly seconds: Interval;
  /** Until no process keeps the output open any more; at least `seconds.max`. */
  readonly outputOpen: number;
  readonly stopsMainAfter: number | undefined;
  readonly status: ProgramResult["status"];
  readonly exitStatus: number | undefined;
  readonly handlesSignals: boolean;
  readonly parts: readonly RawPart[];
  readonly minBecause: RawReason | undefined;
  readonly maxBecause: RawReason | undefined;
  /** Why the first sleep fails that fails whenever the script comes to it; undefined where none does. */
  readonly failingSleep: RawFailure | undefined;
  readonly usesInput: boolean;
  /** As in `ProgramResult`. */
  readonly outlives: number;
  /** The run that is meant; undefined where the bounds say it all, or only they were asked for. */
  readonly known: KnownRun | undefined;
  /** Set if no shell runs any part of it. */
  readonly invalid: SyntaxFault | undefined;
  /** Set if a shell runs the lines before the fault, and none behind it. */
  readonly brokenOff: SyntaxFault | undefined;
}

/** Both in seconds from the start, as in `ScriptReading`, but for one run. */
export interface KnownRun {
  readonly seconds: number;
  readonly outputOpen: number;
  /** The time of each part, by its offset. */
  readonly parts: ReadonlyMap<number, number>;
}

/** The analysis of one script, from its first command to its end. */
export interface Analysis extends Setting {
  readonly dialect: Dialect;
  readonly evaluator: Evaluator;
  /** The earliest moment at which the main process may be told to stop: the hook may end then. */
  stopsAt: number;
  stopBecause: RawReason | undefined;
  /** Why the end is not known, at the first place where that is so. */
  unknownBecause: RawReason | undefined;
  /** A signal or EXIT has a handler: from then on a signal can do anything. */
  handlesSignals: boolean;
  /** Some signal is ignored, and the programs of the script ignore it too (POSIX 2.11). */
  ignoresSignals: boolean;
  /** How often a value depended on the time of day: such a loop may end although its state repeats. */
  timeReads: number;
  jobCount: number;
  /** The longest time of one program, of those whose time is known: it may outlive a shell that is killed. */
  longest: number;
  /** Why each sleep fails; undefined for a sleep that may succeed. */
  readonly sleeps: Map<Span, RawFailure | undefined>;
  /** How often something was given up in the known run: a loop with it may end although its state repeats. */
  givenUp: number;
  /** How many `$(...)` ran: an assignment has the status of the last one. */
  captures: number;
}

/** The recursion of the interpreter, handed in so that its files do not import each other in a circle. */
export interface Evaluator {
  readonly list: (state: State, scope: Scope, statements: readonly Statement[]) => void;
  /** The word as one value, neither split nor matched against files. */
  readonly expandWord: (state: State, scope: Scope, word: Word) => Value;
  readonly expandParts: (state: State, scope: Scope, parts: readonly WordPart[]) => Value;
  /** `$(...)`: what its commands write. */
  readonly capture: (
    state: State,
    scope: Scope,
    part: Pick<CommandExpansionPart, "script" | "text" | "pos">,
  ) => Value;
  /** Text that runs in this very shell: `eval`, traps, options of the command line. */
  readonly evalText: (state: State, scope: Scope, text: string) => void;
  /** Runs a command line, unless `skipFunctions` a function of that name first. */
  readonly invoke: (state: State, scope: Scope, command: Invocation, skipFunctions?: boolean) => void;
}

/** A command line after expansion. */
export interface Invocation {
  readonly node: Command;
  readonly fields: readonly Field[];
}

/** Where a command is in its script: where `exit`, `return` and `break` lead. */
export interface Scope {
  readonly analysis: Analysis;
  /** A failure here is being tested (`if`, `&&`, `!`): errexit does not apply. */
  readonly tested: Maybe;
  readonly ends: JoinPoint;
  readonly returns: JoinPoint | undefined;
  readonly loops: readonly Loop[];
  /** Inside a subshell of a loop: what `break` does there differs from shell to shell. */
  readonly loopOutside: boolean;
  readonly calls: number;
  readonly text: string;
  /** Set if `text` is not literally in the hook: the text that is there instead. */
  readonly origin: { readonly text: string; readonly offset: number } | undefined;
}

/** Where `break` and `continue` lead. */
export interface Loop {
  readonly breaks: JoinPoint;
  readonly continues: JoinPoint;
}

/** Takes units of the budget; false where there are none left. */
export function charged({ analysis }: Scope, units: number): boolean {
  return charge(analysis.hook.budget, units);
}
