/** `while`, `until` and `for`: turn after turn, until nothing changes any more. */
import { COMMAND } from "../../budget.ts";
import { ENDLESS, plus } from "../../interval.ts";
import { charged, type Loop, type Scope } from "../analysis.ts";
import type { CompoundList, For, Span, While } from "../ast.ts";
import { exitTo, isFixpoint, type JoinPoint, joinPoint, mayExitTo, resume } from "../domain/join.ts";
import { fork, type State, weightOf, writtenUnknown } from "../domain/state.ts";
import { isUnknownCount, type Maybe, succeeded, UNKNOWN_COUNT, type Value } from "../domain/value.ts";
import { assign } from "../domain/variables.ts";
import { giveUp } from "../effects.ts";
import { fieldsOf } from "../expand/words.ts";

/** After this many turns whose condition is not known, the end is not known. */
const MOST_DOUBTFUL_TURNS = 400;

interface Turns {
  readonly node: Span & { readonly body: CompoundList };
  /** Decides whether another turn comes. */
  readonly again: (state: State, scope: Scope) => Maybe;
  /** False while the loop itself still counts: then the same state does not mean the same future. */
  readonly steady?: () => boolean;
}

export function whileLoop(state: State, scope: Scope, node: While): void {
  const again = (path: State, inside: Scope): Maybe => {
    scope.analysis.evaluator.list(path, { ...inside, tested: true }, node.clause.commands);
    const yes = succeeded(path.status);
    return yes === undefined ? undefined : yes === (node.kind === "while");
  };
  loop(state, scope, { node, again });
}

/** `for name in words`; without `in`, over the arguments. */
export function forLoop(state: State, scope: Scope, node: For): void {
  const words = node.wordlist === undefined ? state.args : fieldsOf(state, scope, node.wordlist);
  const certain = words.filter((word) => !isUnknownCount(word)).length;
  const openEnded = certain < words.length;
  let turns = 0;
  const again = (path: State): Maybe => {
    const word = openEnded ? undefined : (words[turns] as Value);
    turns += 1;
    if (turns > certain && !openEnded) return false;
    assign(path, node.name.text, word);
    // Where some words are not known: at least one turn for each that is certain, and any number after those.
    return turns <= certain ? true : undefined;
  };
  state.status = 0;
  loop(state, scope, { node, again, steady: () => openEnded && turns > certain });
}

/** How a loop ends: it does not start another turn, or its turns repeat forever without a change. */
type Course = "ends" | "repeats";

function loop(state: State, scope: Scope, turns: Turns): void {
  const around: Loop = { breaks: joinPoint(), continues: joinPoint() };
  const inside = { ...scope, loops: [...scope.loops, around] };
  const course =
    scope.analysis.reads === "bounds"
      ? follow(state, inside, turns, around)
      : followKnownRun(state, inside, turns, around);
  if (course === "repeats") repeatForEver(state, scope, around);
  else {
    state.unreachable = true;
    resume(state, around.breaks);
  }
}

function follow(state: State, scope: Scope, turns: Turns, around: Loop): Course {
  const { analysis } = scope;
  let doubtful = 0;
  let bodyStatus: State["status"] = 0;
  while (charged(scope, COMMAND + weightOf(state))) {
    const before = fork(state);
    const readsBefore = analysis.timeReads;
    const again = turns.again(state, scope);
    if (again !== true) mayExitTo({ ...fork(state), status: bodyStatus }, around.breaks);
    if (again === false || state.unreachable) return "ends";
    if (again === undefined) doubtful += 1;
    turn(state, scope, turns, around);
    if (state.unreachable) return "ends";
    bodyStatus = state.status;
    const reads = analysis.timeReads - readsBefore;
    if (repeats(turns, reads, before, state)) return "repeats";
    if (doubtful > MOST_DOUBTFUL_TURNS) {
      forget(state, scope, turns.node);
      return "repeats";
    }
  }
  giveUp(state, scope, turns.node, "runs too often to be followed");
  return "ends";
}

/**
 * The known run of a loop: as many turns as it has, where that is known. Else as many as it must make, and at least one: the
 * path leaves at the first condition behind a turn in which some path may leave.
 */
function followKnownRun(state: State, scope: Scope, turns: Turns, around: Loop): Course {
  const exits = exitsOf(scope, around);
  let mayLeave: JoinPoint | undefined;
  let left: readonly (State | undefined)[] | undefined;
  let bodyStatus: State["status"] = 0;
  for (let done = 0; left === undefined || done <= MOST_DOUBTFUL_TURNS; done++) {
    if (!charged(scope, COMMAND + weightOf(state))) break;
    const before = fork(state);
    const arrivals = exits.map((exit) => exit.arrivals);
    const again = turns.again(state, scope);
    const exit = again === true ? mayLeave : around.breaks;
    if (exit !== undefined) mayExitTo({ ...fork(state), status: bodyStatus }, exit);
    if (again === false || state.unreachable) return "ends";
    if (done > 0 && exit !== undefined) left ??= exits.map((each) => each.state && fork(each.state));
    turn(state, scope, turns, around);
    if (state.unreachable) return "ends";
    bodyStatus = state.status;
    mayLeave ??= exits.find((each, i) => each.arrivals > (arrivals[i] ?? 0));
    if (done > 0 && repeats(turns, 0, before, state)) {
      if (left === undefined) return "repeats";
      break;
    }
  }
  if (left === undefined) mayExitTo(state, around.breaks);
  else for (const [i, exit] of exits.entries()) exit.state = left[i];
  return "ends";
}

/** Where a path may leave the loop to. */
function exitsOf({ ends, returns, loops }: Scope, { breaks }: Loop): readonly JoinPoint[] {
  const outer = loops.flatMap((loop) => [loop.breaks, loop.continues]);
  return [breaks, ...outer.slice(0, -2), ...(returns === undefined ? [] : [returns]), ends];
}

/** The same state means the same future, if neither the loop nor the clock counts on. */
function repeats(turns: Turns, timeReads: number, before: State, after: State): boolean {
  return turns.steady?.() !== false && timeReads === 0 && isFixpoint(before, after);
}

function turn(state: State, scope: Scope, { node }: Turns, { continues }: Loop): void {
  scope.analysis.evaluator.list(state, scope, node.body.commands);
  resume(state, continues);
  continues.state = undefined;
}

/** Later turns may leave anything behind, and may end the shell at any time. */
function forget(state: State, scope: Scope, node: Span): void {
  giveUp(fork(state), scope, node, "turns an unknown number of times");
  state.vars.clear();
  state.allVarsUnknown = true;
  state.args = [UNKNOWN_COUNT];
  if (/\btrap\b/.test(scope.text.slice(node.pos, node.end))) state.exitTrap = undefined;
}

/** Where no turn can leave, the loop never ends; where one may, it ends at any time after the first that may. */
function repeatForEver(state: State, scope: Scope, { breaks }: Loop): void {
  const { analysis } = scope;
  const end = breaks.state;
  if (end === undefined || analysis.reads === "known-run") {
    analysis.unknownBecause ??= { clause: "an endless loop never ends" };
    state.now = plus(state.now, ENDLESS);
    exitTo(state, scope.ends);
    resume(state, breaks);
    return;
  }
  analysis.unknownBecause ??= { clause: "how often a loop turns is not known" };
  exitTo(state, breaks);
  resume(state, breaks);
  state.now = { min: end.now.min, max: Number.POSITIVE_INFINITY };
  state.lastJob = undefined;
  writtenUnknown(state);
}
