/** Counters that a loop changes and prints, but does not use otherwise. */
import { charged, type Scope } from "../analysis.ts";
import type { CompoundList, Span, Statement, SyntaxNode } from "../ast.ts";
import type { State } from "../domain/state.ts";

const LETTERS_A_UNIT = 4;

/**
 * True if the script changes these variables by constant steps, prints them with `echo` or `printf`, and does not use
 * them otherwise. No command of the script reads the printed text. The values of these variables then do not affect
 * which commands run.
 */
export function areOnlyTold(state: State, scope: Scope, loop: Loop, names: readonly string[]): boolean {
  const { text, analysis } = scope;
  if (state.functions.size > 0 || analysis.handlesSignals) return false;
  if (!charged(scope, text.length / LETTERS_A_UNIT)) return false;
  return names.every((name) => {
    const told: Span[] = [];
    for (const list of [loop.clause, loop.body]) collect(list?.commands ?? [], name, text, told);
    return !stands(name, without(text, told));
  });
}

function without(text: string, spans: readonly Span[]): string {
  const starts = [0, ...spans.map(({ end }) => end)];
  return starts.map((start, i) => text.slice(start, spans[i]?.pos)).join("");
}

/** Whether the text names the variable, except in an assignment of a literal number. */
function stands(name: string, text: string): boolean {
  const begins = new RegExp(`\\b${name}=\\d*(?=[\\s;]|$)`, "g");
  return new RegExp(`\\b${name}\\b`).test(text.replace(begins, ""));
}

interface Loop {
  /** A `for` loop has no condition. */
  readonly clause?: CompoundList;
  readonly body: CompoundList;
}

/**
 * Collects commands that write to the output of the loop itself. Commands in a pipeline, a substitution or a subshell
 * are left out.
 */
function collect(statements: readonly Statement[], name: string, text: string, told: Span[]): void {
  for (const { command } of statements)
    for (const part of command.type === "AndOr" ? command.commands : [command]) look(part, name, text, told);
}

function look(node: SyntaxNode, name: string, text: string, told: Span[]): void {
  const inside = (list: CompoundList | undefined): void => {
    if (list !== undefined) collect(list.commands, name, text, told);
  };
  if (node.type === "If") {
    for (const list of [node.clause, node.then]) inside(list);
    for (const { clause, then } of node.elif) for (const list of [clause, then]) inside(list);
    inside(node.else);
  } else if (node.type === "Command" && isTelling(text.slice(node.pos, node.end), name)) told.push(node);
}

/** Expansions that may fail for some values of the variable, such as a division. */
const MAY_FAIL = /\$\(\(|\$\[|\$\{\w*[^\w}]/;

function isTelling(command: string, name: string): boolean {
  const isOutput = /^(?:echo|printf)\s/.test(command) && !MAY_FAIL.test(command);
  return isOutput || new RegExp(`^${name}=\\$\\(\\(\\s*\\$?${name}\\s*[+-]\\s*\\d+\\s*\\)\\)$`).test(command);
}
