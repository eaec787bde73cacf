/**
 * What may still be spent on reading the hooks of one pod. It counts down, so that a thousand containers cost no more
 * than one: whatever is over the limit is "cannot tell".
 */
export interface Effort {
  /** Characters of commands. Parsing is what costs: at worst 1 ms for 4,096 characters. */
  characters: number;
  /** Commands that the hooks run, each turn of a loop counted. At worst 10 us each. */
  steps: number;
}

/** Ten thousand plain sleeps, or 32 of the longest scripts that are read at all. */
const CHARACTERS = 128 * 1024;

/** A hook of this many commands is no hook. */
const STEPS = 6000;

export function fullEffort(): Effort {
  return { characters: CHARACTERS, steps: STEPS };
}
