/**
 * `$((...))` over integer ranges. Anything that one of the shells refuses (division by zero, a name that is not a
 * number) ends the shell or the command there; the caller is told through `mayFail`.
 */

import { charged, loseTrack, mayLeave, type Place, type Run } from "../analysis.ts";
import { fork, type Shell, UNSET, type Variable, weightOf } from "../domain/state.ts";
import { asRange, integer, type Range, type Value } from "../domain/value.ts";
import { assign, lookup } from "../domain/variables.ts";
import { bothWays } from "../eval/subshells.ts";
import type { ArithmeticExpression } from "../parse.ts";
import { partsValue } from "./words.ts";

/** A value, and whether a shell may refuse to compute it. */
export interface Result {
  readonly value: Value;
  readonly mayFail: boolean;
}

const FAILS: Result = { value: undefined, mayFail: true };

/** The value of an expression; where a shell may refuse it, that shell may end here. */
export function compute(run: Run, shell: Shell, at: Place, expression: ArithmeticExpression): Result {
  const result = evaluate(run, shell, at, expression);
  if (result.mayFail) charged(run, weightOf(shell));
  if (result.mayFail) mayLeave({ ...fork(shell), status: "failure" }, at.ends);
  return result;
}

function evaluate(run: Run, shell: Shell, at: Place, expression: ArithmeticExpression): Result {
  charged(run, 1);
  switch (expression.type) {
    case "ArithmeticWord":
      return numberWord(run, shell, at, expression);
    case "ArithmeticGroup":
      return evaluate(run, shell, at, expression.expression);
    case "ArithmeticUnary":
      return unary(run, shell, at, expression.operator, expression.operand, expression.prefix);
    case "ArithmeticTernary":
      return ternary(run, shell, at, expression.test, expression.consequent, expression.alternate);
    case "ArithmeticBinary":
      return /^(<<|>>|[-+*/%&|^])?=$/.test(expression.operator)
        ? assignment(run, shell, at, expression.operator, expression.left, expression.right)
        : binary(run, shell, at, expression.operator, expression.left, expression.right);
    case "ArithmeticCommandExpansion": {
      const { script, text, pos } = expression;
      return script === undefined
        ? FAILS
        : checked(run, shell, at, run.mind.capture(run, shell, at, script, text, pos));
    }
  }
}

