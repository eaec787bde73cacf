/** Subshells of every kind: `( )`, members of a pipeline, background jobs, `$(...)`. */
import { COMMAND } from "../../budget.ts";
import { longer } from "../../interval.ts";
import { charged, type Evaluator, type Scope } from "../analysis.ts";
import type { Statement } from "../ast.ts";
import { joinPoint, resume } from "../domain/join.ts";
import {
  closedAt,
  type Job,
  NO_INPUT,
  type Output,
  type State,
  subshellOf,
  weightOf,
  withDetached,
} from "../domain/state.ts";
import type { Maybe } from "../domain/value.ts";
import { clockAt } from "../domain/variables.ts";
import { giveUp, note } from "../effects.ts";
import { errexitInside, testedInside } from "./errexit.ts";
import { mayWaitToOpen, outputsWith } from "./redirect.ts";

/** The body of a child shell. For `tested`, see `Scope`. */
export interface Child {
  readonly tested: Maybe;
  readonly body: (child: State, inside: Scope) => void;
}

/** Runs a child shell to its end, with its EXIT trap. `child` is the state of the child, before and after the run. */
export function runChild(child: State, scope: Scope, { tested, body }: Child): void {
  const ends = joinPoint();
  const inside: Scope = {
    ...scope,
    tested,
    ends,
    returns: scope.returns === undefined ? undefined : ends,
    loops: [],
    loopOutside: scope.loopOutside || scope.loops.length > 0,
  };
  body(child, inside);
  resume(child, ends);
  runExitTrap(child, scope);
}

/** Runs the EXIT trap of a shell that ends. */
function runExitTrap(state: State, scope: Scope): void {
  if (state.unreachable || state.exitTrap === "") return;
  const text = state.exitTrap;
  state.exitTrap = "";
  const ends = joinPoint();
  const inside: Scope = { ...scope, tested: false, ends, returns: undefined, loops: [], loopOutside: false };
  const before = state.status;
  if (text === undefined)
    giveUp(state, inside, { pos: 0, end: scope.text.length }, "runs an unknown trap at the end");
  else scope.analysis.evaluator.evalText(state, inside, text);
  if (!state.unreachable) state.status = before;
  resume(state, ends);
}

/**
 * Ends a subshell in the foreground. The parent takes over the child's input position, output and background processes,
 * and drops the rest of its state.
 */
export function takeBack(state: State, child: State): void {
  if (child.unreachable) {
    state.unreachable = true;
    return;
  }
  state.now = child.now;
  state.status = child.status;
  state.input = child.input;
  state.written = child.written;
  state.parts = child.parts;
  state.detached = withDetached(withDetached(state.detached, child.jobs), child.detached);
}

/** `list &`: the shell continues at once. */
export function startJob(state: State, scope: Scope, statement: Statement): void {
  const { analysis } = scope;
  const child = subshellOf(state);
  child.input = NO_INPUT;
  child.background = true;
  runChild(child, scope, {
    tested: testedInside(scope),
    body: (inner, inside) =>
      analysis.evaluator.list(inner, inside, [{ ...statement, background: undefined }]),
  });
  analysis.jobCount += 1;
  const id = analysis.jobCount;
  addJob(state, { id, end: child.now, status: child.status, ...holdingsOf(state, scope, statement) });
  state.detached = withDetached(withDetached(state.detached, child.jobs), child.detached);
  state.lastJob = { pid: id };
  state.status = 0;
  state.parts = child.parts;
  for (const [output, text] of child.written)
    if (state.written.get(output) !== text) note(state, output, undefined);
}

/** The outputs that a background job keeps open, and the effect of a terminating signal on the job. */
function holdingsOf(
  { outputs, functions }: State,
  scope: Scope,
  { command, pos, end }: Statement,
): Pick<Job, "holds" | "mayHold" | "dies"> {
  const single =
    command.type === "Command" && command.name !== undefined && !functions.has(command.name.text);
  const before = [...outputs.values()];
  // A child process keeps its redirections once the files are open. For a function, the shell saves the old descriptors
  // and restores them.
  const redirects = command.type === "Redirected" || single ? command.redirects : undefined;
  const own = [...outputsWith(outputs, redirects ?? []).values()];
  const isOwn = redirects !== undefined && !mayWaitToOpen(scope, redirects);
  return {
    holds: single || !scope.text.slice(pos, end).includes(">") ? own : [],
    mayHold: isOwn ? own : [...own, ...before],
    dies: mortality(command, single),
  };
}

/**
 * A program may handle a signal in any way; a subshell without traps handles no signal. `$!` of a pipeline is the
 * process of its last member.
 */
function mortality(command: Statement["command"], single: boolean): Job["dies"] {
  if (command.type === "Command" && single)
    return /^(\S*\/)?sleep$/.test(command.name?.text ?? "") ? "all" : "perhaps";
  return command.type === "Pipeline" ? "perhaps" : "itself";
}

/** The maximum number of background jobs; no hook starts so many. */
const MOST_JOBS = 50;

/** Adds a job. Beyond the limit of jobs, the last entry is a summary with the bounds of several jobs. */
function addJob(state: State, job: Job): void {
  const last = state.jobs.at(-1);
  if (state.jobs.length < MOST_JOBS || last === undefined) {
    state.jobs = [...state.jobs, job];
    return;
  }
  const both: Job = {
    ...job,
    end: longer(last.end, job.end),
    status: undefined,
    mayHold: [...new Set([...last.mayHold, ...job.mayHold])],
    holds: [],
    dies: "perhaps",
  };
  state.jobs = [...state.jobs.slice(0, -1), both];
}

/** `$(COMMANDS)`: the shell reads until the last writer has closed the pipe, and removes newlines at the end. */
export const capture: Evaluator["capture"] = (state, scope, part) => {
  const { script, text, pos } = part;
  if (state.unreachable || script === undefined) return undefined;
  scope.analysis.captures += 1;
  charged(scope, COMMAND + weightOf(state));
  const pipe: Output = { kind: "capture", fragile: false };
  const child = subshellOf(state);
  child.outputs = new Map(state.outputs).set(1, pipe);
  child.written = new Map(state.written).set(pipe, "");
  child.options = { ...state.options, errexit: errexitInside(state, scope) };
  const place =
    script.source === undefined
      ? scope
      : { ...scope, text: script.source, origin: scope.origin ?? { text, offset: pos } };
  runChild(child, place, {
    tested: testedInside(scope),
    body: (inner, inside) => scope.analysis.evaluator.list(inner, inside, script.commands),
  });
  const written = child.written.get(pipe);
  child.now = closedAt(pipe, child.now, [...child.jobs, ...child.detached]);
  const rest = new Map(child.written);
  rest.delete(pipe);
  child.written = rest;
  takeBack(state, child);
  if (written !== undefined) return withoutLastNewlines(written);
  const isClock = PRINTS_CLOCK.test(text) && !state.functions.has("date") && !state.options.pathDoubtful;
  return isClock && !state.unreachable ? clockAt(state, scope) : undefined;
};

/** `$(date +%s)` (date(1), GNU coreutils 9.5; busybox 1.36). */
const PRINTS_CLOCK = /^(\$\(|`)\s*date(\s+-u)?\s+["']?\+%s["']?\s*(\)|`)$/;

/** Uses no regular expression, because `/\n+$/` takes quadratic time for many newlines in the middle. */
function withoutLastNewlines(text: string): string {
  let end = text.length;
  while (text[end - 1] === "\n") end -= 1;
  return text.slice(0, end);
}
