/** How a loop continues: forever, or until the clock ends it. */
import { isKnown, isPoint, minus } from "../../interval.ts";
import { charged, type Loop, type Scope } from "../analysis.ts";
import type { Span } from "../ast.ts";
import {
  changedVariables,
  isFixpoint,
  isSteady,
  join,
  joinPoint,
  mayExitTo,
  onlyWidens,
  sameWritten,
} from "../domain/join.ts";
import { fork, type State, weightOf } from "../domain/state.ts";
import { addPart } from "../effects.ts";
import { areOnlyTold } from "./told.ts";
import { apart, type Course, MOST_SINGLE_TURNS, memoryOf, type Turns, turn } from "./turns.ts";

/** A loop after `count` iterations. `start` is the state before the first iteration. */
interface Begun {
  readonly around: Loop;
  readonly start: Pick<State, "now" | "parts">;
  readonly count: number;
  /** The state before the last iteration, and how often that iteration read the clock. */
  readonly before: State;
  readonly reads: number;
  /** True if an execution path has left the loop, or may have left it. */
  readonly mayLeave: boolean;
}

/** The first iterations are analysed one by one if their time is known, because this gives exact times. */
function tellMore(count: number, { now }: State): boolean {
  return count <= MOST_SINGLE_TURNS && isPoint(now);
}

/** `lookAtClock` is expensive, so it runs after `count` iterations only if `count` is a power of 2. */
function isTimeToLook(count: number, state: State): boolean {
  const isPowerOf2 = (count & (count - 1)) === 0;
  return isPowerOf2 && (count === 1 || !tellMore(count, state));
}

/**
 * How the loop continues after this iteration; undefined if more iterations are needed to know. If the state repeats,
 * the loop repeats, too. Exceptions are a loop over known words, and a loop that reads the clock. `widens`: an
 * execution path may leave the loop. Later iterations only widen number ranges, or only change counters (`onlyTells`).
 */
export function courseOf(
  state: State,
  scope: Scope,
  turns: Turns,
  begun: Begun,
): Course | "widens" | undefined {
  if (turns.steady?.() === false) return undefined;
  if (begun.reads > 0) return lookAtClock(state, scope, turns, begun);
  if (isFixpoint(begun.before, state)) return "repeats";
  if (!begun.mayLeave || begun.count < MOST_SINGLE_TURNS) return undefined;
  return onlyWidens(begun.before, state) || onlyTells(state, scope, turns, begun) ? "widens" : undefined;
}

/**
 * Whether two iterations differ only in counters that the script prints and does not use otherwise. Each loop is
 * checked once.
 */
function onlyTells(state: State, scope: Scope, { node }: Turns, { before, count }: Begun): boolean {
  if (count !== MOST_SINGLE_TURNS || !sameWritten(before, state)) return false;
  const changed = changedVariables(before, state);
  return changed !== undefined && areOnlyTold(state, scope, node, changed);
}

/** How often `lookAtClock` copies the state. */
const CLOCK_FORKS = 6;

/**
 * Whether the clock ends the loop or never ends it; undefined if this is not known yet. One iteration is tried at an
 * arbitrary later time. If this iteration certainly ends by some moment, no iteration begins after this moment.
 * If the iteration leads to no new state, no later iteration leads to a new state.
 */
function lookAtClock(state: State, scope: Scope, turns: Turns, begun: Begun): Course | undefined {
  const { around, count } = begun;
  if (!isTimeToLook(count, state) || !charged(scope, CLOCK_FORKS * weightOf(state))) return undefined;
  const any = fork(state);
  join(any, tried(state, scope, turns));
  if (isKnown(any.now) && tellMore(count, state)) return undefined;
  const { inside, around: own, exits } = apart(scope, around.breaks);
  const after = fork(any);
  const memory = memoryOf(scope.analysis);
  turn(after, inside, turns, { around: own, bodyStatus: any.status });
  if (memory !== memoryOf(scope.analysis) || !leadsToNothingNew(any, after)) return undefined;
  for (const { own: exit, to } of exits) {
    if (isKnown(any.now)) asOnePart(exit.state, scope, turns.node, begun.start);
    if (exit.state !== undefined) mayExitTo(exit.state, to);
  }
  if (isKnown(any.now)) return "ends";
  // Every execution path that may leave the loop has already arrived at `breaks`.
  state.unreachable = scope.analysis.reads === "bounds" && around.breaks.state !== undefined;
  return "repeats";
}

function leadsToNothingNew(any: State, after: State): boolean {
  const all = fork(any);
  join(all, after);
  if (!sameWritten(any, all)) return false;
  return isKnown(any.now) ? isSteady(any, all) && all.now.max === any.now.max : isFixpoint(any, all);
}

/** The state after an iteration that begins at any later time. */
function tried(state: State, scope: Scope, turns: Turns): State {
  const path = fork(state);
  path.now = { min: state.now.min, max: Number.POSITIVE_INFINITY };
  const { inside, around } = apart(scope, joinPoint());
  turn(path, inside, turns, { around, bodyStatus: state.status });
  return path;
}

/**
 * Records the loop as one part: the clock limits the total time of the iterations, not the time of each command in the
 * loop.
 */
function asOnePart(state: State | undefined, scope: Scope, node: Span, start: Begun["start"]): void {
  if (state === undefined) return;
  const seconds = minus(state.now, start.now);
  state.parts = start.parts;
  addPart(state, scope, node, {
    seconds,
    because: { clause: `checks the clock, and ends after ${seconds.max} s at the latest` },
  });
}
