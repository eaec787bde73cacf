/** A loop over too many numbers to run them one by one. */
import { COMMAND } from "../../budget.ts";
import { atMost, type Interval, minus, NO_TIME, plus, times } from "../../interval.ts";
import { charged, type Scope } from "../analysis.ts";
import type { For, Word } from "../ast.ts";
import { isSteady, joinPoint, mayExitTo, resume, sameWritten } from "../domain/join.ts";
import { fork, type State, weightOf, writtenUnknown } from "../domain/state.ts";
import type { Range } from "../domain/value.ts";
import { assign } from "../domain/variables.ts";
import { again } from "../effects.ts";
import { braceRange } from "../expand/braces.ts";
import { DEFAULT_SEPARATORS, separatorsOf } from "../expand/separators.ts";
import { apart, MOST_SINGLE_TURNS, memoryOf, runBody } from "./turns.ts";

/**
 * The range of a list such as `{1..5000}` or `$(seq 5000)`, if the list is too long to run the iterations one by one.
 */
export function literalNumbers(
  state: State,
  scope: Scope,
  [word, ...more]: readonly Word[],
): Range | undefined {
  if (word === undefined || more.length > 0) return undefined;
  const range = scope.analysis.dialect === "bash" ? braceRange(word) : undefined;
  const numbers = range ?? seqRange(state, scope, word);
  return numbers !== undefined && numbers.high - numbers.low >= MOST_SINGLE_TURNS ? numbers : undefined;
}

/** `seq LAST` and `seq FIRST LAST` count in steps of 1 (seq(1), GNU coreutils 9.5; busybox 1.36). */
const SEQ = /^(?:\$\(|`)\s*seq\s+(?:(0|[1-9]\d{0,5})\s+)?([1-9]\d{0,5})\s*(?:\)|`)$/;

function seqRange(state: State, scope: Scope, { text }: Word): Range | undefined {
  const [, first = "1", last] = SEQ.exec(text) ?? [];
  const isSeq = !state.functions.has("seq") && !state.options.pathDoubtful;
  if (last === undefined || !isSeq || separatorsOf(state, scope) !== DEFAULT_SEPARATORS) return undefined;
  scope.analysis.hook.assumptions.add("programs-as-documented");
  return { low: Number(first), high: Number(last) };
}

/**
 * Runs two iterations with the whole range of numbers. If the second iteration changed only the time, each further
 * iteration takes as long as the second iteration. Returns false if the second iteration changed anything other than
 * the time.
 */
export function multiplied(state: State, scope: Scope, node: For, numbers: Range): boolean {
  const { analysis } = scope;
  const breaks = joinPoint();
  const { inside, around, exits } = apart(scope, breaks);
  const after = fork(state);
  let before = after;
  let reads = 0;
  let memory = "";
  for (let turns = 0; turns < 2 && !after.unreachable; turns++) {
    if (!charged(scope, COMMAND + weightOf(state))) return false;
    before = fork(after);
    reads = analysis.timeReads;
    memory = memoryOf(analysis);
    assign(after, node.name.text, numbers);
    runBody(after, inside, node, around);
  }
  const isSame = reads === analysis.timeReads && memory === memoryOf(analysis) && isSteady(before, after);
  if (!after.unreachable && !isSame) return false;
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

interface Repetition {
  readonly before: State;
  readonly after: State;
  /**
   * The number of further iterations that are like the iteration from `before` to `after`. If `surely` is false, `more`
   * is the greatest possible number.
   */
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
