/**
 * The cost limit for the analysis of one hook. Each step of the analysis subtracts units. If fewer than 0 units are
 * left, the time of the hook is unknown. The cost of the analysis depends on the hook, not on the units that are left.
 */
export interface Budget {
  /** The cost units that are left in the budget. One unit is at most about one microsecond of CPU time. */
  units: number;
}

/**
 * The cost units for one command, in addition to the units for text that it copies. In a loop, a command costs these
 * units in each iteration.
 */
export const COMMAND = 12;

/** Parsing takes at most 1 ms for 4,096 characters. */
const CHARACTERS_A_UNIT = 4;

export function budgetOf(units: number): Budget {
  return { units };
}

/** Subtracts the units, rounded down. Returns false if the budget is used up. */
export function charge(budget: Budget, units: number): boolean {
  budget.units -= Math.trunc(units);
  return budget.units >= 0;
}

/** Subtracts the units for parsing a text, before the text is parsed. */
export function chargeText(budget: Budget, text: string): boolean {
  return charge(budget, Math.ceil(text.length / CHARACTERS_A_UNIT));
}
