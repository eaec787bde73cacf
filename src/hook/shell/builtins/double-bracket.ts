/** In bash's `[[ ]]`, words are not split, and the right operand of `==` is a pattern. */
import { charged, type Scope } from "../analysis.ts";
import type { TestExpression } from "../ast.ts";
import type { State } from "../domain/state.ts";
import { asNumber, type Maybe, not, plain, type Value, type Verdict } from "../domain/value.ts";
import { giveUp, mayFailHere } from "../effects.ts";
import { expandWord, matches, patternOf } from "../expand/words.ts";
import { compare, unaryTest } from "./test.ts";

type Binary = Extract<TestExpression, { type: "TestBinary" }>;
type Unary = Extract<TestExpression, { type: "TestUnary" }>;
type Logical = Extract<TestExpression, { type: "TestLogical" }>;

export function doubleBracket(state: State, scope: Scope, expression: TestExpression): Verdict {
  switch (expression.type) {
    case "TestGroup":
      return doubleBracket(state, scope, expression.expression);
    case "TestNot": {
      const inner = doubleBracket(state, scope, expression.operand);
      return expression.negations.length % 2 === 1 ? not(inner) : inner;
    }
    case "TestLogical":
      return logical(state, scope, expression);
    case "TestUnary":
      return unary(state, scope, expression);
    case "TestBinary":
      return binary(state, scope, expression);
    default:
      expression satisfies never;
      return undefined;
  }
}

/** `-v NAME[INDEX]` computes the index, which may run a command. */
function unary(state: State, scope: Scope, expression: Unary): Maybe {
  const { operator } = expression;
  const operand = expandWord(state, scope, expression.operand);
  if (operator === "-v" && (typeof operand !== "string" || operand.includes("[")))
    giveUp(state, scope, expression, "computes an index, and may run a command");
  return unaryTest(operator, operand);
}

/** The shell may skip an operand, and then it also skips the substitutions in this operand. */
function logical(state: State, scope: Scope, { operator, operands }: Logical): Maybe {
  const decides = operator === "||";
  let result: Maybe = !decides;
  for (const operand of operands) {
    const before = state.now.min;
    const one = plain(doubleBracket(state, scope, operand));
    if (result === undefined) state.now = { ...state.now, min: before };
    if (one === decides) return result === undefined ? undefined : decides;
    if (one === undefined) result = undefined;
  }
  return result;
}

function binary(state: State, scope: Scope, expression: Binary): Verdict {
  charged(scope, 1);
  const { operator } = expression;
  const left = expandWord(state, scope, expression.left);
  if (operator === "==" || operator === "=" || operator === "!=") {
    const fits = matches(left, patternOf(state, scope, expression.right));
    return operator === "!=" ? not(fits) : fits;
  }
  const right = expandWord(state, scope, expression.right);
  if (!/^-(eq|ne|lt|le|gt|ge)$/.test(operator)) return undefined;
  // Empty text counts as 0.
  const operands = [left, right].map((operand) => (operand === "" ? "0" : operand));
  const [x, y] = operands;
  if (asNumber(x) !== undefined && asNumber(y) !== undefined) return compare(x, operator, y);
  mayCompute(state, scope, expression, operands);
  return undefined;
}

/**
 * A name in a numeric operand is a variable, and an invalid number is an error. Bash expands an index in an operand,
 * and runs a substitution in the index.
 */
function mayCompute(state: State, scope: Scope, expression: Binary, operands: readonly Value[]): void {
  if (operands.some((operand) => typeof operand === "string" && /[A-Za-z_]/.test(operand)))
    giveUp(state, scope, expression, "is computed, and may run a command");
  mayFailHere(state, scope);
}
