/** A loop that ends by the clock. */
import { isKnown, isPoint, minus } from "../../interval.ts";
import { charged, type Loop, type Scope } from "../analysis.ts";
import type { Span } from "../ast.ts";
import { isSteady, join, joinPoint, mayExitTo, sameWritten } from "../domain/join.ts";
import { fork, type State, weightOf, writtenUnknown } from "../domain/state.ts";
import { addPart } from "../effects.ts";
import { apart, MOST_SINGLE_TURNS, memoryOf, type Turns, turn } from "./turns.ts";

/** Turns of a known length are followed for a while: they tell more. */
export function isTimeToLook(count: number, { now }: State): boolean {
  const isPowerOf2 = (count & (count - 1)) === 0;
  return isPowerOf2 && (count > MOST_SINGLE_TURNS || !isPoint(now));
}

/** A loop, and what was there when it began. */
interface Begun {
  readonly around: Loop;
  readonly start: Pick<State, "now" | "parts">;
}

/** How often the next function copies the state. */
const CLOCK_FORKS = 6;

/**
 * Whether a loop that reads the clock ends by it. A turn is tried as if any time had passed: it can then only end in bounded
 * time if the clock bounds the moment at which it begins. If a turn from there leads to nothing new, no later turn does.
 */
export function endsByClock(state: State, scope: Scope, turns: Turns, { around, start }: Begun): boolean {
  const { analysis } = scope;
  if (turns.steady?.() === false || !charged(scope, CLOCK_FORKS * weightOf(state))) return false;
  const tried = fork(state);
  tried.now = { min: state.now.min, max: Number.POSITIVE_INFINITY };
  const trial = apart(scope, joinPoint());
  turn(tried, trial.inside, turns, { around: trial.around, bodyStatus: state.status });
  if (!tried.unreachable && !isKnown(tried.now)) return false;
  const any = fork(state);
  join(any, tried);
  const after = fork(any);
  const memory = memoryOf({ ...analysis, timeReads: 0 });
  const { inside, around: own, exits } = apart(scope, around.breaks);
  turn(after, inside, turns, { around: own, bodyStatus: any.status });
  const all = fork(any);
  join(all, after);
  if (memory !== memoryOf({ ...analysis, timeReads: 0 }) || !isSteady(any, all)) return false;
  if (all.now.min < any.now.min || all.now.max > any.now.max) return false;
  for (const { own: exit, to } of exits) {
    if (exit.state === undefined) continue;
    if (!sameWritten(state, all)) writtenUnknown(exit.state);
    asOnePart(exit.state, scope, turns.node, start);
    mayExitTo(exit.state, to);
  }
  return true;
}

/** The clock says how long the turns take together, not how long each command in them. */
function asOnePart(state: State, scope: Scope, node: Span, start: Begun["start"]): void {
  const seconds = minus(state.now, start.now);
  state.parts = start.parts;
  addPart(state, scope, node, {
    seconds,
    because: { clause: `looks at the clock, and ends after ${seconds.max} s at the latest` },
  });
}
