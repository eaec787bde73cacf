/**
 * What may still be spent on reading the hooks of one pod. It counts down, so that a thousand containers cost no more
 * than one: whatever is over the limit is "cannot tell".
 */
export interface Effort {
  /** Characters of commands and of texts that they run. Parsing is what costs: at worst 1 ms for 4,096 characters. */
  characters: number;
  /** Work of following scripts, in units of at most about a microsecond: see `COMMAND`. */
  steps: number;
}

/** Ten thousand plain sleeps, or 32 of the longest scripts that are read at all. */
const CHARACTERS = 128 * 1024;

/** What a command costs beside what it copies, each turn of a loop counted. */
export const COMMAND = 12;

/** A hook of 5,000 commands is no hook. */
const STEPS = 5000 * COMMAND;

export function fullEffort(): Effort {
  return { characters: CHARACTERS, steps: STEPS };
}

/**
 * Takes this many units, whole ones only: what a reading cost must not depend on what was read before it. The answer is
 * whether there were that many.
 */
export function charge(effort: Effort, units: number): boolean {
  effort.steps -= Math.trunc(units);
  return effort.steps >= 0;
}

/** The same for a text that is to be parsed. */
export function chargeText(effort: Effort, text: string): boolean {
  effort.characters -= text.length;
  return effort.characters >= 0;
}
