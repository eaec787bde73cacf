/** One turn of a loop: its condition, and its body. */
import type { Loop, Scope } from "../analysis.ts";
import type { CompoundList, Span } from "../ast.ts";
import { assume, isFixpoint, mayExitTo, resume } from "../domain/join.ts";
import { fork, type State } from "../domain/state.ts";
import type { Status, Verdict } from "../domain/value.ts";

export interface Turns {
  readonly node: Span & { readonly body: CompoundList };
  /** Decides whether another turn comes. */
  readonly again: (state: State, scope: Scope) => Verdict;
  /** False while the loop itself still counts: then the same state does not mean the same future. */
  readonly steady?: () => boolean;
}

/** How a loop ends: it does not start another turn, or its turns repeat forever without a change. */
export type Course = "ends" | "repeats";

/** After this many turns whose condition is not known, the end is not known. */
export const MOST_DOUBTFUL_TURNS = 400;

/** What surrounds one turn: its loop, and the status of the turn before. */
export interface Around {
  readonly around: Loop;
  readonly bodyStatus: Status;
}

/** The condition, and the body where it holds. */
export function turn(state: State, scope: Scope, turns: Turns, surrounding: Around): Verdict {
  const again = decide(state, scope, turns, surrounding);
  if (!state.unreachable) runBody(state, scope, turns.node, surrounding.around);
  return again;
}

/** The condition: the path that leaves has left behind it. */
export function decide(state: State, scope: Scope, turns: Turns, { around, bodyStatus }: Around): Verdict {
  const again = turns.again(state, scope);
  if (again !== true) {
    const leaving: State = { ...fork(state), status: bodyStatus };
    assume(leaving, again, false);
    mayExitTo(leaving, around.breaks);
  }
  if (again === false) state.unreachable = true;
  if (!state.unreachable) assume(state, again, true);
  return again;
}

export function runBody(state: State, scope: Scope, node: Turns["node"], { continues }: Loop): void {
  scope.analysis.evaluator.list(state, scope, node.body.commands);
  resume(state, continues);
  continues.state = undefined;
}

/** The same state means the same future, if neither the loop nor the clock counts on. */
export function repeats(turns: Turns, timeReads: number, before: State, after: State): boolean {
  return turns.steady?.() !== false && timeReads === 0 && isFixpoint(before, after);
}
