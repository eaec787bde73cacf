/**
 * Computes `$((...))` for integer ranges. `mayFail`: a shell may refuse the expression (division by zero, a name that
 * is not a number), and the shell or the command then ends. Operators that no real hook uses are not analysed.
 */
import { charged, type Scope } from "../analysis.ts";
import type { ArithmeticBinary, ArithmeticExpression, ArithmeticUnary, ArithmeticWord } from "../ast.ts";
import type { State } from "../domain/state.ts";
import {
  asNumber,
  asRange,
  type Clock,
  integer,
  isClock,
  isName,
  type Maybe,
  not,
  type Range,
  sum,
  type Value,
  type Verdict,
} from "../domain/value.ts";
import { assign, lastSecond, lookup } from "../domain/variables.ts";
import { giveUp, mayFailHere } from "../effects.ts";

/** A value, and whether a shell may refuse to compute it. */
export interface Result {
  readonly value: Value;
  readonly mayFail: boolean;
}

const FAILS: Result = { value: undefined, mayFail: true };

/** The value of an expression. A shell that refuses the expression may end at this point. */
export function compute(state: State, scope: Scope, expression: ArithmeticExpression): Result {
  const result = evaluate(state, scope, expression);
  if (result.mayFail) mayFailHere(state, scope);
  return result;
}

function evaluate(state: State, scope: Scope, expression: ArithmeticExpression): Result {
  charged(scope, 1);
  switch (expression.type) {
    case "ArithmeticWord":
      return numberWord(state, scope, expression);
    case "ArithmeticGroup":
      return evaluate(state, scope, expression.expression);
    case "ArithmeticUnary":
      return unary(state, scope, expression);
    case "ArithmeticBinary":
      if (ASSIGNS.test(expression.operator)) return assignment(state, scope, expression);
      return CALCULATES.test(expression.operator)
        ? binary(state, scope, expression)
        : notFollowed(state, scope, expression);
    case "ArithmeticCommandExpansion": {
      const value = scope.analysis.evaluator.capture(state, scope, expression);
      return checked(state, scope, { value, node: expression });
    }
    case "ArithmeticTernary":
      return notFollowed(state, scope, expression);
    default:
      expression satisfies never;
      return FAILS;
  }
}

const ASSIGNS = /^[-+]?=$/;
const CALCULATES = /^([-+*/%<>]|[<>=!]=)$/;

/** An operator that is not analysed may skip an operand, or assign to a variable. */
function notFollowed(state: State, scope: Scope, expression: ArithmeticExpression): Result {
  giveUp(state, scope, expression, "uses an operator that is not analysed");
  return FAILS;
}

