/** The known run (`HookReading.known`) of a loop: the iterations that the author of the hook seems to intend. */
import { COMMAND } from "../../budget.ts";
import { charged, type Loop, type Scope } from "../analysis.ts";
import { type JoinPoint, mayExitTo } from "../domain/join.ts";
import { fork, type State, weightOf } from "../domain/state.ts";
import { courseOf } from "./course.ts";
import { type Course, decide, MOST_DOUBTFUL_TURNS, runBody, type Turns } from "./turns.ts";

/**
 * Runs all iterations of the loop, if their number is known. If the number of iterations is not known, the known run
 * makes at least one iteration. If an execution path may leave the loop in an iteration (`break`), the known run leaves
 * the loop at the next test of the condition.
 */
export function followKnownRun(state: State, scope: Scope, turns: Turns, around: Loop): Course {
  const { analysis } = scope;
  const exits = new Exits(scope, around);
  const start = { now: state.now, parts: state.parts };
  let bodyStatus: State["status"] = 0;
  for (let done = 0; exits.isOpen(done) && charged(scope, COMMAND + weightOf(state)); done++) {
    const before = fork(state);
    const { timeReads, givenUp } = analysis;
    const again = decide(state, scope, turns, { around, bodyStatus });
    if (state.unreachable) return "ends";
    if (done > 0) exits.leave({ ...fork(state), status: bodyStatus }, again === true);
    runBody(state, scope, turns.node, around);
    if (state.unreachable) return "ends";
    bodyStatus = state.status;
    exits.look(analysis.givenUp > givenUp);
    if (done === 0) continue;
    const reads = analysis.timeReads - timeReads;
    const mayLeave = exits.hasLeft();
    const course = courseOf(state, scope, turns, { around, start, before, reads, count: done, mayLeave });
    if (course !== undefined) return course === "ends" ? course : exits.close(state, "repeats");
  }
  return exits.close(state, "ends");
}

/**
 * The points to which execution paths may leave a loop: after the loop, after an outer loop or function, or the end of
 * the shell.
 */
class Exits {
  readonly #behind: JoinPoint;
  readonly #points: readonly JoinPoint[];
  readonly #arrivals: readonly number[];
  /** The point to which the first execution path left the loop. */
  #used: JoinPoint | undefined;
  /** The state at each of `#points` when the known run left the loop; undefined while the known run is in the loop. */
  #left: readonly (State | undefined)[] | undefined;

  constructor({ ends, returns, loops }: Scope, { breaks }: Loop) {
    const outer = loops.slice(0, -1).flatMap((loop) => [loop.breaks, loop.continues]);
    this.#behind = breaks;
    this.#points = [breaks, ...outer, ...(returns === undefined ? [] : [returns]), ends];
    this.#arrivals = this.#points.map(({ arrivals }) => arrivals);
  }

  /**
   * Whether the analysis runs another iteration. Even after the known run has left the loop, the number of iterations
   * may still become known.
   */
  isOpen(done: number): boolean {
    return this.#left === undefined || done <= MOST_DOUBTFUL_TURNS;
  }

  hasLeft(): boolean {
    return this.#left !== undefined;
  }

  /**
   * Records whether an execution path has left the loop. If the analysis gave up in the loop, a path may also lead to
   * the point after the loop.
   */
  look(isGivenUp: boolean): void {
    this.#used ??= isGivenUp
      ? this.#behind
      : this.#points.find(({ arrivals }, i) => arrivals > (this.#arrivals[i] as number));
  }

  /**
   * Lets the known run leave the loop at a test of the loop's condition. If the condition is certainly true, the known
   * run continues at the point to which the first path left the loop.
   */
  leave(state: State, isHeld: boolean): void {
    if (isHeld) {
      if (this.#used === undefined) return;
      mayExitTo(state, this.#used);
    }
    this.#left ??= this.#points.map((point) => point.state && fork(point.state));
  }

  /**
   * If the known run has left the loop, the execution paths that left the loop later are dropped. If the analysis gave
   * up the loop, the known run continues after the loop.
   */
  close(state: State, course: Course): Course {
    if (this.#left !== undefined)
      for (const [i, point] of this.#points.entries()) point.state = this.#left[i];
    else if (course === "repeats") return course;
    else mayExitTo(state, this.#behind);
    return "ends";
  }
}
