import type { Scope } from "../analysis.ts";
import type { Assignment } from "../ast.ts";
import type { State } from "../domain/state.ts";
import { joined } from "../domain/value.ts";
import { assign, lookup } from "../domain/variables.ts";
import { giveUp } from "../effects.ts";

/** `name=value`, and bash's `name+=value`. Arrays and their elements are not analysed. */
export function assignTo(state: State, scope: Scope, assignment: Assignment): void {
  const { name, value, append } = assignment;
  if (value.type === "ArrayValue" || assignment.index !== undefined || /^\w+\[/.test(assignment.text)) {
    giveUp(state, scope, assignment, "assigns to an array");
    return;
  }
  const word = scope.analysis.evaluator.expandWord(state, scope, value);
  const whole = append === true ? joined([lookup(state, scope, name), word]) : word;
  assign(state, name, whole, value.text);
}
