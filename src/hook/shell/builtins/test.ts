/** `test`, `[` (POSIX test(1)) and bash's `[[ ]]`. What depends on files or terminals is not known. */

import { charged, type Dialect, loseTrack, mayLeave, type Place, type Run } from "../analysis.ts";
import { fork, type Shell, weightOf } from "../domain/state.ts";
import { asRange, type Field, isPid, isSeveral, type Maybe, type Value } from "../domain/value.ts";
import { matches } from "../expand/pattern.ts";
import { patternOf, wordValue } from "../expand/words.ts";
import type { TestExpression } from "../parse.ts";

/** The answer of `test` with these operands; an error counts as no. */
export function test(operands: readonly Field[], dialect: Dialect): Maybe {
  if (operands.some(isSeveral)) return undefined;
  const words = operands as readonly Value[];
  const [first, second, third] = words;
  switch (words.length) {
    case 0:
      return false;
    case 1:
      return notEmpty(first);
    case 2:
      return first === "!"
        ? not(notEmpty(second))
        : typeof first === "string"
          ? unaryTest(first, second)
          : undefined;
    case 3:
      if (typeof second === "string" && BINARY.test(second)) return binaryTest(first, second, third, dialect);
      return first === "!" ? not(test(words.slice(1), dialect)) : undefined;
    case 4:
      return first === "!" ? not(test(words.slice(1), dialect)) : undefined;
    default:
      return junction(words, dialect);
  }
}

const BINARY = /^(=|==|!=|-eq|-ne|-lt|-le|-gt|-ge|-nt|-ot|-ef|<|>)$/;

/** Each junction is read again for its parts. */
const MOST_OPERANDS = 64;

/** `a = b -a c = d`: marked obsolescent, but all three shells read it; `-a` binds closer than `-o`. */
function junction(words: readonly Value[], dialect: Dialect): Maybe {
  if (words.length > MOST_OPERANDS || words.some((word) => word === "(" || word === ")" || word === "!"))
    return undefined;
  for (const operator of ["-o", "-a"]) {
    const at = words.indexOf(operator);
    if (at < 1) continue;
    const left = test(words.slice(0, at), dialect);
    const right = test(words.slice(at + 1), dialect);
    const [strong, weak] = operator === "-o" ? [true, false] : [false, true];
    if (left === strong || right === strong) return strong;
    return left === weak && right === weak ? weak : undefined;
  }
  return undefined;
}

function notEmpty(word: Value): Maybe {
  if (word === undefined) return undefined;
  return word !== "";
}

function not(maybe: Maybe): Maybe {
  return maybe === undefined ? undefined : !maybe;
}

function unaryTest(operator: string, operand: Value): Maybe {
  if (operator === "-n") return notEmpty(operand);
  if (operator === "-z") return not(notEmpty(operand));
  if (/^-[defhLrswxbcpuSgkOGN]$/.test(operator))
    return operand === "" ? false : operand === "/" && /^-[de]$/.test(operator) ? true : undefined;
  return undefined;
}

function binaryTest(a: Value, operator: string, b: Value, dialect: Dialect): Maybe {
  switch (operator) {
    case "=":
      return same(a, b);
    case "==":
      // dash has no `==`: an error, so no.
      return dialect === "bash" ? same(a, b) : same(a, b) === false ? false : undefined;
    case "!=":
      return not(same(a, b));
    default:
      return operator.startsWith("-") ? compare(a, operator, b) : undefined;
  }
}

function same(a: Value, b: Value): Maybe {
  if (typeof a === "string" && typeof b === "string") return a === b;
  const x = asRange(a);
  const y = asRange(b);
  if (x !== undefined && y !== undefined) return x.high < y.low || x.low > y.high ? false : undefined;
  // A number is not a text that is no number.
  return (x !== undefined && b === "") ||
    (y !== undefined && a === "") ||
    (isPid(a) && b === "") ||
    (isPid(b) && a === "")
    ? false
    : undefined;
}

/** The decimal number of a test operand; signs, blanks and leading zeros are allowed there. */
function decimal(value: Value): ReturnType<typeof asRange> | "no number" {
  if (typeof value !== "string") return asRange(value);
  if (/^[ \t]*[-+]?\d{1,15}[ \t]*$/.test(value)) return { low: Number(value), high: Number(value) };
  return /^[ \t]*[-+]?\d+[ \t]*$/.test(value) ? undefined : "no number";
}

