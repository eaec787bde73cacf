/** Compound commands: groups, `if`, `case`, functions, `[[ ]]`, `(( ))`; the loops are in loops.ts. */
import { COMMAND } from "../../budget.ts";
import { charged, loseTrack, type Place, type Run } from "../analysis.ts";
import { isSpecial } from "../builtins/registry.ts";
import { doubleBracket } from "../builtins/test.ts";
import { merge } from "../domain/join.ts";
import { fork, type Shell, subshellOf, weightOf } from "../domain/state.ts";
import { type Maybe, statusOf, succeeded } from "../domain/value.ts";
import { compute, truthOf } from "../expand/arithmetic.ts";
import { matches } from "../expand/pattern.ts";
import { patternOf, wordValue } from "../expand/words.ts";
import type { Case, CompoundList, If, Pipeline, Redirected } from "../parse.ts";
import { failureEnds } from "./list.ts";
import { arithmeticForLoop, forLoop, whileLoop } from "./loops.ts";
import { redirected } from "./redirect.ts";
import { bothWays, runChild, takeBack } from "./subshells.ts";

type Node = Exclude<Pipeline["commands"][number], { type: "Command" }>;

/** Runs any command that is not a simple one. */
export function compound(run: Run, shell: Shell, at: Place, node: Node): void {
  switch (node.type) {
    case "Redirected":
      withRedirects(run, shell, at, node);
      return;
    case "BraceGroup":
      run.mind.list(run, shell, at, node.body);
      return;
    case "Subshell":
      subshell(run, shell, at, node.body);
      return;
    case "If":
      ifThen(run, shell, at, node);
      return;
    case "While":
      whileLoop(run, shell, at, node);
      return;
    case "For":
      forLoop(run, shell, at, node);
      return;
    case "ArithmeticFor":
      arithmeticForLoop(run, shell, at, node);
      return;
    case "Case":
      caseOf(run, shell, at, node);
      return;
    case "Function":
      shell.functions = new Map(shell.functions).set(
        node.name.text,
        isSpecial(node.name.text) || FORBIDDEN.has(node.name.text) ? undefined : node,
      );
      shell.status = 0;
      return;
    case "TestCommand":
      shell.status = statusOf(doubleBracket(run, shell, at, node.expression));
      failureEnds(shell, at);
      return;
    case "ArithmeticCommand":
      arithmeticCommand(run, shell, at, node);
      return;
    case "Select":
    case "Coproc":
      loseTrack(run, shell, at, node.pos, node.type.toLowerCase(), "is not followed");
      return;
  }
}

/**
 * Special builtins come before functions in POSIX shells, and not in bash: a function of that name is not followed, nor
 * is one of these.
 */
const FORBIDDEN: ReadonlySet<string> = new Set(["source", "local", "command"]);

function withRedirects(run: Run, shell: Shell, at: Place, node: Redirected): void {
  redirected(
    run,
    shell,
    at,
    node.redirects,
    (way) => compound(run, way, at, node.command),
    (way) => failureEnds(way, at),
  );
}

function subshell(run: Run, shell: Shell, at: Place, body: CompoundList): void {
  const child = subshellOf(shell);
  takeBack(
    shell,
    runChild(run, child, at, (inner, inside) => run.mind.list(run, inner, inside, body), at.tested),
  );
  failureEnds(shell, at);
}

function ifThen(run: Run, shell: Shell, at: Place, node: If): void {
  const branches = [
    { clause: node.clause, body: node.then as CompoundList | undefined },
    ...node.elif.map((elif) => ({ clause: elif.clause, body: elif.then as CompoundList | undefined })),
  ];
  const choose = (way: Shell, i: number): void => {
    const branch = branches[i];
    if (branch === undefined) {
      way.status = 0;
      if (node.else !== undefined) run.mind.list(run, way, at, node.else);
      return;
    }
    run.mind.list(run, way, { ...at, tested: true }, branch.clause);
    if (way.over) return;
    const yes = (taken: Shell): void => {
      if (branch.body !== undefined) run.mind.list(run, taken, at, branch.body);
    };
    const known = succeeded(way.status);
    if (known === true) yes(way);
    else if (known === false) choose(way, i + 1);
    else bothWays(way, yes, (other) => choose(other, i + 1));
  };
  choose(shell, 0);
}

/** The first pattern that matches; where that is not known, every one that could be it. */
function caseOf(run: Run, shell: Shell, at: Place, node: Case): void {
  const word = wordValue(run, shell, at, node.word);
  if (shell.over) return;
  const taken: Shell = { ...fork(shell), over: true };
  shell.status = 0;
  for (let i = 0; i < node.items.length && !shell.over; i++) {
    const item = node.items[i] as Case["items"][number];
    if (item.terminator === ";;&") {
      loseTrack(run, shell, at, item.pos, "case", "uses ;;&, which is not followed");
      return;
    }
    const fits = fitsAny(run, shell, at, word, item.pattern);
    if (fits === false) continue;
    charged(run, COMMAND + weightOf(shell));
    const way = fork(shell);
    for (let j = i; j < node.items.length; j++) {
      const falling = node.items[j] as Case["items"][number];
      if (!way.over) run.mind.list(run, way, at, falling.body);
      if (falling.terminator !== ";&") break;
    }
    merge(taken, way);
    if (fits === true) shell.over = true;
  }
  merge(shell, taken);
}

function fitsAny(
  run: Run,
  shell: Shell,
  at: Place,
  word: ReturnType<typeof wordValue>,
  patterns: Case["items"][number]["pattern"],
): Maybe {
  let any: Maybe = false;
  for (const each of patterns) {
    const pattern = patternOf(run, shell, at, each);
    if (pattern === "*") return true;
    const fits =
      typeof word === "string" && pattern !== undefined
        ? matches(word, pattern, (units) => charged(run, 1 + units))
        : undefined;
    if (fits === true) return any === undefined ? undefined : true;
    if (fits === undefined) any = undefined;
  }
  return any;
}

function arithmeticCommand(
  run: Run,
  shell: Shell,
  at: Place,
  node: Extract<Node, { type: "ArithmeticCommand" }>,
): void {
  if (node.expression === undefined) {
    loseTrack(run, shell, at, node.pos, "((", "cannot be read");
    return;
  }
  const result = compute(run, shell, at, node.expression);
  shell.status = result.mayFail ? undefined : statusOf(truthOf(result.value));
  failureEnds(shell, at);
}

/** What a function runs. Its name is looked up before programs and builtins (POSIX 2.9.1). */
export function callFunction(
  run: Run,
  shell: Shell,
  at: Place,
  node: Extract<Node, { type: "Function" }>,
): void {
  if (node.body.type === "CompoundList") {
    loseTrack(run, shell, at, node.pos, node.name.text, "cannot be read");
    return;
  }
  compound(run, shell, at, node.body);
}
