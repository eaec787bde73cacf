import type { Interval } from "./interval.ts";

/** A program that is known by name, as an entry of the table of programs. The table is an argument, never a module state. */
export interface Program {
  readonly name: string;
  /** The manual page, and the version of it, that this entry was read from. */
  readonly source: string;
  /** What it does with time, for docs/hooks.md. */
  readonly summary: string;
  /** How long it takes with these arguments (constant words only; undefined stands for a word that is not known). */
  readonly read: (args: readonly (string | undefined)[], call: ProgramCall) => ProgramReading;
}

/** What a program entry can ask back: how long another command takes (for `timeout 5 CMD`, `nice CMD`, ...). */
export interface ProgramCall {
  readonly command: (argv: readonly (string | undefined)[]) => ProgramReading;
}

export interface ProgramReading {
  readonly seconds: Interval;
  /** A clause without capital or full stop: `returns at once`. */
  readonly because: string;
  /** How it ends, as far as that is known: with status 0, with another status, or either. */
  readonly status: "success" | "failure" | "unknown";
  /** True where it may end the container's main process: what follows in the hook may be cut. */
  readonly mayStopMain: boolean;
}

export type ProgramTable = ReadonlyMap<string, Program>;
