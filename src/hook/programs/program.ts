import type { Budget } from "../budget.ts";
import type { Interval } from "../interval.ts";
import type { Assumption } from "../reading.ts";
import type { RawFailure } from "../reason.ts";

/**
 * A known program: an entry in the table of programs. Functions get the table as an argument, because the configuration
 * can add programs.
 */
export interface Program {
  readonly name: string;
  /** The manual page that the entry follows, with its version. */
  readonly source: string;
  /** A summary of the program's time, for docs/hooks.md. */
  readonly summary: string;
  /** How long the program takes with these arguments. An argument is undefined if it is not known. */
  readonly read: (args: readonly (string | undefined)[], call: ProgramCall) => ProgramResult;
  /**
   * True if a greater number in the arguments never shortens the time of the program. If a number is known only as a
   * range, the ends of the range then give the bounds of the time.
   */
  readonly growsWithNumbers?: boolean;
}

/**
 * What a program entry can use: the time of another command (for `timeout 5 CMD`, `nice CMD` and similar commands), and
 * the context.
 */
export interface ProgramCall {
  readonly command: (argv: readonly (string | undefined)[]) => ProgramResult;
  /** How long a command takes in another environment, whose variables have unknown values. */
  readonly elsewhere: (argv: readonly (string | undefined)[]) => ProgramResult;
  /** The text on standard input, if it is known. */
  readonly input?: string | undefined;
  /** The longest time that a reader of standard input waits for its writers; Infinity if that is not known. */
  readonly inputDelay: number;
  /** True if an unknown word may expand to zero or several words. */
  readonly wordsVary: boolean;
  /** True in a background job, where SIGINT and SIGQUIT are ignored (POSIX 2.11). */
  readonly background: boolean;
  /** True if the shell ignores a signal, which the program then ignores, too. */
  readonly ignoresSignals: boolean;
  /** True if a file may be a named pipe, because an earlier command may have made a pipe. */
  readonly filesMayWait: boolean;
}

/** The times of one run of a program, in seconds from its start. */
export interface KnownTime {
  readonly seconds: number;
  /** How long background processes of the program keep the output open. */
  readonly leaves?: number;
}

export interface ProgramResult {
  readonly seconds: Interval;
  /**
   * The expected time of the program (`HookReading.known`), if the upper bound of `seconds` is not known. If absent,
   * the expected time is the lower bound of `seconds`.
   */
  readonly known?: KnownTime | undefined;
  /**
   * The reason as a clause without capital or full stop: `returns at once`. The clause never contains text that the
   * user wrote.
   */
  readonly because: string;
  /** The command that the clause is about, if this program runs another command. */
  readonly runs?: string | undefined;
  /** Why the program fails at once. */
  readonly failure?: RawFailure | undefined;
  /** How the program ends: with status 0, with another status, or either. */
  readonly status: "success" | "failure" | "unknown";
  /** True if the program may end the container's main process, and so the hook. */
  readonly mayStopMain: boolean;
  /** The exit status, if it is one known number other than 0. */
  readonly exitStatus?: number | undefined;
  /** The text on standard output; absent if it is not known. */
  readonly output?: string | undefined;
  /** Set if the program reads standard input: "all" means to the end, "some" may stop earlier. */
  readonly readsInput?: "all" | "some" | undefined;
  /**
   * The longest time that the program waits for its input, in addition to `seconds`. If absent, the program waits until
   * the input ends.
   */
  readonly waitsForInput?: number | undefined;
  /** How long background processes of the program may keep the output open, in seconds from its start. */
  readonly leaves?: Interval | undefined;
  /** The earliest time at which the program may stop the main process, in seconds from its start. */
  readonly stopsMainAfter?: number | undefined;
  /** True if the program may catch or ignore a signal, so that the signal does not end it. */
  readonly handlesSignals?: boolean;
  /** Set for a shell: the longest time that one of its programs may run after the end of the shell. */
  readonly outlives?: number | undefined;
  /** The assumptions of this result, in addition to `programs-as-documented`. */
  readonly assumes?: readonly Assumption[];
}

export type ProgramTable = ReadonlyMap<string, Program>;

/**
 * The container's `env`. A value is undefined if it is not literal, as with `valueFrom`. The image or `envFrom` may set
 * other names, too.
 */
export type Environment = Pick<ReadonlyMap<string, string | undefined>, "get" | "has" | "keys">;

/** The context of a hook. */
export interface Surroundings {
  readonly env: Environment;
  readonly programs: ProgramTable;
  /** The cost limit for reading the hook. */
  readonly budget: Budget;
}
