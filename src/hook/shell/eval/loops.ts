/**
 * Loops. While the condition is known they are run turn by turn. Where it is not, each turn may be the last; as soon as
 * a turn leaves everything as it found it (all but the time), any number of turns is possible.
 */
import { COMMAND } from "../../budget.ts";
import { ENDLESS, plus } from "../../interval.ts";
import {
  arrive,
  charged,
  type Loop,
  leave,
  loseTrack,
  mayLeave,
  meeting,
  type Place,
  type Run,
} from "../analysis.ts";
import { sameButTime } from "../domain/join.ts";
import { fork, type Shell, weightOf } from "../domain/state.ts";
import { isSeveral, type Maybe, SEVERAL, succeeded, type Value } from "../domain/value.ts";
import { assign } from "../domain/variables.ts";
import { compute, truthOf } from "../expand/arithmetic.ts";
import { fieldsOf } from "../expand/words.ts";
import type { ArithmeticFor, CompoundList, For, While } from "../parse.ts";

/** Turns whose condition is not known: past this, the end is not known. */
const MOST_DOUBTFUL_TURNS = 400;

interface LoopRun {
  readonly run: Run;
  readonly shell: Shell;
  readonly at: Place;
  readonly offset: number;
  readonly text: string;
  /** What goes on behind the loop. */
  readonly behind: Loop["breaks"];
  /** Decides whether another turn comes, in the state before it. */
  readonly again: (shell: Shell, at: Place) => Maybe;
  readonly turn: (shell: Shell, at: Place) => void;
  /** What `for ((;;))` does after each turn. */
  readonly step?: (shell: Shell) => void;
  /** False while the loop itself still counts: then the same state does not mean the same future. */
  readonly steady?: () => boolean;
}

/** `while` and `until`. */
export function whileLoop(run: Run, shell: Shell, at: Place, node: While): void {
  const again = (way: Shell, place: Place): Maybe => {
    run.mind.list(run, way, { ...place, tested: true }, node.clause);
    const yes = succeeded(way.status);
    return yes === undefined ? undefined : yes === (node.kind === "while");
  };
  loop({
    run,
    shell,
    at,
    offset: node.pos,
    text: headOf(at, node),
    behind: meeting(),
    again,
    turn: bodyOf(run, node.body),
  });
}

/** `for ((...; ...; ...))`, which only bash has. */
export function arithmeticForLoop(run: Run, shell: Shell, at: Place, node: ArithmeticFor): void {
  if (node.initialize !== undefined && compute(run, shell, at, node.initialize).mayFail) {
    loseTrack(run, shell, at, node.pos, "for ((", "starts from something that is not known");
    return;
  }
  const again = (way: Shell): Maybe =>
    node.test === undefined ? true : truthOf(compute(run, way, at, node.test).value);
  const step = (way: Shell): void => {
    if (node.update !== undefined) compute(run, way, at, node.update);
  };
  loop({
    run,
    shell,
    at,
    offset: node.pos,
    text: headOf(at, node),
    behind: meeting(),
    again,
    turn: bodyOf(run, node.body),
    step,
  });
}

/** `for name in words`; without `in`, over the arguments. */
export function forLoop(run: Run, shell: Shell, at: Place, node: For): void {
  const words = node.wordlist === undefined ? shell.args : fieldsOf(run, shell, at, node.wordlist);
  const certain = words.filter((word) => !isSeveral(word));
  const openEnded = certain.length < words.length;
  let turns = 0;
  const again = (way: Shell): Maybe => {
    const word = openEnded ? undefined : (words[turns] as Value);
    turns += 1;
    if (turns > certain.length && !openEnded) return false;
    assign(way, node.name.text, word);
    // Where some words are not known: at least one turn for each that is certain, and any number after those.
    return turns <= certain.length ? true : undefined;
  };
  const steady = (): boolean => openEnded && turns > certain.length;
  shell.status = 0;
  loop({
    run,
    shell,
    at,
    offset: node.pos,
    text: headOf(at, node),
    behind: meeting(),
    again,
    turn: bodyOf(run, node.body),
    steady,
  });
}

function bodyOf(run: Run, body: CompoundList): LoopRun["turn"] {
  return (shell, at) => run.mind.list(run, shell, at, body);
}

function headOf(at: Place, node: { pos: number; end: number }): string {
  return at.text.slice(node.pos, node.end);
}

function loop(of: LoopRun): void {
  const { run, shell, at } = of;
  const around: Loop = { breaks: of.behind, continues: meeting() };
  const inside: Place = { ...at, loops: [...at.loops, around] };
  let doubtful = 0;
  let bodyStatus: Shell["status"] = 0;
  for (;;) {
    if (!charged(run, COMMAND + weightOf(shell))) {
      loseTrack(run, shell, at, of.offset, of.text, "runs too often to be followed");
      break;
    }
    const before = fork(shell);
    const readsBefore = run.timeReads;
    const again = of.again(shell, inside);
    if (shell.over) break;
    if (again !== true) {
      const done = fork(shell);
      done.status = bodyStatus;
      mayLeave(done, around.breaks);
      if (again === false) break;
      doubtful += 1;
    }
    of.turn(shell, inside);
    arrive(shell, around.continues);
    around.continues.shell = undefined;
    if (shell.over) break;
    bodyStatus = shell.status;
    of.step?.(shell);
    const steady = (of.steady?.() ?? true) && run.timeReads === readsBefore;
    if (steady && sameButTime(before, shell)) {
      forEver(of, around);
      return;
    }
    if (doubtful > MOST_DOUBTFUL_TURNS) {
      forget(of, shell);
      forEver(of, around);
      return;
    }
  }
  shell.over = true;
  arrive(shell, around.breaks);
}

/** Later turns may leave anything behind, and may end the shell at any time. */
function forget(of: LoopRun, shell: Shell): void {
  const lost = fork(shell);
  loseTrack(of.run, lost, of.at, of.offset, of.text, "turns an unknown number of times");
  shell.vars.clear();
  shell.forgotten = true;
  shell.args = [SEVERAL];
  if (/\btrap\b/.test(of.text)) shell.exitTrap = undefined;
}

/**
 * The turns go on without anything changing. Where no turn can leave, the loop never ends; where one may, it ends at
 * any time after the first that may.
 */
function forEver(of: LoopRun, around: Loop): void {
  const { run, shell, at } = of;
  const end = around.breaks.shell;
  if (end === undefined) {
    run.unknownBecause ??= { clause: "an endless loop never ends" };
    shell.now = plus(shell.now, ENDLESS);
    leave(shell, at.ends);
    return;
  }
  run.unknownBecause ??= { clause: "how often a loop turns is not known" };
  mayLeave(shell, around.breaks);
  shell.over = true;
  arrive(shell, around.breaks);
  shell.now = { min: end.now.min, max: Number.POSITIVE_INFINITY };
  shell.lastJob = undefined;
  shell.written = new Map([...shell.written.keys()].map((output) => [output, undefined]));
}
