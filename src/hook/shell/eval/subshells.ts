/** Subshells of every kind: `( )`, members of a pipeline, background jobs, `$(...)`, `<(...)`. */
import { COMMAND } from "../../budget.ts";
import { between, type Interval, longer } from "../../interval.ts";
import { arrive, charged, loseTrack, meeting, note, type Place, type Run } from "../analysis.ts";
import { merge } from "../domain/join.ts";
import {
  fork,
  type Input,
  inputOf,
  type Job,
  NO_INPUT,
  type Output,
  type Shell,
  subshellOf,
  weightOf,
  withOrphans,
} from "../domain/state.ts";
import type { Maybe, Value } from "../domain/value.ts";
import type { ParsedScript, ProcessSubstitutionPart, Statement } from "../parse.ts";
import { outputsWith } from "./redirect.ts";

/** Runs `body` in a child and returns the child as it ends, its EXIT trap included. */
export function runChild(
  run: Run,
  child: Shell,
  at: Place,
  body: (child: Shell, inside: Place) => void,
  tested: Maybe,
): Shell {
  const ends = meeting();
  const inside: Place = {
    ...at,
    tested,
    ends,
    returns: at.returns === undefined ? undefined : ends,
    loops: [],
    loopOutside: at.loopOutside || at.loops.length > 0,
  };
  body(child, inside);
  arrive(child, ends);
  runExitTrap(run, child, at);
  return child;
}

/** `trap ... EXIT` runs when its shell ends. */
export function runExitTrap(run: Run, shell: Shell, at: Place): void {
  if (shell.over || shell.exitTrap === "") return;
  const text = shell.exitTrap;
  shell.exitTrap = "";
  const ends = meeting();
  const inside: Place = { ...at, tested: false, ends, returns: undefined, loops: [], loopOutside: false };
  const before = shell.status;
  if (text === undefined)
    loseTrack(run, shell, inside, 0, "trap", "runs a command at the end that is not known");
  else run.mind.evalText(run, shell, inside, text);
  if (!shell.over) shell.status = before;
  arrive(shell, ends);
}

/** A subshell in the foreground: what it read, wrote and left running stays, all else is gone with it. */
export function takeBack(shell: Shell, child: Shell): void {
  if (child.over) {
    shell.over = true;
    return;
  }
  shell.now = child.now;
  shell.status = child.status;
  shell.input = child.input;
  shell.written = child.written;
  shell.parts = child.parts;
  shell.orphans = withOrphans(withOrphans(shell.orphans, child.jobs), child.orphans);
}

/** `list &`: the shell goes on at once. */
export function startJob(run: Run, shell: Shell, at: Place, statement: Statement): void {
  const child = subshellOf(shell);
  child.input = NO_INPUT;
  child.background = true;
  const before = shell.outputs;
  const end = runChild(
    run,
    child,
    at,
    (inner, inside) => run.mind.list(run, inner, inside, [{ ...statement, background: undefined }]),
    testedInside(run, at),
  );
  const { command } = statement;
  const single =
    command.type === "Command" && command.name !== undefined && !shell.functions.has(command.name.text);
  const own = command.type === "Redirected" || single ? outputsWith(before, command.redirects) : before;
  const sure = single || !at.text.slice(statement.pos, statement.end).includes(">") ? [...own.values()] : [];
  run.jobCount += 1;
  addJob(shell, {
    id: run.jobCount,
    end: end.now,
    status: end.status,
    holds: sure,
    mayHold: single ? [...own.values()] : [...own.values(), ...before.values()],
    dies: mortality(command, single),
  });
  shell.orphans = withOrphans(withOrphans(shell.orphans, end.jobs), end.orphans);
  shell.lastJob = { pid: run.jobCount };
  shell.status = 0;
  shell.parts = end.parts;
  for (const [output, text] of end.written)
    if (shell.written.get(output) !== text) note(shell, output, undefined);
}

/** Programs may do anything about a signal, a subshell without traps does nothing; `$!` of a pipeline is its last member. */
function mortality(command: Statement["command"], single: boolean): Job["dies"] {
  if (command.type === "Command" && single)
    return /^(\S*\/)?sleep$/.test(command.name?.text ?? "") ? "all" : "perhaps";
  return command.type === "Pipeline" ? "perhaps" : "itself";
}

const MOST_JOBS = 50;

/** Many jobs become one that stands for all of them. */
function addJob(shell: Shell, job: Job): void {
  if (shell.jobs.length < MOST_JOBS) {
    shell.jobs = [...shell.jobs, job];
    return;
  }
  const last = shell.jobs.at(-1) as Job;
  const both: Job = {
    ...job,
    end: longer(last.end, job.end),
    status: undefined,
    mayHold: [...new Set([...last.mayHold, ...job.mayHold])],
    holds: [],
    dies: "perhaps",
  };
  shell.jobs = [...shell.jobs.slice(0, -1), both];
}

