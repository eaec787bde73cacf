/** Lists, and-or lists and pipelines (POSIX 2.9.2, 2.9.3). */
import { COMMAND } from "../../budget.ts";
import { type Interval, longer } from "../../interval.ts";
import { charged, leave, loseTrack, mayLeave, type Place, type Run } from "../analysis.ts";
import {
  fork,
  type Input,
  type Job,
  type Output,
  type Shell,
  subshellOf,
  weightOf,
  withOrphans,
} from "../domain/state.ts";
import { eitherStatus, type Status, succeeded } from "../domain/value.ts";
import type { AndOr, CompoundList, Pipeline, Statement } from "../parse.ts";
import { compound } from "./compound.ts";
import { fragilePipes } from "./pipe-readers.ts";
import { simpleCommand } from "./simple.ts";
import { bothWays, closedAt, pipeInput, runChild, startJob } from "./subshells.ts";

type Member = Pipeline["commands"][number];

/** One statement after the other, as long as a way leads on. */
export function list(run: Run, shell: Shell, at: Place, of: CompoundList | readonly Statement[]): void {
  const statements = "commands" in of ? of.commands : of;
  for (const statement of statements) {
    if (shell.over) return;
    if (!charged(run, COMMAND + weightOf(shell))) {
      loseTrack(
        run,
        shell,
        at,
        statement.pos,
        at.text.slice(statement.pos, statement.end),
        "runs too often to be followed",
      );
    } else if (shell.options.strange) {
      const text = at.text.slice(statement.pos, statement.end);
      loseTrack(run, shell, at, statement.pos, text, "runs where commands may mean something else");
    } else if (statement.background) startJob(run, shell, at, statement);
    else anyCommand(run, shell, at, statement.command);
  }
}

function anyCommand(run: Run, shell: Shell, at: Place, node: Statement["command"]): void {
  switch (node.type) {
    case "AndOr":
      andOr(run, shell, at, node);
      return;
    case "Pipeline":
      pipeline(run, shell, at, node);
      return;
    default:
      member(run, shell, at, node);
      return;
  }
}

function member(run: Run, shell: Shell, at: Place, node: Member): void {
  if (node.type === "Command") {
    simpleCommand(run, shell, at, node);
    failureEnds(shell, at);
  } else compound(run, shell, at, node);
}

/** `set -e`: a failure that nobody tests ends the shell. */
export function failureEnds(shell: Shell, at: Place): void {
  const { errexit } = shell.options;
  if (shell.over || errexit === false || at.tested === true || succeeded(shell.status) === true) return;
  const failed = fork(shell);
  failed.status = eitherStatus(shell.status === undefined ? "failure" : shell.status, "failure");
  if (errexit === true && at.tested === false && succeeded(shell.status) === false) {
    leave(shell, at.ends);
    return;
  }
  mayLeave(failed, at.ends);
  if (errexit === true && at.tested === false) shell.status = 0;
}

function andOr(run: Run, shell: Shell, at: Place, node: AndOr): void {
  const tested: Place = { ...at, tested: true };
  const last = node.commands.length - 1;
  for (const [i, command] of node.commands.entries()) {
    if (shell.over) return;
    const operator = node.operators[i - 1];
    const succeededSoFar = succeeded(shell.status);
    const runs = operator === undefined || (operator === "&&" ? succeededSoFar : negated(succeededSoFar));
    const runIt = (way: Shell): void => anyCommand(run, way, i === last ? at : tested, command);
    if (runs === true) runIt(shell);
    if (runs !== undefined) continue;
    const [ifRuns, ifNot]: [Status, Status] = operator === "&&" ? [0, "failure"] : ["failure", 0];
    bothWays(
      shell,
      (way) => {
        way.status = ifRuns;
        runIt(way);
      },
      (way) => {
        way.status = ifNot;
      },
    );
  }
}

function negated(maybe: boolean | undefined): boolean | undefined {
  return maybe === undefined ? undefined : !maybe;
}

