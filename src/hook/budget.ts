/**
 * What reading may still cost. It counts down; at 0 the answer is "cannot tell". The cost of a reading depends only on
 * its hook, never on how much was left.
 */
export interface Budget {
  /** Units of at most about a microsecond. */
  units: number;
}

/** The cost of one command, without the text that it copies. In a loop, every iteration counts. */
export const COMMAND = 12;

/** Parsing takes at most 1 ms for 4,096 characters. */
const CHARACTERS_A_UNIT = 4;

export function budgetOf(units: number): Budget {
  return { units };
}

/** Takes this many whole units. Returns whether there were that many. */
export function charge(budget: Budget, units: number): boolean {
  budget.units -= Math.trunc(units);
  return budget.units >= 0;
}

/** Takes the units for a text before it is parsed. */
export function chargeText(budget: Budget, text: string): boolean {
  return charge(budget, Math.ceil(text.length / CHARACTERS_A_UNIT));
}
