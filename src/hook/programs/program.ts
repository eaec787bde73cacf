import type { Budget } from "../budget.ts";
import type { Interval } from "../interval.ts";
import type { Assumption } from "../reading.ts";
import type { RawFailure } from "../reason.ts";

/** A known program: an entry in the table of programs. The table is an argument, never state of a module. */
export interface Program {
  readonly name: string;
  /** The manual page, and the version of it, that this entry was read from. */
  readonly source: string;
  /** A summary of its time, for docs/hooks.md. */
  readonly summary: string;
  /** How long it takes with these arguments. Undefined stands for an unknown word. */
  readonly read: (args: readonly (string | undefined)[], call: ProgramCall) => ProgramResult;
  /**
   * True if a greater number never takes less time. Then a number in a known range is read at both ends of the range.
   */
  readonly growsWithNumbers?: boolean;
}

/**
 * What a program entry can use: the time of another command (for `timeout 5 CMD`, `nice CMD`, ...), and the context.
 */
export interface ProgramCall {
  readonly command: (argv: readonly (string | undefined)[]) => ProgramResult;
  /** As `read`, for a command with another environment, of which no variable is known. */
  readonly elsewhere: (argv: readonly (string | undefined)[]) => ProgramResult;
  /** The text on standard input, if it is known. */
  readonly input?: string | undefined;
  /** The longest time that a reader of standard input waits for its writers; Infinity if that is not known. */
  readonly inputDelay: number;
  /** True if an unknown word may expand to zero or several words. */
  readonly wordsVary: boolean;
  /** True in a background job: there, SIGINT and SIGQUIT are ignored (POSIX 2.11). */
  readonly background: boolean;
  /** True if the shell ignores some signal: the program then ignores it, too. */
  readonly ignoresSignals: boolean;
  /** True if a file may be a named pipe, because a command made one or could have made one. */
  readonly filesMayWait: boolean;
}

/** The times of one run, in seconds from its start. */
export interface KnownTime {
  readonly seconds: number;
  /** How long its background processes keep the output open. */
  readonly leaves?: number;
}

export interface ProgramResult {
  readonly seconds: Interval;
  /** The known run, if the longest run is not known. If absent, the known run is the shortest. */
  readonly known?: KnownTime | undefined;
  /** A clause without capital or full stop: `returns at once`. Never contains text of the user. */
  readonly because: string;
  /** The command that the clause is about, if this program runs another one. */
  readonly runs?: string | undefined;
  /** Why it fails at once. */
  readonly failure?: RawFailure | undefined;
  /** How it ends: with status 0, with another status, or either. */
  readonly status: "success" | "failure" | "unknown";
  /** True if it may end the container's main process: the rest of the hook may then be cut. */
  readonly mayStopMain: boolean;
  /** Its exit status, if it is one known number other than 0. */
  readonly exitStatus?: number | undefined;
  /** What it writes to standard output; absent if it is not known. */
  readonly output?: string | undefined;
  /** Set if it reads standard input: "all" waits for the end of it, "some" may stop earlier. */
  readonly readsInput?: "all" | "some" | undefined;
  /** The longest time that it waits for its input, in addition to `seconds`. If absent, until the input ends. */
  readonly waitsForInput?: number | undefined;
  /** How long, from its start, its background processes may keep the output open. */
  readonly leaves?: Interval | undefined;
  /** Seconds from its start to the earliest moment at which it may stop the main process. */
  readonly stopsMainAfter?: number | undefined;
  /** True if it may catch or ignore a signal, and so not end on it. */
  readonly handlesSignals?: boolean;
  /** Set for a shell: the longest time that one of its programs may run after the end of the shell. */
  readonly outlives?: number | undefined;
  /** The assumptions of this result, in addition to `programs-as-documented`. */
  readonly assumes?: readonly Assumption[];
}

export type ProgramTable = ReadonlyMap<string, Program>;

/**
 * The container's `env`. A value is undefined if it is not literal, as with `valueFrom`. A name that is not here may
 * still be set by the image or `envFrom`.
 */
export type Environment = Pick<ReadonlyMap<string, string | undefined>, "get" | "has" | "keys">;

/** The context of a hook. */
export interface Surroundings {
  readonly env: Environment;
  readonly programs: ProgramTable;
  /** What reading the hook may cost; it counts down. */
  readonly budget: Budget;
}