/** The value of a number, of a variable name, or of an expansion to a number. */
function numberWord(state: State, scope: Scope, word: ArithmeticWord): Result {
  const constant = numeral(word.value);
  if (constant !== undefined) return { value: integer(constant), mayFail: false };
  const { pos, end, value: text } = word;
  if (isName(text)) {
    const value = lookup(state, scope, text);
    // Empty text is 0 only in bash.
    if (value === "" && scope.analysis.dialect === "bash") return { value: "0", mayFail: false };
    return checked(state, scope, { value, node: word });
  }
  // The value of an array element is an expression, and the index of the element is an expression, too.
  if (/^\w+\[/.test(text)) giveUp(state, scope, word, "is computed, and may run a command");
  const simple = /^\$(\w+|[#?@*!$-])$/.test(text);
  const parts = word.parts ?? (simple ? [{ type: "SimpleExpansion" as const, pos, end, text }] : undefined);
  if (parts === undefined) return FAILS;
  return checked(state, scope, {
    value: scope.analysis.evaluator.expandParts(state, scope, parts),
    node: word,
  });
}

/**
 * Shells evaluate the result of an expansion as an expression. Bash expands an index in this result, and runs a
 * substitution in the index (bash(1) "ARITHMETIC EVALUATION"). A text that is not a plain number is not analysed.
 */
function checked(
  state: State,
  scope: Scope,
  { value, node }: { readonly value: Value; readonly node: ArithmeticExpression },
): Result {
  const number = typeof value === "string" ? numeral(value.trim()) : undefined;
  if (typeof value === "string" && number === undefined && /[[$`A-Za-z_]/.test(value))
    giveUp(state, scope, node, "is computed, and may run a command");
  const plain = number === undefined ? value : integer(number);
  return asNumber(plain) === undefined ? FAILS : { value: plain, mayFail: false };
}

/** A constant as in C: decimal, octal with the prefix 0, or hexadecimal with the prefix 0x. */
export function numeral(word: string): number | undefined {
  if (/^-?(0|[1-9]\d{0,14})$/.test(word)) return Number(word);
  if (/^0[0-7]{1,10}$/.test(word)) return Number.parseInt(word, 8);
  if (/^0[xX][0-9a-fA-F]{1,10}$/.test(word)) return Number.parseInt(word, 16);
  return undefined;
}

function unary(state: State, scope: Scope, expression: ArithmeticUnary): Result {
  const { operator, operand } = expression;
  if (operator === "++" || operator === "--") return step(state, scope, expression);
  const of = evaluate(state, scope, operand);
  const range = asRange(of.value);
  if (range === undefined) return { value: undefined, mayFail: of.mayFail };
  switch (operator) {
    case "-":
      return { value: integer(-range.high || 0, -range.low || 0), mayFail: of.mayFail };
    case "+":
      return of;
    case "!":
      return { value: truth(not(truthOf(of.value))), mayFail: of.mayFail };
    default:
      return notFollowed(state, scope, expression);
  }
}

/** `x++`, `x--`, `++x` and `--x`. */
function step(state: State, scope: Scope, expression: ArithmeticUnary): Result {
  const { operator, operand, prefix } = expression;
  if (operand.type !== "ArithmeticWord" || !isName(operand.value))
    return notFollowed(state, scope, expression);
  const before = evaluate(state, scope, operand);
  const range = asRange(before.value);
  const by = operator === "++" ? 1 : -1;
  const after = range === undefined ? undefined : integer(range.low + by, range.high + by);
  assign(state, operand.value, after);
  return range === undefined ? FAILS : { value: prefix ? after : before.value, mayFail: false };
}

function assignment(state: State, scope: Scope, expression: ArithmeticBinary): Result {
  const { operator, left, right } = expression;
  if (left.type !== "ArithmeticWord" || !isName(left.value)) return notFollowed(state, scope, expression);
  const result =
    operator === "="
      ? evaluate(state, scope, right)
      : binary(state, scope, { ...expression, operator: operator.slice(0, -1) });
  assign(state, left.value, result.value);
  return result;
}

function binary(state: State, scope: Scope, { operator, left, right }: ArithmeticBinary): Result {
  const a = evaluate(state, scope, left);
  const b = evaluate(state, scope, right);
  const x = asNumber(a.value);
  const y = asNumber(b.value);
  const mayFail = a.mayFail || b.mayFail;
  const divides = operator === "/" || operator === "%";
  if (x === undefined || y === undefined) return { value: undefined, mayFail: mayFail || divides };
  if (divides && y.low <= 0 && y.high >= 0) return FAILS;
  return { value: calculate(operator, x, y), mayFail };
}

/** Whether the value is true (not 0) or false; undefined if this differs within the range of the value. */
export function truthOf(value: Value): Verdict {
  const range = asRange(value);
  if (range === undefined) return undefined;
  if (range.low > 0 || range.high < 0) return true;
  return range.low === 0 && range.high === 0 ? false : range.when;
}

function truth(yes: Verdict): Value {
  if (typeof yes === "boolean") return yes ? "1" : "0";
  return { low: 0, high: 1, when: yes };
}

function calculate(operator: string, x: Range | Clock, y: Range | Clock): Value {
  switch (operator) {
    case "+":
      return sum(x, y);
    case "-":
      return sum(x, y, -1);
    case "<":
      return truth(isLess(x, y));
    case ">":
      return truth(isLess(y, x));
    case "<=":
      return truth(not(isLess(y, x)));
    case ">=":
      return truth(not(isLess(x, y)));
    case "==":
      return truth(isEqual(x, y));
    case "!=":
      return truth(not(isEqual(x, y)));
    default:
      return isClock(x) || isClock(y) ? undefined : scaled(operator, x, y);
  }
}

/** Operators whose result depends on the digits of the operands. */
function scaled(operator: string, x: Range, y: Range): Value {
  switch (operator) {
    case "*":
      return hull([x.low * y.low, x.low * y.high, x.high * y.low, x.high * y.high]);
    case "/":
      return hull([x.low / y.low, x.low / y.high, x.high / y.low, x.high / y.high].map(Math.trunc));
    case "%":
      return remainder(x, y);
    default:
      return undefined;
  }
}

/** The result of a comparison, if all numbers of both ranges give the same result. */
export function isLess(x: Range | Clock, y: Range | Clock): Verdict {
  const difference = asRange(sum(x, y, -1));
  if (difference === undefined) return undefined;
  if (difference.high < 0) return true;
  return difference.low >= 0 ? false : whenNegative(difference);
}

/**
 * The times at which a number that depends on the clock is negative. At the time t, a rising number lies between
 * floor(t) + low and floor(t) + 1 + high. A falling number lies between low - floor(t) - 1 and high - floor(t).
 */
function whenNegative({ low, high, reads }: Range): Verdict {
  if (reads === undefined) return undefined;
  const { now, slope } = reads;
  const first = Math.floor(now.min);
  const last = lastSecond(now);
  // The sign changes once, between `from` and `until`. A rising number changes from negative to 0 or more; a falling
  // number changes from 0 or more to negative.
  const until = slope === 1 ? first - low : high + first + 1;
  const from = slope === 1 ? last - high : low + last + 1;
  const early = { min: now.min, max: Math.min(now.max, until) };
  const late = { min: Math.max(now.min, from), max: now.max };
  return slope === 1 ? { now, yes: early, no: late } : { now, yes: late, no: early };
}

export function isEqual(x: Range | Clock, y: Range | Clock): Maybe {
  if (isClock(x) !== isClock(y)) return undefined;
  if (x.high < y.low || x.low > y.high) return false;
  return x.low === x.high && y.low === y.high ? true : undefined;
}

/** The remainder has the sign of the dividend and is smaller than the divisor. */
function remainder(x: Range, y: Range): Value {
  if (x.low === x.high && y.low === y.high) return integer(x.low % y.low || 0);
  const most = Math.max(Math.abs(y.low), Math.abs(y.high)) - 1;
  return integer(x.low < 0 ? -most : 0, x.high > 0 ? Math.min(most, x.high) : 0);
}

/** `|| 0` turns -0 into 0. */
function hull(numbers: readonly number[]): Value {
  return integer(Math.min(...numbers) || 0, Math.max(...numbers) || 0);
}
