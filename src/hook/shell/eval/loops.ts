/** `while`, `until` and `for`: turn after turn, until nothing changes any more. */
import { COMMAND } from "../../budget.ts";
import {
  atMost,
  ENDLESS,
  type Interval,
  isKnown,
  isPoint,
  minus,
  NO_TIME,
  plus,
  times,
} from "../../interval.ts";
import { type Analysis, charged, type Loop, type Scope } from "../analysis.ts";
import type { For, Span, While, Word } from "../ast.ts";
import {
  exitTo,
  isSteady,
  type JoinPoint,
  join,
  joinPoint,
  mayExitTo,
  resume,
  sameWritten,
} from "../domain/join.ts";
import { fork, type State, weightOf, writtenUnknown } from "../domain/state.ts";
import {
  isUnknownCount,
  type Maybe,
  not,
  type Range,
  UNKNOWN_COUNT,
  type Value,
  type Verdict,
  verdictOf,
} from "../domain/value.ts";
import { assign } from "../domain/variables.ts";
import { addPart, again, giveUp } from "../effects.ts";
import { braceRange } from "../expand/braces.ts";
import { DEFAULT_SEPARATORS, separatorsOf } from "../expand/separators.ts";
import { fieldsOf } from "../expand/words.ts";
import { followKnownRun } from "./known-loop.ts";
import { type Course, MOST_DOUBTFUL_TURNS, repeats, runBody, type Turns, turn } from "./turns.ts";

/** So many turns are followed one by one, each with its own value of the variable and its own moment. */
const MOST_SINGLE_TURNS = 60;

export function whileLoop(state: State, scope: Scope, node: While): void {
  const again = (path: State, inside: Scope): Verdict => {
    scope.analysis.evaluator.list(path, { ...inside, tested: true }, node.clause.commands);
    const ok = verdictOf(path.status);
    return node.kind === "while" ? ok : not(ok);
  };
  loop(state, scope, { node, again });
}

/** `for name in words`; without `in`, over the arguments. */
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
    // Where some words are not known: at least one turn for each that is certain, and any number after those.
    return turns <= certain ? true : undefined;
  };
  state.status = 0;
  loop(state, scope, { node, again, steady: () => openEnded && turns > certain });
}

/** More numbers than are run one by one, written down as `{1..5000}` or `$(seq 5000)`. */
function literalNumbers(state: State, scope: Scope, [word, ...more]: readonly Word[]): Range | undefined {
  if (word === undefined || more.length > 0) return undefined;
  const range = scope.analysis.dialect === "bash" ? braceRange(word) : undefined;
  const numbers = range ?? seqRange(state, scope, word);
  return numbers !== undefined && numbers.high - numbers.low >= MOST_SINGLE_TURNS ? numbers : undefined;
}

/** seq(1), GNU coreutils 9.5; busybox 1.36: from 1, or from the first number, in steps of 1. */
const SEQ = /^(?:\$\(|`)\s*seq\s+(?:(0|[1-9]\d{0,8})\s+)?([1-9]\d{0,8})\s*(?:\)|`)$/;

function seqRange(state: State, scope: Scope, { text }: Word): Range | undefined {
  const [, first = "1", last] = SEQ.exec(text) ?? [];
  const isSeq = !state.functions.has("seq") && !state.options.pathDoubtful;
  if (last === undefined || !isSeq || separatorsOf(state, scope) !== DEFAULT_SEPARATORS) return undefined;
  scope.analysis.hook.assumptions.add("programs-as-documented");
  return { low: Number(first), high: Number(last) };
}

/**
 * Runs two turns for the whole range of numbers. If the second changed nothing but the time, each of the others takes as
 * long as it did. False if it changed more.
 */
function multiplied(state: State, scope: Scope, node: For, numbers: Range): boolean {
  const { analysis } = scope;
  const breaks = joinPoint();
  const { inside, around, exits } = apart(scope, breaks);
  const after = fork(state);
  let before = after;
  let memory = "";
  for (let turns = 0; turns < 2 && !after.unreachable; turns++) {
    if (!charged(scope, COMMAND + weightOf(state))) return false;
    before = fork(after);
    memory = memoryOf(analysis);
    assign(after, node.name.text, numbers);
    runBody(after, inside, node, around);
  }
  if (!after.unreachable && (memory !== memoryOf(analysis) || !isSteady(before, after))) return false;
  const more = after.unreachable ? 0 : numbers.high - numbers.low - 1;
  for (const { own, to } of exits) {
    if (own.state === undefined) continue;
    repeat(own.state, { before, after, more, surely: false });
    mayExitTo(own.state, to);
  }
  repeat(after, { before, after: fork(after), more, surely: true });
  Object.assign(state, after);
  resume(state, breaks);
  return true;
}

/** What the analysis remembers beside the state: a turn that changed it may not be like the next one. */
function memoryOf({ timeReads, handlesSignals, ignoresSignals, hook }: Analysis): string {
  return [timeReads, handlesSignals, ignoresSignals, hook.pipesMayBe].join();
}

interface Repetition {
  readonly before: State;
  readonly after: State;
  /** How many more turns are like the one between `before` and `after`, or at most. */
  readonly more: number;
  readonly surely: boolean;
}

function repeat(state: State, { before, after, more, surely }: Repetition): void {
  const rest = (to: Interval, from: Interval): Interval => {
    const all = times(minus(to, from), more);
    return surely ? all : atMost(all);
  };
  if (more === 0) return;
  state.now = plus(state.now, rest(after.now, before.now));
  const parts = new Map(state.parts);
  for (const [at, part] of state.parts) {
    const to = after.parts.get(at);
    const from = before.parts.get(at);
    if (to !== undefined && to !== from)
      parts.set(at, again(part, rest(to.seconds, from?.seconds ?? NO_TIME)));
  }
  state.parts = parts;
  if (!sameWritten(before, after)) writtenUnknown(state);
}

/** A place for turns that are tried: what leaves them waits at `own` and has not arrived yet. */
interface Apart {
  readonly inside: Scope;
  readonly around: Loop;
  readonly exits: readonly { readonly own: JoinPoint; readonly to: JoinPoint }[];
}

function apart(scope: Scope, breaks: JoinPoint): Apart {
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
    if (repeats(turns, reads, before, state)) return "repeats";
    if (reads > 0 && isTimeToLook(count, state) && endsByClock(state, scope, turns, { around, start }))
      return "ends";
    if (doubtful > MOST_DOUBTFUL_TURNS) {
      forget(state, scope, turns.node);
      return "repeats";
    }
  }
  giveUp(state, scope, turns.node, "runs too often to be followed");
  return "ends";
}

/** Turns of a known length are followed for a while: they tell more. */
function isTimeToLook(count: number, { now }: State): boolean {
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
function endsByClock(state: State, scope: Scope, turns: Turns, { around, start }: Begun): boolean {
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