/** Numbers as `test` compares them; ranges only where all of them agree. */
export function compare(a: Value, operator: string, b: Value): Maybe {
  const x = decimal(a);
  const y = decimal(b);
  // "integer expression expected": status 2 in all three.
  if (x === "no number" || y === "no number")
    return /^-(eq|ne|lt|le|gt|ge)$/.test(operator) ? false : undefined;
  if (x === undefined || y === undefined) return undefined;
  switch (operator) {
    case "-eq":
      return x.low === x.high && y.low === y.high
        ? x.low === y.low
        : x.high < y.low || x.low > y.high
          ? false
          : undefined;
    case "-ne":
      return not(compare(a, "-eq", b));
    case "-lt":
      return x.high < y.low ? true : x.low >= y.high ? false : undefined;
    case "-le":
      return x.high <= y.low ? true : x.low > y.high ? false : undefined;
    case "-gt":
      return not(compare(a, "-le", b));
    case "-ge":
      return not(compare(a, "-lt", b));
    default:
      return undefined;
  }
}

/** `-v NAME[INDEX]` computes the index. */
function unaryWord(run: Run, shell: Shell, at: Place, operator: string, operand: Value): Maybe {
  if (operator === "-v" && (typeof operand !== "string" || operand.includes("[")))
    loseTrack(run, shell, at, 0, operator, "asks for something that is not followed");
  return unaryTest(operator, operand);
}

/** `[[ ]]`: no splitting, patterns on the right of `==`. */
export function doubleBracket(run: Run, shell: Shell, at: Place, expression: TestExpression): Maybe {
  switch (expression.type) {
    case "TestGroup":
      return doubleBracket(run, shell, at, expression.expression);
    case "TestNot": {
      const inner = doubleBracket(run, shell, at, expression.operand);
      return expression.negations.length % 2 === 1 ? not(inner) : inner;
    }
    case "TestLogical":
      return logical(run, shell, at, expression.operator, expression.operands);
    case "TestUnary":
      return unaryWord(run, shell, at, expression.operator, wordValue(run, shell, at, expression.operand));
    case "TestBinary":
      return doubleBracketBinary(run, shell, at, expression);
  }
}

function unknownOperand(run: Run, shell: Shell, at: Place, operand: Value): void {
  if (typeof operand === "string" && /[A-Za-z_]/.test(operand))
    loseTrack(run, shell, at, 0, operand, "is computed, and may run a command");
}

/** An operand that may not be reached may not run its substitutions either. */
function logical(
  run: Run,
  shell: Shell,
  at: Place,
  operator: "&&" | "||",
  operands: readonly TestExpression[],
): Maybe {
  const decides = operator === "||";
  let result: Maybe = !decides;
  for (const operand of operands) {
    const before = shell.now.min;
    const one = doubleBracket(run, shell, at, operand);
    if (result === undefined) shell.now = { ...shell.now, min: before };
    if (one === decides) return result === undefined ? undefined : decides;
    if (one === undefined) result = undefined;
  }
  return result;
}

function doubleBracketBinary(
  run: Run,
  shell: Shell,
  at: Place,
  expression: Extract<TestExpression, { type: "TestBinary" }>,
): Maybe {
  charged(run, 1);
  const left = wordValue(run, shell, at, expression.left);
  const { operator } = expression;
  if (operator === "==" || operator === "=" || operator === "!=") {
    const pattern = patternOf(run, shell, at, expression.right);
    const fits =
      typeof left === "string" && pattern !== undefined
        ? matches(left, pattern, (units) => charged(run, units))
        : undefined;
    return operator === "!=" ? not(fits) : fits;
  }
  const right = wordValue(run, shell, at, expression.right);
  if (!/^-(eq|ne|lt|le|gt|ge)$/.test(operator)) return undefined;
  const x = left === "" ? "0" : left;
  const y = right === "" ? "0" : right;
  // Arithmetic in `[[ ]]`: names are variables there, and what cannot be read is an error.
  if (asRange(x) !== undefined && asRange(y) !== undefined) return compare(x, operator, y);
  charged(run, weightOf(shell));
  // In bash an index in such an operand is expanded, and a substitution there runs.
  if (typeof x !== "object" && asRange(x) === undefined) unknownOperand(run, shell, at, x);
  if (typeof y !== "object" && asRange(y) === undefined) unknownOperand(run, shell, at, y);
  mayLeave({ ...fork(shell), status: "failure" }, at.ends);
  return undefined;
}
