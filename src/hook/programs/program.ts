import type { Interval } from "../interval.ts";
import type { Assumption } from "../reading.ts";
import type { RawFailure } from "../reason.ts";

/** A program that is known by name, as an entry of the table of programs. The table is an argument, never a module state. */
export interface Program {
  readonly name: string;
  /** The manual page, and the version of it, that this entry was read from. */
  readonly source: string;
  /** What it does with time, for docs/hooks.md. */
  readonly summary: string;
  /** How long it takes with these arguments (constant words only; undefined stands for words that are not known). */
  readonly read: (args: readonly (string | undefined)[], call: ProgramCall) => ProgramResult;
  /** True where a greater number among the arguments never takes less time: an unknown number between two is read at both. */
  readonly growsWithNumbers?: boolean;
}

/** What a program entry can ask back: how long another command takes (for `timeout 5 CMD`, `nice CMD`, ...). */
export interface ProgramCall {
  readonly command: (argv: readonly (string | undefined)[]) => ProgramResult;
  /** What stands on standard input, where that is known. */
  readonly input?: string | undefined;
  /** True where an unknown word may stand for no word or for many. */
  readonly wordsVary: boolean;
  /** True in a background job: there, SIGINT and SIGQUIT are ignored (POSIX 2.11). */
  readonly background: boolean;
  /** True where some signal is ignored, and so by the program too. */
  readonly ignoresSignals: boolean;
  /** True where a file may be a named pipe: something made one, or could have. */
  readonly filesMayWait: boolean;
}

export interface ProgramResult {
  readonly seconds: Interval;
  /** A clause without capital or full stop: `returns at once`. Never contains text of the user. */
  readonly because: string;
  /** The command that the clause is about, where this program runs it. */
  readonly runs?: string | undefined;
  /** Why it refuses its words. */
  readonly failure?: RawFailure | undefined;
  /** How it ends, as far as that is known: with status 0, with another status, or either. */
  readonly status: "success" | "failure" | "unknown";
  /** True where it may end the container's main process: what follows in the hook may be cut. */
  readonly mayStopMain: boolean;
  /** Its exit status where that is one number other than 0. */
  readonly exitStatus?: number | undefined;
  /** What it writes to standard output; absent where that is not known. */
  readonly output?: string | undefined;
  /** Set where it reads standard input: to its end, for which it waits, or perhaps only some of it. */
  readonly readsInput?: "all" | "some" | undefined;
  /** How long, from its start, processes that it leaves behind may keep the output open. */
  readonly leaves?: Interval | undefined;
  /** Seconds from its start to the earliest moment at which it may stop the main process. */
  readonly stopsMainAfter?: number | undefined;
  /** True where it may not end on a signal that asks it to: it catches or ignores it. */
  readonly handlesSignals?: boolean;
  /** Set for a shell: how long, once it was ended, a program that it ran may go on at most. */
  readonly outlives?: number | undefined;
  /** What is taken for granted to say this, beyond that programs do what their manual says. */
  readonly assumes?: readonly Assumption[];
}

export type ProgramTable = ReadonlyMap<string, Program>;
