/** Lists, and-or lists and pipelines (POSIX 2.9.2, 2.9.3). */
import { COMMAND } from "../../budget.ts";
import { type Interval, longer } from "../../interval.ts";
import { charged, type Scope } from "../analysis.ts";
import type { AndOr, Pipeline, Statement } from "../ast.ts";
import { assume, branch } from "../domain/join.ts";
import {
  closedAt,
  type Input,
  type Job,
  type Output,
  pipeInput,
  type State,
  subshellOf,
  weightOf,
  withDetached,
} from "../domain/state.ts";
import { eitherStatus, not, type Status, statusOf, succeeded, verdictOf } from "../domain/value.ts";
import { giveUp } from "../effects.ts";
import { compound } from "./compound.ts";
import { failureEnds } from "./errexit.ts";
import { simpleCommand } from "./simple.ts";
import { runChild, startJob } from "./subshells.ts";

type Member = Pipeline["commands"][number];

/** Runs the statements in order, until a statement is not reachable. */
export function list(state: State, scope: Scope, statements: readonly Statement[]): void {
  for (const statement of statements) {
    if (state.unreachable) return;
    if (!charged(scope, COMMAND + weightOf(state)))
      giveUp(state, scope, statement, "runs too often to be analysed");
    else if (state.options.semanticsUnknown && scope.analysis.reads === "bounds")
      giveUp(state, scope, statement, "runs after a variable that may change commands was set");
    else if (statement.background) startJob(state, scope, statement);
    else anyCommand(state, scope, statement.command);
  }
}

function anyCommand(state: State, scope: Scope, node: Statement["command"]): void {
  if (node.type === "AndOr") andOr(state, scope, node);
  else if (node.type === "Pipeline") pipeline(state, scope, node);
  else member(state, scope, node);
}

function member(state: State, scope: Scope, node: Member): void {
  if (node.type === "Command") {
    simpleCommand(state, scope, node);
    failureEnds(state, scope);
  } else compound(state, scope, node);
}

function andOr(state: State, scope: Scope, node: AndOr): void {
  const tested: Scope = { ...scope, tested: true };
  const last = node.commands.length - 1;
  for (const [i, command] of node.commands.entries()) {
    if (state.unreachable) return;
    const operator = node.operators[i - 1];
    const known = succeeded(state.status);
    const runIt = (path: State): void => anyCommand(path, i === last ? scope : tested, command);
    if (operator === undefined || known === (operator === "&&")) runIt(state);
    else if (known === undefined) {
      const runsIf = operator === "&&";
      branch(
        state,
        (path) => {
          take(path, runsIf);
          runIt(path);
        },
        (path) => take(path, !runsIf),
      );
    }
  }
}

/** Restricts an execution path to the case that the last command succeeded, or failed. */
function take(path: State, ok: boolean): void {
  assume(path, path.status, ok);
  path.status = ok ? 0 : "failure";
}

function pipeline(state: State, scope: Scope, node: Pipeline): void {
  const negations = node.prefixes.filter((prefix) => prefix.type === "Negation").length;
  const place: Scope = negations > 0 ? { ...scope, tested: true } : scope;
  const [only, ...more] = node.commands;
  if (only !== undefined && more.length === 0) member(state, place, only);
  else {
    members(state, place, node);
    failureEnds(state, place);
  }
  if (negations % 2 === 1 && !state.unreachable) state.status = statusOf(not(verdictOf(state.status)));
}

/** All members of a pipeline run in parallel, each in a subshell. All three shells wait for every member. */
function members(state: State, scope: Scope, node: Pipeline): void {
  const start = state.now;
  let input: Input = state.input;
  let end: Interval = start;
  const statuses: Status[] = [];
  const left: Job[] = [];
  let { parts, written } = state;
  for (const [i, command] of node.commands.entries()) {
    // Subtracts the cost of one member of the pipeline. If the budget is used up, the commands in the member are not
    // analysed.
    charged(scope, COMMAND + weightOf(state));
    const child: State = { ...subshellOf(state), input, written, parts, now: start };
    const isLast = i === node.commands.length - 1;
    const pipe = isLast ? undefined : openPipe(child, node.operators[i] === "|&");
    runChild(child, scope, {
      tested: scope.tested,
      body: (inner, inside) => member(inner, inside, command),
    });
    const jobs = [...child.jobs, ...child.detached];
    left.push(...jobs);
    end = longer(end, child.now);
    statuses.push(child.status);
    ({ parts } = child);
    if (pipe !== undefined)
      input = pipeInput(child.written.get(pipe), start, closedAt(pipe, child.now, jobs));
    written = new Map([...state.written.keys()].map((output) => [output, child.written.get(output)]));
  }
  state.now = end;
  state.status = statusOfAll(state, statuses);
  state.detached = withDetached(state.detached, left);
  state.parts = parts;
  state.written = written;
}

/** The reader of a pipe may end before the writer, so SIGPIPE may end the writer. */
function openPipe(child: State, errorsToo: boolean): Output {
  const pipe: Output = { kind: "capture", fragile: true };
  const outputs = new Map(child.outputs).set(1, pipe);
  if (errorsToo) outputs.set(2, pipe);
  child.outputs = outputs;
  child.written = new Map(child.written).set(pipe, errorsToo ? undefined : "");
  return pipe;
}

/** The status of the last member; with `pipefail`, the status of the last member that failed (bash(1) "Pipelines"). */
function statusOfAll({ options }: State, statuses: readonly Status[]): Status {
  const last = statuses.at(-1);
  if (options.pipefail === false || statuses.every((status) => succeeded(status) === true)) return last;
  const failed = statuses.findLast((status) => succeeded(status) !== true);
  const oneFailed = statuses.some((status) => succeeded(status) === false);
  const ofAll = oneFailed && succeeded(failed) === undefined ? "failure" : failed;
  return options.pipefail === true ? ofAll : eitherStatus(last, ofAll);
}
