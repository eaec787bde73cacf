import { arrive, charged, leave, loseTrack, mayLeave, meeting, type Place, type Run } from "../analysis.ts";
import { builtinNamed, isSpecial } from "../builtins/registry.ts";
import { fork, isPlain, type Shell, type Variable } from "../domain/state.ts";
import { type Field, isSeveral, joined, type Value } from "../domain/value.ts";
import { assign, lookup } from "../domain/variables.ts";
import { fieldsOf, wordValue } from "../expand/words.ts";
import type { Assignment, Command, Word } from "../parse.ts";
import { callFunction } from "./compound.ts";
import { external } from "./external.ts";
import { openAll, redirected } from "./redirect.ts";

/** Commands that take assignments as arguments. */
const DECLARES = /^(export|readonly|local|declare|typeset|let)$/;

/** A longer list is not followed; `a+=("${a[@]}")` would double it without end. */
const MOST_ELEMENTS = 2500;

/** Functions that call each other without end are no hook. */
const DEEPEST_CALLS = 40;

/** Expands, assigns, redirects and runs, in the order of POSIX 2.9.1. */
export function simpleCommand(run: Run, shell: Shell, at: Place, node: Command): void {
  const text = at.text.slice(node.pos, node.end);
  const capturesBefore = run.captures;
  const words = [node.name, ...node.args].filter((word): word is Word => word?.type === "Word");
  const fields = fieldsOf(run, shell, at, words);
  if (shell.over) return;
  const assignments = node.prefix.filter((piece): piece is Assignment => piece.type === "Assignment");
  const [name] = fields;
  if (name === undefined && fields.length === 0) {
    for (const assignment of assignments) assignTo(run, shell, at, assignment);
    if (run.captures === capturesBefore) shell.status = 0;
    redirected(run, shell, at, node.redirects, () => {});
    return;
  }
  if (typeof name !== "string") {
    unknownName(run, shell, at, node, text);
    return;
  }
  const declares = DECLARES.test(name) && !shell.functions.has(name);
  if (node.args.some((arg) => arg.type === "Assignment") && !declares) {
    loseTrack(run, shell, at, node.pos, text, "is called with assignments that are not followed");
    return;
  }
  if (name === "exec") {
    for (const assignment of assignments) assignTo(run, shell, at, assignment);
    if (assignments.length > 0)
      shell.exported = new Set([...shell.exported, ...assignments.map((each) => each.name)]);
    if (!shell.over) exec(run, shell, at, node, fields.slice(1), text);
    return;
  }
  const saved = assignments.map(
    (assignment) =>
      [assignment.name, shell.vars.get(assignment.name), shell.vars.has(assignment.name)] as const,
  );
  const exportedBefore = shell.exported;
  for (const assignment of assignments) assignTo(run, shell, at, assignment);
  if (assignments.length > 0)
    shell.exported = new Set([...shell.exported, ...assignments.map((each) => each.name)]);
  if (assignments.length > 0 && shell.options.strange) {
    loseTrack(run, shell, at, node.pos, text, "runs where commands may mean something else");
    return;
  }
  const command: Invocation = { node, fields, text };
  redirected(
    run,
    shell,
    at,
    node.redirects,
    (way) => invoke(run, way, at, command),
    // A special builtin whose redirection fails ends the shell in dash and in bash's POSIX mode, not in bash itself.
    (way) => {
      if (isSpecial(name) && run.dialect === "any") mayLeave(way, at.ends);
    },
  );
  if (assignments.length > 0) shell.exported = exportedBefore;
  restore(run, shell, name, saved);
}

/** A command line after expansion. */
export interface Invocation {
  readonly node: Command;
  readonly fields: readonly Field[];
  readonly text: string;
}

/** Assignments before a command last as long as the command; before special builtins and functions shells differ. */
function restore(
  run: Run,
  shell: Shell,
  name: string,
  saved: readonly (readonly [string, Variable, boolean])[],
): void {
  const unsure = run.dialect === "any" && (isSpecial(name) || shell.functions.has(name));
  for (const [variable, value, had] of saved) {
    if (unsure) shell.vars.set(variable, undefined);
    else if (had) shell.vars.set(variable, value);
    else shell.vars.delete(variable);
  }
}

/** Functions come before builtins, and these before programs. */
export function invoke(run: Run, shell: Shell, at: Place, command: Invocation, skipFunctions = false): void {
  const name = command.fields[0] as string;
  if (!skipFunctions && shell.functions.has(name)) {
    call(run, shell, at, command);
    return;
  }
  const builtin = builtinNamed(name, run.dialect);
  if (builtin !== undefined) {
    builtin({ run, shell, at, args: command.fields.slice(1), command });
    return;
  }
  external(run, shell, at, command);
}

