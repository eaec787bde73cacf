/** `while`, `until` and `for`: iteration after iteration, until a fixpoint. */
import { COMMAND } from "../../budget.ts";
import { ENDLESS, plus } from "../../interval.ts";
import { charged, type Loop, type Scope } from "../analysis.ts";
import type { For, Span, While } from "../ast.ts";
import { exitTo, isSteady, joinPoint, mayExitTo, resume, sameWritten } from "../domain/join.ts";
import { fork, type State, weightOf, writtenUnknown } from "../domain/state.ts";
import {
  isUnknownCount,
  type Maybe,
  not,
  UNKNOWN_COUNT,
  type Value,
  type Verdict,
  verdictOf,
} from "../domain/value.ts";
import { assign } from "../domain/variables.ts";
import { giveUp } from "../effects.ts";
import { fieldsOf } from "../expand/words.ts";
import { literalNumbers, multiplied } from "./counted-loop.ts";
import { courseOf } from "./course.ts";
import { followKnownRun } from "./known-loop.ts";
import { type Course, MOST_DOUBTFUL_TURNS, type Turns, turn } from "./turns.ts";

export function whileLoop(state: State, scope: Scope, node: While): void {
  const again = (path: State, inside: Scope): Verdict => {
    scope.analysis.evaluator.list(path, { ...inside, tested: true }, node.clause.commands);
    const ok = verdictOf(path.status);
    return node.kind === "while" ? ok : not(ok);
  };
  loop(state, scope, { node, again });
}

/** `for NAME in WORDS`; without `in`, the loop runs over the arguments. */
export function forLoop(state: State, scope: Scope, node: For): void {
  state.status = 0;
  const numbers = literalNumbers(state, scope, node.wordlist ?? []);
  if (numbers !== undefined && multiplied(state, scope, node, numbers)) return;
  const words = node.wordlist === undefined ? state.args : fieldsOf(state, scope, node.wordlist);
  const certain = words.filter((word) => !isUnknownCount(word)).length;
  const openEnded = certain < words.length;
  let turns = 0;
  const again = (path: State): Maybe => {
    const word = openEnded ? undefined : (words[turns] as Value);
    turns += 1;
    if (turns > certain && !openEnded) return false;
    assign(path, node.name.text, word);
    // If some words are not known, the loop makes one iteration for each known word, and then any number of iterations.
    return turns <= certain ? true : undefined;
  };
  state.status = 0;
  loop(state, scope, { node, again, steady: () => openEnded && turns > certain, isFinite: true });
}

function loop(state: State, scope: Scope, turns: Turns): void {
  const around: Loop = { breaks: joinPoint(), continues: joinPoint() };
  const inside = { ...scope, loops: [...scope.loops, around] };
  const course = (scope.analysis.reads === "bounds" ? follow : followKnownRun)(state, inside, turns, around);
  if (course === "repeats") repeatForEver(state, scope, around);
  else {
    state.unreachable = true;
    resume(state, around.breaks);
  }
}

function follow(state: State, scope: Scope, turns: Turns, around: Loop): Course {
  const { analysis } = scope;
  const { now, parts } = state;
  const start = { now, parts };
  const arrivals = arrivalsOutside(scope);
  let doubtful = 0;
  let count = 0;
  let bodyStatus: State["status"] = 0;
  while (charged(scope, COMMAND + weightOf(state))) {
    const before = fork(state);
    const readsBefore = analysis.timeReads;
    const again = turn(state, scope, turns, { around, bodyStatus });
    if (state.unreachable) return "ends";
    if (again !== true) doubtful += 1;
    count += 1;
    bodyStatus = state.status;
    const reads = analysis.timeReads - readsBefore;
    const mayLeave = around.breaks.state !== undefined || arrivalsOutside(scope) > arrivals;
    const begun = { around, start, before, reads, count, mayLeave };
    const isOver = doubtful > MOST_DOUBTFUL_TURNS;
    const course = courseOf(state, scope, turns, begun) ?? (isOver ? "widens" : undefined);
    if (course !== undefined) return closed(course, state, scope, { turns, before, around });
  }
  giveUp(state, scope, turns.node, "runs too often to be analysed");
  return "ends";
}

/** How many execution paths left the loop by `return` or `exit`. */
function arrivalsOutside({ ends, returns }: Scope): number {
  return ends.arrivals + (returns?.arrivals ?? 0);
}

interface LastTurn {
  readonly turns: Turns;
  readonly before: State;
  readonly around: Loop;
}

/** How a loop continues after the last iteration that is analysed. */
function closed(
  course: Course | "widens",
  state: State,
  scope: Scope,
  { turns, before, around: { breaks } }: LastTurn,
): Course {
  if (course === "widens") {
    forget(state, scope, turns.node);
    if (breaks.state === undefined) mayExitTo(state, breaks);
    return "repeats";
  }
  if (course === "ends" || turns.isFinite !== true || !takesNoTime(before, state)) return course;
  if (breaks.state !== undefined && !sameWritten(before, state)) writtenUnknown(breaks.state);
  return "ends";
}

/**
 * Whether an iteration takes no time and reaches a fixpoint. Further iterations then take no time, and find no new path
 * out of the loop.
 */
function takesNoTime(before: State, after: State): boolean {
  return before.now.min === after.now.min && before.now.max === after.now.max && isSteady(before, after);
}

/** Later iterations may change anything, and may end the shell at any time. */
function forget(state: State, scope: Scope, node: Span): void {
  giveUp(fork(state), scope, node, "runs an unknown number of times");
  state.vars.clear();
  state.allVarsUnknown = true;
  state.args = [UNKNOWN_COUNT];
  if (/\btrap\b/.test(scope.text.slice(node.pos, node.end))) state.exitTrap = undefined;
}

/**
 * If no iteration can leave the loop, the loop never ends. If an iteration may leave the loop, the loop ends with this
 * iteration or at any later time.
 */
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
  analysis.unknownBecause ??= { clause: "a loop runs an unknown number of times" };
  exitTo(state, breaks);
  resume(state, breaks);
  state.now = { min: end.now.min, max: Number.POSITIVE_INFINITY };
  state.lastJob = undefined;
  writtenUnknown(state);
}