/** When a pipe has no writer left: all who hold it have ended. */
export function closedAt(output: Output, end: Interval, jobs: readonly Job[]): Interval {
  let { min, max } = end;
  for (const job of jobs) {
    if (job.holds.includes(output)) min = Math.max(min, job.end.min);
    if (job.mayHold.some((held) => held === output || held.kind === "unknown"))
      max = Math.max(max, job.end.max);
  }
  return between(min, max);
}

/** In substitutions dash keeps `set -e`, busybox ash does not, and bash only with `inherit_errexit` or in POSIX mode. */
function errexitInside(run: Run, shell: Shell): Maybe {
  const { errexit, inheritErrexit } = shell.options;
  if (errexit === false) return false;
  return run.dialect === "bash" ? (inheritErrexit === true ? errexit : inheritErrexit) : undefined;
}

/** Where a failure is being tested around it, bash also tests what runs apart (in `$(...)`, in the background), dash does not. */
function testedInside(run: Run, at: Place): Maybe {
  if (run.dialect === "bash") return at.tested;
  return at.tested === false ? false : undefined;
}

/** `$(...)`: the shell reads until nobody can write any more, and cuts the last newlines. */
export function capture(
  run: Run,
  shell: Shell,
  at: Place,
  script: ParsedScript,
  text: string,
  pos: number,
): Value {
  if (shell.over) return undefined;
  run.captures += 1;
  charged(run, COMMAND + weightOf(shell));
  const pipe: Output = { kind: "capture", fragile: false };
  const child = subshellOf(shell);
  child.outputs = new Map(shell.outputs).set(1, pipe);
  child.written = new Map(shell.written).set(pipe, "");
  child.options = { ...shell.options, errexit: errexitInside(run, shell) };
  const tested = testedInside(run, at);
  const place =
    script.source === undefined
      ? at
      : { ...at, text: script.source, origin: at.origin ?? { text, offset: pos } };
  const end = runChild(
    run,
    child,
    place,
    (inner, inside) => run.mind.list(run, inner, inside, script.commands),
    tested,
  );
  const written = end.written.get(pipe);
  const jobs = [...end.jobs, ...end.orphans];
  end.now = closedAt(pipe, end.now, jobs);
  end.written = without(end.written, pipe);
  takeBack(shell, end);
  return written === undefined ? undefined : withoutLastNewlines(written);
}

/** By hand: `/\n+$/` would try from each of many newlines in the middle. */
function withoutLastNewlines(text: string): string {
  let end = text.length;
  while (text[end - 1] === "\n") end -= 1;
  return text.slice(0, end);
}

function without(
  written: ReadonlyMap<Output, string | undefined>,
  output: Output,
): ReadonlyMap<Output, string | undefined> {
  const rest = new Map(written);
  rest.delete(output);
  return rest;
}

/** `<(...)` and `>(...)` (bash): runs beside the command; nobody waits for it but who reads it to the end. */
export function substituteProcess(run: Run, shell: Shell, at: Place, part: ProcessSubstitutionPart): Value {
  if (part.script === undefined) return undefined;
  const { commands } = part.script;
  charged(run, COMMAND + weightOf(shell));
  const pipe: Output = { kind: "capture", fragile: true };
  const child = subshellOf(shell);
  child.options = { ...shell.options, errexit: shell.options.errexit === false ? false : undefined };
  if (part.operator === "<") {
    child.outputs = new Map(shell.outputs).set(1, pipe);
    child.written = new Map(shell.written).set(pipe, "");
  } else child.input = { ...inputOf("pipe", undefined), delay: Number.POSITIVE_INFINITY };
  const end = runChild(
    run,
    child,
    at,
    (inner, inside) => run.mind.list(run, inner, inside, commands),
    testedInside(run, at),
  );
  run.jobCount += 1;
  const outputs = [...child.outputs.values()];
  const jobs = [...end.jobs, ...end.orphans];
  // What reads `>(...)` ends some time after its writer: no bound without knowing that one.
  const last: Interval =
    part.operator === "<" || !end.input.used ? end.now : { min: end.now.min, max: Number.POSITIVE_INFINITY };
  shell.orphans = withOrphans(shell.orphans, [
    ...jobs,
    { id: run.jobCount, end: last, status: end.status, holds: [], mayHold: outputs, dies: "perhaps" },
  ]);
  run.substitutions.set(run.jobCount, {
    text: end.written.get(pipe),
    closed: closedAt(pipe, end.now, jobs),
    start: shell.now,
  });
  shell.parts = end.parts;
  return { pid: run.jobCount };
}

/** What stands between a pipe's writers and whoever reads it, seen from when both start. */
export function pipeInput(text: string | undefined, start: Interval, closed: Interval): Input {
  const delay = closed.max === Number.POSITIVE_INFINITY ? closed.max : Math.max(0, closed.max - start.max);
  return { kind: "pipe", text, used: false, ended: false, delay, closesAfter: closed.min };
}

/** Either of two ways: `yes` is taken by one copy, `no` by the other, and they meet again. */
export function bothWays(shell: Shell, yes: (shell: Shell) => void, no: (shell: Shell) => void): void {
  const other = fork(shell);
  yes(shell);
  no(other);
  merge(shell, other);
}