/** A number, a name that holds one, or an expansion that leaves one. */
function numberWord(
  run: Run,
  shell: Shell,
  at: Place,
  word: Extract<ArithmeticExpression, { type: "ArithmeticWord" }>,
): Result {
  const constant = numeral(word.value);
  if (constant !== undefined) return { value: integer(constant), mayFail: false };
  if (/^[A-Za-z_]\w*$/.test(word.value)) return held(run, shell, at, lookup(run, shell, word.value));
  const { pos, end, value: text } = word;
  // An element's text is an expression, too, and so is its index.
  if (/^\w+\[/.test(text)) loseTrack(run, shell, at, pos, text, "is computed, and may run a command");
  const simple = /^\$(\w+|[#?@*!$-])$/.test(text);
  const parts = word.parts ?? (simple ? [{ type: "SimpleExpansion" as const, pos, end, text }] : undefined);
  return parts === undefined ? FAILS : checked(run, shell, at, partsValue(run, shell, at, parts));
}

function held(run: Run, shell: Shell, at: Place, variable: Variable): Result {
  const plain = Array.isArray(variable) ? (variable[0] as Value) : variable;
  // An unset name counts as 0 everywhere, but under `set -u` bash ends there; an empty text is 0 only in bash.
  if (plain === UNSET) return { value: "0", mayFail: shell.options.nounset !== false };
  if (plain === "" && run.dialect === "bash") return { value: "0", mayFail: false };
  return checked(run, shell, at, plain as Value);
}

/**
 * A variable's text is an expression of its own; in bash an index in it is expanded, and a substitution there runs
 * (bash(1) "ARITHMETIC EVALUATION"). Text that is not plain is not followed.
 */
function checked(run: Run, shell: Shell, at: Place, value: Value): Result {
  if (typeof value === "string" && /[[$`A-Za-z_]/.test(value) && numeral(value.trim()) === undefined)
    loseTrack(run, shell, at, 0, value, "is computed, and may run a command");
  return expanded(value);
}

/** What an expansion left in the expression: a number, or anything else, which may not be one. */
function expanded(left: Value): Result {
  const value = typeof left === "string" ? integerOf(numeral(left.trim())) : left;
  return asRange(value) === undefined ? FAILS : { value, mayFail: false };
}

function integerOf(number: number | undefined): Value {
  return number === undefined ? undefined : integer(number);
}

/** A constant as C writes it: decimal, 0 octal, 0x hexadecimal. */
export function numeral(word: string): number | undefined {
  if (/^-?(0|[1-9]\d{0,14})$/.test(word)) return Number(word);
  if (/^0[0-7]{1,10}$/.test(word)) return Number.parseInt(word, 8);
  if (/^0[xX][0-9a-fA-F]{1,10}$/.test(word)) return Number.parseInt(word, 16);
  return undefined;
}

function unary(
  run: Run,
  shell: Shell,
  at: Place,
  operator: string,
  operand: ArithmeticExpression,
  prefix: boolean,
): Result {
  const of = evaluate(run, shell, at, operand);
  const range = asRange(of.value);
  if (operator === "++" || operator === "--")
    return step(shell, operand, range, operator === "++" ? 1 : -1, prefix);
  if (range === undefined) return { value: undefined, mayFail: of.mayFail };
  switch (operator) {
    case "-":
      return { value: integer(-range.high || 0, -range.low || 0), mayFail: of.mayFail };
    case "+":
      return of;
    case "!":
      return {
        value: truth(range.low === 0 && range.high === 0, range.low > 0 || range.high < 0),
        mayFail: of.mayFail,
      };
    case "~":
      return { value: integer(-range.high - 1, -range.low - 1), mayFail: of.mayFail };
    default:
      return FAILS;
  }
}

function step(
  shell: Shell,
  operand: ArithmeticExpression,
  range: Range | undefined,
  by: number,
  prefix: boolean,
): Result {
  if (operand.type !== "ArithmeticWord" || !/^[A-Za-z_]\w*$/.test(operand.value)) return FAILS;
  const after = range === undefined ? undefined : integer(range.low + by, range.high + by);
  assign(shell, operand.value, after);
  if (range === undefined) return FAILS;
  return { value: prefix ? after : integer(range.low, range.high), mayFail: false };
}

/** Every substitution of an expression runs before it is computed (POSIX 2.6.4), also in an operand that is not. */
function skip(run: Run, shell: Shell, at: Place, expression: ArithmeticExpression): void {
  const text = at.text.slice(expression.pos, expression.end);
  if (/\$\(|`|\$\{/.test(text))
    loseTrack(run, shell, at, expression.pos, text, "is expanded but not computed");
}

/** An operand that may not be reached: its substitutions may take their time, and its assignments may be made. */
function perhaps(run: Run, shell: Shell, at: Place, expression: ArithmeticExpression): void {
  bothWays(
    shell,
    (way) => {
      evaluate(run, way, at, expression);
    },
    () => {},
  );
}

function ternary(
  run: Run,
  shell: Shell,
  at: Place,
  test: ArithmeticExpression,
  yes: ArithmeticExpression,
  no: ArithmeticExpression,
): Result {
  const of = evaluate(run, shell, at, test);
  const known = truthOf(of.value);
  if (known === undefined) {
    perhaps(run, shell, at, yes);
    perhaps(run, shell, at, no);
    return FAILS;
  }
  skip(run, shell, at, known ? no : yes);
  const chosen = evaluate(run, shell, at, known ? yes : no);
  return { value: chosen.value, mayFail: of.mayFail || chosen.mayFail };
}

function assignment(
  run: Run,
  shell: Shell,
  at: Place,
  operator: string,
  left: ArithmeticExpression,
  right: ArithmeticExpression,
): Result {
  const name = left.type === "ArithmeticWord" && /^[A-Za-z_]\w*$/.test(left.value) ? left.value : undefined;
  const result =
    operator === "="
      ? evaluate(run, shell, at, right)
      : binary(run, shell, at, operator.slice(0, -1), left, right);
  if (name === undefined) {
    loseTrack(run, shell, at, 0, "$((", "assigns to something that is not followed");
    return FAILS;
  }
  assign(shell, name, result.value);
  return result;
}

function binary(
  run: Run,
  shell: Shell,
  at: Place,
  operator: string,
  left: ArithmeticExpression,
  right: ArithmeticExpression,
): Result {
  const a = evaluate(run, shell, at, left);
  if (operator === "&&" || operator === "||") return shortCircuit(run, shell, at, a, operator, right);
  const b = evaluate(run, shell, at, right);
  const x = asRange(a.value);
  const y = asRange(b.value);
  const mayFail = a.mayFail || b.mayFail;
  if (operator === ",") return { value: b.value, mayFail };
  if (x === undefined || y === undefined)
    return { value: undefined, mayFail: mayFail || /[/%]/.test(operator) };
  if ((operator === "/" || operator === "%") && y.low <= 0 && y.high >= 0) return FAILS;
  return { value: calculate(operator, x, y), mayFail };
}

function shortCircuit(
  run: Run,
  shell: Shell,
  at: Place,
  a: Result,
  operator: string,
  right: ArithmeticExpression,
): Result {
  const known = truthOf(a.value);
  if (known === undefined) {
    perhaps(run, shell, at, right);
    return FAILS;
  }
  if (known === (operator === "||")) skip(run, shell, at, right);
  if (known === (operator === "||")) return { value: known ? "1" : "0", mayFail: a.mayFail };
  const b = evaluate(run, shell, at, right);
  const range = asRange(b.value);
  const value =
    range === undefined
      ? undefined
      : truth(range.low > 0 || range.high < 0, range.low === 0 && range.high === 0);
  return { value, mayFail: a.mayFail || b.mayFail };
}

/** The value as true (not 0) or false, where all of its range agrees. */
export function truthOf(value: Value): boolean | undefined {
  const range = asRange(value);
  if (range === undefined) return undefined;
  if (range.low > 0 || range.high < 0) return true;
  return range.low === 0 && range.high === 0 ? false : undefined;
}

function truth(yes: boolean, no: boolean): Value {
  return yes ? "1" : no ? "0" : { low: 0, high: 1 };
}

function calculate(operator: string, x: Range, y: Range): Value {
  switch (operator) {
    case "+":
      return integer(x.low + y.low, x.high + y.high);
    case "-":
      return integer(x.low - y.high, x.high - y.low);
    case "*":
      return span([x.low * y.low, x.low * y.high, x.high * y.low, x.high * y.high]);
    case "/":
      return span([x.low / y.low, x.low / y.high, x.high / y.low, x.high / y.high].map(Math.trunc));
    case "%":
      return remainder(x, y);
    case "<":
      return truth(x.high < y.low, x.low >= y.high);
    case "<=":
      return truth(x.high <= y.low, x.low > y.high);
    case ">":
      return truth(x.low > y.high, x.high <= y.low);
    case ">=":
      return truth(x.low >= y.high, x.high < y.low);
    case "==":
      return truth(x.low === x.high && y.low === y.high && x.low === y.low, x.high < y.low || x.low > y.high);
    case "!=":
      return truth(x.high < y.low || x.low > y.high, x.low === x.high && y.low === y.high && x.low === y.low);
    default:
      return x.low === x.high && y.low === y.high ? bitwise(operator, x.low, y.low) : undefined;
  }
}

/** The remainder has the sign of the dividend and is smaller than the divisor. */
function remainder(x: Range, y: Range): Value {
  if (x.low === x.high && y.low === y.high) return integer(x.low % y.low || 0);
  const most = Math.max(Math.abs(y.low), Math.abs(y.high)) - 1;
  return integer(x.low < 0 ? -most : 0, x.high > 0 ? Math.min(most, Math.max(x.high, 0)) : 0);
}

/** 64-bit operators on what fits 31 bits; beyond that, and for powers, nothing is claimed but the small. */
function bitwise(operator: string, x: number, y: number): Value {
  if (operator === "**") return y >= 0 ? integer(x ** y) : undefined;
  if (x < 0 || y < 0 || x > 0x3fffffff || y > 0x3fffffff) return undefined;
  switch (operator) {
    case "&":
      return integer(x & y);
    case "|":
      return integer(x | y);
    case "^":
      return integer(x ^ y);
    case "<<":
      return y < 22 ? integer(x * 2 ** y) : undefined;
    case ">>":
      return y < 31 ? integer(x >> y) : undefined;
    default:
      return undefined;
  }
}

function span(numbers: readonly number[]): Value {
  return integer(Math.min(...numbers) || 0, Math.max(...numbers) || 0);
}
