/** Simple commands (POSIX 2.9.1): expand, assign, redirect, run. */
import type { Invocation, Scope } from "../analysis.ts";
import type { Assignment, Command, Word } from "../ast.ts";
import { isSpecial } from "../builtins/builtin.ts";
import { builtinNamed } from "../builtins/registry.ts";
import { exitTo, join, joinPoint, mayExitTo, resume } from "../domain/join.ts";
import { fork, type State } from "../domain/state.ts";
import type { Field, Value } from "../domain/value.ts";
import { endLocals } from "../domain/variables.ts";
import { giveUp } from "../effects.ts";
import { assignTo } from "../expand/assignment.ts";
import { fieldsOf } from "../expand/words.ts";
import { compound } from "./compound.ts";
import { external } from "./external.ts";
import { openAll, redirected } from "./redirect.ts";

/** Commands that accept assignments as arguments. */
const DECLARES = /^(export|local)$/;

/** The maximum depth of function calls. Functions may call each other without end, and real hooks need less. */
const DEEPEST_CALLS = 40;

const NAME_UNKNOWN = "runs a command with an unknown name";

export function simpleCommand(state: State, scope: Scope, node: Command): void {
  const capturesBefore = scope.analysis.captures;
  const words = [node.name, ...node.args].filter((word): word is Word => word?.type === "Word");
  const fields = fieldsOf(state, scope, words);
  if (state.unreachable) return;
  const assignments = node.prefix.filter((piece): piece is Assignment => piece.type === "Assignment");
  const [name] = fields;
  if (fields.length === 0) {
    for (const assignment of assignments) assignTo(state, scope, assignment);
    if (scope.analysis.captures === capturesBefore) state.status = 0;
    redirected(state, scope, node.redirects, { body: () => {} });
    return;
  }
  if (typeof name !== "string") {
    unknownName(state, scope, node);
    return;
  }
  const declares = DECLARES.test(name) && !state.functions.has(name);
  if (node.args.some((arg) => arg.type === "Assignment") && !declares) {
    giveUp(state, scope, node, "is called with assignments that are not analysed");
    return;
  }
  if (name === "exec") {
    exportAll(state, scope, assignments);
    exec(state, scope, { node, fields: fields.slice(1) });
    return;
  }
  withAssignments(state, scope, { node, fields }, assignments);
}

function exportAll(state: State, scope: Scope, assignments: readonly Assignment[]): void {
  for (const assignment of assignments) assignTo(state, scope, assignment);
  // In `SECONDS=5 CMD`, the variable SECONDS does not count the time.
  if (assignments.some(({ name }) => name === "SECONDS")) state.vars.set("SECONDS", undefined);
  if (assignments.length > 0)
    state.exported = new Set([...state.exported, ...assignments.map(({ name }) => name)]);
}

function withAssignments(
  state: State,
  scope: Scope,
  command: Invocation,
  assignments: readonly Assignment[],
): void {
  const name = command.fields[0] as string;
  const { dialect, evaluator } = scope.analysis;
  const saved = assignments.map((each): Saved => {
    const { vars } = state;
    return { name: each.name, value: vars.get(each.name), had: vars.has(each.name) };
  });
  const exportedBefore = state.exported;
  exportAll(state, scope, assignments);
  if (assignments.length > 0 && state.options.semanticsUnknown) {
    giveUp(state, scope, command.node, "runs after a variable that may change commands was set");
    return;
  }
  redirected(state, scope, command.node.redirects, {
    body: (path) => evaluator.invoke(path, scope, command),
    // If a redirection of a special builtin fails, dash and bash in POSIX mode end; bash in its own mode continues.
    failed: (path) => {
      if (isSpecial(name) && dialect === "any") mayExitTo(path, scope.ends);
    },
  });
  if (assignments.length > 0) state.exported = exportedBefore;
  restore(state, dialect === "any" && (isSpecial(name) || state.functions.has(name)), saved);
}

interface Saved {
  readonly name: string;
  readonly value: Value;
  readonly had: boolean;
}

/**
 * An assignment before a command lasts as long as the command. Before special builtins and functions, the shells differ
 * in how long the assignment lasts.
 */
function restore({ vars }: State, mayStay: boolean, saved: readonly Saved[]): void {
  for (const { name, value, had } of saved) {
    if (mayStay) vars.set(name, undefined);
    else if (had) vars.set(name, value);
    else vars.delete(name);
  }
}

/** Functions take precedence over builtins, and builtins over programs. */
export function invoke(state: State, scope: Scope, command: Invocation, skipFunctions = false): void {
  const { node, fields } = command;
  const name = fields[0] as string;
  if (!skipFunctions && state.functions.has(name)) {
    call(state, scope, command);
    return;
  }
  const builtin = builtinNamed(name);
  if (builtin === undefined) external(state, scope, command);
  else builtin({ state, scope, args: fields.slice(1), node, name });
}

function call(state: State, scope: Scope, { node, fields }: Invocation): void {
  const target = state.functions.get(fields[0] as string);
  if (target === undefined || target.body.type === "CompoundList") {
    giveUp(state, scope, node, "calls a function whose body is uncertain");
    return;
  }
  if (scope.calls >= DEEPEST_CALLS) {
    giveUp(state, scope, node, "calls itself too often");
    return;
  }
  const { args } = state;
  const returns = joinPoint();
  const calls = scope.calls + 1;
  state.args = fields.slice(1);
  const loopOutside = scope.loopOutside || scope.loops.length > 0;
  compound(state, { ...scope, returns, calls, loops: [], loopOutside }, target.body);
  resume(state, returns);
  state.args = args;
  endLocals(state, calls);
}

/** An unknown name can be any command, even `exit` or `eval`; a name that is certainly a path is a program. */
function unknownName(state: State, scope: Scope, node: Command): void {
  const text = node.name?.text ?? "";
  const isPath = /^"[^"]*"/.exec(text)?.[0].includes("/") === true && !/\/[^/]*[$`]/.test(text);
  if (!isPath) {
    giveUp(state, scope, node, NAME_UNKNOWN);
    return;
  }
  const program = text.replace(/^.*\//, "").replaceAll('"', "");
  redirected(state, scope, node.redirects, {
    body: (path) => external(path, scope, { node, fields: [`/${program}`, undefined] }),
  });
}

function exec(state: State, scope: Scope, command: Invocation): void {
  if (state.unreachable) return;
  const { outputs, input } = state;
  const opens = openAll(state, scope, command.node.redirects);
  if (state.unreachable) return;
  const failing: State = { ...fork(state), outputs, input, status: "failure", unreachable: opens === true };
  state.unreachable = opens === false;
  replaceShell(state, scope, command);
  // If a redirection of `exec` fails, bash continues without the redirection; other shells, and bash in POSIX mode,
  // end.
  if (scope.analysis.dialect === "bash") join(state, failing);
  else mayExitTo(failing, scope.ends);
}

/** The program replaces the shell. `exec` without a program runs nothing, and keeps its redirections open. */
function replaceShell(state: State, scope: Scope, command: Invocation): void {
  if (state.unreachable) return;
  state.status = 0;
  const [name]: readonly Field[] = command.fields;
  if (command.fields.length === 0) return;
  if (typeof name !== "string" || name.startsWith("-")) {
    giveUp(state, scope, command.node, NAME_UNKNOWN);
    return;
  }
  external(state, scope, command);
  // The replaced shell runs no trap.
  state.exitTrap = "";
  exitTo(state, scope.ends);
}
