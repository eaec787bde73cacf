/** The strongest effect of a finding. The mode of the namespace may weaken the effect. */
export type Action = "Deny" | "Warn" | "Audit" | "Off";

const STRENGTH: Readonly<Record<Action, number>> = { Off: 0, Audit: 1, Warn: 2, Deny: 3 };

export function weaker(one: Action, other: Action): Action {
  return STRENGTH[one] < STRENGTH[other] ? one : other;
}