function call(run: Run, shell: Shell, at: Place, command: Invocation): void {
  const { node, fields, text } = command;
  const target = shell.functions.get(fields[0] as string);
  if (target === undefined) {
    loseTrack(run, shell, at, node.pos, text, "calls a function that is not known for sure");
    return;
  }
  if (at.calls >= DEEPEST_CALLS) {
    loseTrack(run, shell, at, node.pos, text, "calls itself too often");
    return;
  }
  const { args } = shell;
  const returns = meeting();
  const calls = at.calls + 1;
  shell.args = fields.slice(1);
  callFunction(
    run,
    shell,
    { ...at, returns, calls, loops: [], loopOutside: at.loopOutside || at.loops.length > 0 },
    target,
  );
  arrive(shell, returns);
  shell.args = args;
  endLocals(shell, calls);
}

/** Under this key lies what a local variable hides until its function ends; no shell variable has a blank in its name. */
export function hiddenKey(calls: number, name: string): string {
  return `${calls} ${name}`;
}

function endLocals(shell: Shell, calls: number): void {
  for (const [key, value] of [...shell.vars]) {
    if (!key.startsWith(`${calls} `)) continue;
    shell.vars.delete(key);
    shell.vars.set(key.slice(key.indexOf(" ") + 1), value);
  }
}

/** `name=value`, with what bash adds: lists, elements and `+=`. */
export function assignTo(run: Run, shell: Shell, at: Place, assignment: Assignment): void {
  const { name, value } = assignment;
  if (value.type === "ArrayValue") {
    const fields = fieldsOf(run, shell, at, value.elements);
    const plain =
      fields.every((field) => !isSeveral(field)) &&
      value.elements.every((element) => !/^\[/.test(element.text));
    const before = assignment.append === true ? lookup(run, shell, name) : [];
    const list = plain && Array.isArray(before) ? [...before, ...(fields as Value[])] : undefined;
    charged(run, (list?.length ?? 0) / 64);
    assign(shell, name, list !== undefined && list.length <= MOST_ELEMENTS ? list : undefined);
    return;
  }
  const made = wordValue(run, shell, at, value);
  if (assignment.index !== undefined || /^\w+\[/.test(assignment.text)) {
    if (!/^\w+\[\d+\]/.test(assignment.text))
      loseTrack(run, shell, at, assignment.pos, assignment.text, "has an index that is computed");
    assignElement(run, shell, assignment, made);
    return;
  }
  if (assignment.append !== true) {
    assign(shell, name, made, value.text);
    return;
  }
  const before = lookup(run, shell, name);
  const start = isPlain(before) ? before : Array.isArray(before) ? undefined : "";
  assign(
    shell,
    name,
    typeof start === "string" && typeof made === "string" ? joined([start, made]) : undefined,
    value.text,
  );
}

function assignElement(run: Run, shell: Shell, assignment: Assignment, value: Value): void {
  const index = /^\w+\[(\d{1,3})\]/.exec(assignment.text)?.[1];
  const before = lookup(run, shell, assignment.name);
  const list = Array.isArray(before) ? (before as readonly Value[]) : undefined;
  const at = Number(index);
  charged(run, (list?.length ?? 0) / 64);
  if (list === undefined || index === undefined || at > list.length || assignment.append === true) {
    assign(shell, assignment.name, undefined);
  } else assign(shell, assignment.name, [...list.slice(0, at), value, ...list.slice(at + 1)]);
}

/** A name that is not known can be any command, `exit` and `eval` too, unless it is surely a path. */
function unknownName(run: Run, shell: Shell, at: Place, node: Command, text: string): void {
  const path =
    node.name !== undefined &&
    /^"[^"]*"/.exec(node.name.text)?.[0].includes("/") === true &&
    !/\/[^/]*[$`]/.test(node.name.text);
  if (!path) {
    loseTrack(run, shell, at, node.pos, text, "runs a command whose name is not known here");
    return;
  }
  const program = node.name.text.replace(/^.*\//, "").replaceAll('"', "");
  redirected(run, shell, at, node.redirects, (way) =>
    external(run, way, at, { node, fields: [`/${program}`], text }, false),
  );
}

function exec(
  run: Run,
  shell: Shell,
  at: Place,
  node: Command,
  fields: readonly Field[],
  text: string,
): void {
  const opens = openAll(run, shell, at, node.redirects);
  if (shell.over) return;
  // A redirection of `exec` that fails ends every shell that is not interactive.
  if (opens !== true) mayLeave({ ...fork(shell), status: "failure" }, at.ends);
  shell.status = 0;
  if (fields.length === 0) return;
  if (typeof fields[0] !== "string" || fields[0].startsWith("-")) {
    loseTrack(run, shell, at, node.pos, text, "runs a command whose name is not known here");
    return;
  }
  external(run, shell, at, { node, fields, text });
  // The program takes the place of the shell: no trap runs.
  shell.exitTrap = "";
  leave(shell, at.ends);
}
