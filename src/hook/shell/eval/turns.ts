/** One iteration of a loop: its condition and its body. */
import type { Analysis, Loop, Scope } from "../analysis.ts";
import type { CompoundList, Span } from "../ast.ts";
import { assume, type JoinPoint, joinPoint, mayExitTo, resume } from "../domain/join.ts";
import { fork, type State } from "../domain/state.ts";
import type { Status, Verdict } from "../domain/value.ts";

export interface Turns {
  readonly node: Span & { readonly body: CompoundList };
  /** Decides whether there is another iteration. */
  readonly again: (state: State, scope: Scope) => Verdict;
  /** False while the loop runs over its known words: these iterations end even if the state repeats. */
  readonly steady?: () => boolean;
  /**
   * Set if the loop makes one iteration for each of its words. The number of words may be unknown, but it is finite.
   */
  readonly isFinite?: true;
}

/** How a loop ends: it starts no further iteration, or its iterations repeat forever without a change. */
export type Course = "ends" | "repeats";

/** After this number of iterations with an unknown condition, the analysis treats the end of the loop as unknown. */
export const MOST_DOUBTFUL_TURNS = 400;

/** The context of an iteration: the loop, and the status of the previous iteration. */
export interface Around {
  readonly around: Loop;
  readonly bodyStatus: Status;
}

/** Runs the condition, and the body if the condition is true. */
export function turn(state: State, scope: Scope, turns: Turns, surrounding: Around): Verdict {
  const again = decide(state, scope, turns, surrounding);
  if (!state.unreachable) runBody(state, scope, turns.node, surrounding.around);
  return again;
}

/** Runs the condition. The execution path on which the condition is false leaves the loop. */
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

/**
 * The maximum number of iterations that are analysed one by one, each with its value of the variable and its start
 * time.
 */
export const MOST_SINGLE_TURNS = 60;

/**
 * The facts that the analysis records outside the state. If an iteration changed one of these facts, the next iteration
 * may differ.
 */
export function memoryOf({ handlesSignals, ignoresSignals, hook }: Analysis): string {
  return [handlesSignals, ignoresSignals, hook.pipesMayBe].join();
}

/**
 * A scope for trying an iteration. An execution path that leaves the tried iteration arrives at `own` instead of `to`.
 */
export interface Apart {
  readonly inside: Scope;
  readonly around: Loop;
  readonly exits: readonly { readonly own: JoinPoint; readonly to: JoinPoint }[];
}

export function apart(scope: Scope, breaks: JoinPoint): Apart {
  const exits: { own: JoinPoint; to: JoinPoint }[] = [];
  const away = (to: JoinPoint): JoinPoint => {
    const own = joinPoint();
    exits.push({ own, to });
    return own;
  };
  const around: Loop = { breaks: away(breaks), continues: joinPoint() };
  const outer = scope.loops.map((each) => ({ breaks: away(each.breaks), continues: away(each.continues) }));
  const inside: Scope = {
    ...scope,
    ends: away(scope.ends),
    returns: scope.returns && away(scope.returns),
    loops: [...outer, around],
  };
  return { inside, around, exits };
}