function pipeline(run: Run, shell: Shell, at: Place, node: Pipeline): void {
  const negations = node.prefixes.filter((prefix) => prefix.type === "Negation").length;
  const timed = node.prefixes.length > negations;
  if (timed && run.dialect === "any" && !isOrdinary(shell, node)) {
    loseTrack(run, shell, at, node.pos, "time", "is a keyword in bash and a program elsewhere");
    return;
  }
  const place: Place = negations > 0 ? { ...at, tested: true } : at;
  const [only] = node.commands;
  if (node.commands.length === 1 && only !== undefined) member(run, shell, place, only);
  else {
    members(run, shell, place, node);
    failureEnds(shell, place);
  }
  if (negations % 2 === 1 && !shell.over) shell.status = invertedStatus(shell.status);
}

function invertedStatus(status: Status): Status {
  const ok = succeeded(status);
  return ok === undefined ? undefined : ok ? 1 : 0;
}

/** A program of its own, which `time` as a program could run too. */
function isOrdinary(shell: Shell, node: Pipeline): boolean {
  const [only] = node.commands;
  return (
    only?.type === "Command" &&
    node.commands.length === 1 &&
    only.name !== undefined &&
    only.prefix.length === 0 &&
    !shell.functions.has(only.name.text) &&
    /\/|^(sleep|timeout)$/.test(only.name.text)
  );
}

/** All members run at once, each in a subshell; the shell waits for every one of them (all three shells do). */
function members(run: Run, shell: Shell, at: Place, node: Pipeline): void {
  const start = shell.now;
  let input: Input = shell.input;
  let end: Interval = start;
  const statuses: Status[] = [];
  const left: Job[] = [];
  let written = shell.written;
  let { parts } = shell;
  const fragile = fragilePipes(shell, node.commands);
  node.commands.forEach((command, i) => {
    // Without budget left, the statements inside lose track; a program costs what any program costs.
    charged(run, COMMAND + weightOf(shell));
    const child: Shell = { ...subshellOf(shell), input, written, parts, now: start };
    const next = node.commands[i + 1];
    const pipe: Output | undefined = next && { kind: "capture", fragile: fragile[i] !== false };
    if (pipe !== undefined) openPipe(child, pipe, node.operators[i] === "|&");
    const done = runChild(run, child, at, (inner, inside) => member(run, inner, inside, command), at.tested);
    const jobs = [...done.jobs, ...done.orphans];
    left.push(...jobs);
    end = longer(end, done.now);
    statuses.push(done.status);
    ({ parts } = done);
    if (pipe !== undefined) input = pipeInput(done.written.get(pipe), start, closedAt(pipe, done.now, jobs));
    written = remaining(shell, done);
  });
  shell.now = end;
  shell.status = statusOfAll(shell, statuses);
  shell.orphans = withOrphans(shell.orphans, left);
  shell.parts = parts;
  shell.written = written;
}

function openPipe(child: Shell, pipe: Output, errorsToo: boolean): void {
  const outputs = new Map(child.outputs).set(1, pipe);
  if (errorsToo) outputs.set(2, pipe);
  child.outputs = outputs;
  child.written = new Map(child.written).set(pipe, errorsToo ? undefined : "");
}

function remaining(shell: Shell, done: Shell): Shell["written"] {
  return new Map([...shell.written.keys()].map((output) => [output, done.written.get(output)]));
}

/** The last member's, or with `pipefail` (bash(1) "Pipelines") the last that failed. */
function statusOfAll(shell: Shell, statuses: readonly Status[]): Status {
  const last = statuses.at(-1);
  if (shell.options.pipefail === false || statuses.every((status) => succeeded(status) === true)) return last;
  const failed = statuses.filter((status) => succeeded(status) !== true).at(-1);
  const ofAll =
    statuses.some((status) => succeeded(status) === false) && succeeded(failed) === undefined
      ? "failure"
      : failed;
  return shell.options.pipefail === true ? ofAll : eitherStatus(last, ofAll);
}
