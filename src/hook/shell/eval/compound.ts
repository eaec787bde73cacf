/** Compound commands: groups, `if`, `case`, functions, `[[ ]]`, `(( ))`; the loops are in loops.ts. */
import { COMMAND } from "../../budget.ts";
import { charged, type Scope } from "../analysis.ts";
import type { Case, CompoundList, FunctionNode, If, Pipeline, Redirected, Word } from "../ast.ts";
import { isSpecial } from "../builtins/builtin.ts";
import { doubleBracket } from "../builtins/double-bracket.ts";
import { assume, branch, join } from "../domain/join.ts";
import { fork, type State, subshellOf, weightOf } from "../domain/state.ts";
import { type Maybe, statusOf, succeeded, type Value } from "../domain/value.ts";
import { giveUp } from "../effects.ts";
import { compute, truthOf } from "../expand/arithmetic.ts";
import { expandWord, matches, patternOf } from "../expand/words.ts";
import { failureEnds } from "./errexit.ts";
import { forLoop, whileLoop } from "./loops.ts";
import { redirected } from "./redirect.ts";
import { runChild, takeBack } from "./subshells.ts";

type Node = Exclude<Pipeline["commands"][number], { type: "Command" }>;

const COMPOUNDS: {
  readonly [Type in Node["type"]]: (
    state: State,
    scope: Scope,
    node: Extract<Node, { readonly type: Type }>,
  ) => void;
} = {
  Redirected: withRedirects,
  BraceGroup: (state, scope, { body }) => list(state, scope, body),
  Subshell: (state, scope, { body }) => subshell(state, scope, body),
  If: ifThen,
  While: whileLoop,
  For: forLoop,
  Case: caseOf,
  Function: (state, _, node) => define(state, node),
  TestCommand: (state, scope, { expression }) => {
    state.status = statusOf(doubleBracket(state, scope, expression));
    failureEnds(state, scope);
  },
  ArithmeticCommand: arithmeticCommand,
  ArithmeticFor: notFollowed,
  Select: notFollowed,
  Coproc: notFollowed,
};

function notFollowed(state: State, scope: Scope, node: Node): void {
  giveUp(state, scope, node, "is not analysed");
}

/** Runs any command that is not a simple command. A node of an unknown type is not analysed. */
export function compound(state: State, scope: Scope, node: Node): void {
  const run = COMPOUNDS[node.type] as typeof notFollowed | undefined;
  (run ?? notFollowed)(state, scope, node);
}

function list(state: State, scope: Scope, body: CompoundList): void {
  scope.analysis.evaluator.list(state, scope, body.commands);
}

/**
 * Functions with one of these names, or with the name of a special builtin, are not analysed. In POSIX shells, a
 * special builtin comes before a function; in bash, it comes after.
 */
const NOT_AS_FUNCTION = /^(source|local|command)$/;

function define(state: State, node: FunctionNode): void {
  const name = node.name.text;
  const followed = !isSpecial(name) && !NOT_AS_FUNCTION.test(name);
  state.functions = new Map(state.functions).set(name, followed ? node : undefined);
  state.status = 0;
}

function withRedirects(state: State, scope: Scope, node: Redirected): void {
  redirected(state, scope, node.redirects, {
    body: (path) => compound(path, scope, node.command),
    failed: (path) => failureEnds(path, scope),
  });
}

function subshell(state: State, scope: Scope, body: CompoundList): void {
  const child = subshellOf(state);
  runChild(child, scope, {
    tested: scope.tested,
    body: (inner, inside) => list(inner, inside, body),
  });
  takeBack(state, child);
  failureEnds(state, scope);
}

function ifThen(state: State, scope: Scope, node: If): void {
  const branches: readonly Pick<If, "clause" | "then">[] = [node, ...node.elif];
  const choose = (path: State, i: number): void => {
    const one = branches[i];
    if (one === undefined) {
      path.status = 0;
      if (node.else !== undefined) list(path, scope, node.else);
      return;
    }
    list(path, { ...scope, tested: true }, one.clause);
    if (path.unreachable) return;
    const { status } = path;
    const yes = (taken: State): void => {
      assume(taken, status, true);
      list(taken, scope, one.then);
    };
    const no = (taken: State): void => {
      assume(taken, status, false);
      choose(taken, i + 1);
    };
    const known = succeeded(status);
    if (known === true) yes(path);
    else if (known === false) no(path);
    else branch(path, yes, no);
  };
  choose(state, 0);
}

/** Runs the first branch that matches. If it is not known which branch matches, runs every branch that may match. */
function caseOf(state: State, scope: Scope, node: Case): void {
  const word = expandWord(state, scope, node.word);
  const taken: State = { ...fork(state), unreachable: true };
  state.status = 0;
  for (const item of node.items) {
    if (state.unreachable) break;
    if (item.terminator !== undefined && item.terminator !== ";;") {
      giveUp(state, scope, item, "falls through to the next item, which is not analysed");
      break;
    }
    const fits = fitsAny(state, scope, word, item.pattern);
    if (fits === false) continue;
    charged(scope, COMMAND + weightOf(state));
    const path = fork(state);
    list(path, scope, item.body);
    join(taken, path);
    if (fits === true) state.unreachable = true;
  }
  join(state, taken);
}

function fitsAny(state: State, scope: Scope, word: Value, patterns: readonly Word[]): Maybe {
  let any: Maybe = false;
  for (const each of patterns) {
    charged(scope, 1 + each.text.length / LETTERS);
    const pattern = patternOf(state, scope, each);
    if (pattern === "anything") return true;
    const fits = matches(word, pattern);
    if (fits === true) return any === undefined ? undefined : true;
    if (fits === undefined) any = undefined;
  }
  return any;
}

/** One unit of the budget is enough to compare this many letters in `case`. */
const LETTERS = 64;

function arithmeticCommand(
  state: State,
  scope: Scope,
  node: Extract<Node, { type: "ArithmeticCommand" }>,
): void {
  if (node.expression === undefined) {
    giveUp(state, scope, node, "cannot be read");
    return;
  }
  const result = compute(state, scope, node.expression);
  state.status = result.mayFail ? undefined : statusOf(truthOf(result.value));
  failureEnds(state, scope);
}
