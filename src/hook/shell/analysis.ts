/** Types that the parts of the interpreter share: the analysis of a script, and the scope of the current command. */
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

/** Environment variables. If `has` is true and `get` is undefined, the variable is set, but its value is not known. */
export type Environment = Pick<ReadonlyMap<string, string | undefined>, "get" | "has">;

/** An environment with the same names, but with unknown values. */
export function withUnknownValues(env: Environment): Environment {
  return { get: () => undefined, has: (name) => env.has(name) };
}

/** The state that all scripts of one hook share. */
export interface HookState {
  readonly budget: Budget;
  /** The nesting depth of scripts: `sh -c` in `eval` in `trap`. */
  depth: number;
  readonly assumptions: Set<Assumption>;
  /** True if a named pipe may exist. Opening or reading a file may then wait for the other end of the pipe. */
  pipesMayBe: boolean;
}

/** The context of one script. */
export interface Setting {
  readonly env: Environment;
  readonly programs: ProgramTable;
  readonly hook: HookState;
  readonly readScript: ScriptReader;
  /** The text on the script's standard input, if it is known. */
  readonly input?: string | undefined;
  /** The longest time that a reader of the standard input waits for the writers; absent if this time is not known. */
  readonly inputDelay?: number;
  /** True if an unknown word of the command may expand to zero or several words. */
  readonly wordsVary: boolean;
  readonly background: boolean;
  readonly ignoresSignals: boolean;
  /**
   * The result that the analysis computes: bounds for every run, or the known run (`HookReading.known`). In the known
   * run all times are exact, and a command that cannot be analysed takes no time and changes nothing.
   */
  readonly reads: "bounds" | "known-run";
}

/** Reads a script inside another script. */
export type ScriptReader = (
  call: ShellCall,
  text: string,
  args: readonly Field[],
  setting: Setting,
) => ScriptReading;

/** The result of a whole shell script. All times count from the start of the script. */
export interface ScriptReading {
  /** The time until the shell ends, or until the main process may have been stopped. */
  readonly seconds: Interval;
  /** The time until no process keeps the output open; at least `seconds.max`. */
  readonly outputOpen: number;
  readonly stopsMainAfter: number | undefined;
  readonly status: ProgramResult["status"];
  readonly exitStatus: number | undefined;
  readonly handlesSignals: boolean;
  readonly parts: readonly RawPart[];
  readonly minBecause: RawReason | undefined;
  readonly maxBecause: RawReason | undefined;
  /** The error of the first sleep that always fails when the script reaches it; undefined if there is none. */
  readonly failingSleep: RawFailure | undefined;
  readonly usesInput: boolean;
  /** See `ProgramResult.outlives`. */
  readonly outlives: number;
  /**
   * The known run (`HookReading.known`) of the script; undefined if it follows from the bounds, or if it was not
   * requested.
   */
  readonly known: KnownRun | undefined;
  /** Set if no shell runs any part of the text. */
  readonly invalid: SyntaxFault | undefined;
  /** Set if a shell runs the lines before the syntax error, and no line after it. */
  readonly brokenOff: SyntaxFault | undefined;
}

/**
 * The expected times of a script (`HookReading.known`), in seconds from its start. The members have the meaning of
 * those in `ScriptReading`.
 */
export interface KnownRun {
  readonly seconds: number;
  readonly outputOpen: number;
  /** The time of each command. The map's key is the offset of the command in the script. */
  readonly parts: ReadonlyMap<number, number>;
}

/** The analysis of one script, from its first command to its end. */
export interface Analysis extends Setting {
  readonly dialect: Dialect;
  readonly evaluator: Evaluator;
  /** The earliest moment at which the main process may get a stop signal, so that the hook may end. */
  stopsAt: number;
  stopBecause: RawReason | undefined;
  /** Why the end of the script is not known: the reason that was found first. */
  unknownBecause: RawReason | undefined;
  /** True after the script has set a trap on a signal or EXIT. A signal may then have any effect. */
  handlesSignals: boolean;
  /** True if a signal is ignored, and so the programs of the script ignore it, too (POSIX 2.11). */
  ignoresSignals: boolean;
  /**
   * How often a value depended on the time of day. A loop that depends on the time of day may end although its state
   * repeats.
   */
  timeReads: number;
  jobCount: number;
  /** The longest known time of a single program, which may outlive a shell that is killed. */
  longest: number;
  /** The error of each sleep; undefined for a sleep that may succeed. */
  readonly sleeps: Map<Span, RawFailure | undefined>;
  /**
   * How often the known run skipped a command that cannot be analysed. A loop with such a command may end although its
   * state repeats.
   */
  givenUp: number;
  /** The number of command substitutions that ran. An assignment has the status of its last command substitution. */
  captures: number;
}

/** The recursive functions of the interpreter. The functions are passed as arguments, to avoid an import cycle. */
export interface Evaluator {
  readonly list: (state: State, scope: Scope, statements: readonly Statement[]) => void;
  /** The word as one value, neither split nor matched against files. */
  readonly expandWord: (state: State, scope: Scope, word: Word) => Value;
  readonly expandParts: (state: State, scope: Scope, parts: readonly WordPart[]) => Value;
  /** The text that the commands of `$(COMMANDS)` write. */
  readonly capture: (
    state: State,
    scope: Scope,
    part: Pick<CommandExpansionPart, "script" | "text" | "pos">,
  ) => Value;
  /** Text that runs in the same shell: `eval`, traps, options of the command line. */
  readonly evalText: (state: State, scope: Scope, text: string) => void;
  /**
   * Runs a command line. Without `skipFunctions`, a shell function takes precedence over a builtin or program with the
   * same name.
   */
  readonly invoke: (state: State, scope: Scope, command: Invocation, skipFunctions?: boolean) => void;
}

/** A command line after expansion. */
export interface Invocation {
  readonly node: Command;
  readonly fields: readonly Field[];
}

/**
 * The position of a command in its script, and the points at which the shell continues after `exit`, `return` and
 * `break`.
 */
export interface Scope {
  readonly analysis: Analysis;
  /** True if the script tests the command's status (`if`, `&&`, `!`), so that errexit does not apply. */
  readonly tested: Maybe;
  readonly ends: JoinPoint;
  readonly returns: JoinPoint | undefined;
  readonly loops: readonly Loop[];
  /** True inside a subshell of a loop, where `break` has different effects in the shells. */
  readonly loopOutside: boolean;
  readonly calls: number;
  readonly text: string;
  /** The command of the script that runs `text`; undefined if `text` is the text of the script itself. */
  readonly origin: { readonly text: string; readonly offset: number } | undefined;
}

/** The points of a script at which the shell continues after `break` and after `continue`. */
export interface Loop {
  readonly breaks: JoinPoint;
  readonly continues: JoinPoint;
}

/** Subtracts units from the budget; false if the budget is used up. */
export function charged({ analysis }: Scope, units: number): boolean {
  return charge(analysis.hook.budget, units);
}
