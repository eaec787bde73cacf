/** `test` and `[` (POSIX test(1)). The results of tests of files and terminals are not known. */
import type { Dialect } from "../../exec/shell-invocation.ts";
import {
  asNumber,
  asRange,
  type Field,
  isPid,
  isUnknownCount,
  type Maybe,
  not,
  statusOf,
  type Value,
  type Verdict,
} from "../domain/value.ts";
import { isEqual, isLess } from "../expand/arithmetic.ts";
import { type Call, unsupported } from "./builtin.ts";

export function testBuiltin(call: Call): void {
  const { state, scope, args, name } = call;
  // bash computes the index of `-v NAME[INDEX]`.
  if (args.some((arg, i) => arg === "-v" && !isNameOrEmpty(args[i + 1]))) {
    unsupported("computes an index, and may run a command")(call);
    return;
  }
  const isBracket = name === "[";
  if (isBracket && args.at(-1) !== "]") {
    // A missing `]` is an error, but an unknown word may contain the bracket.
    state.status = args.some((arg) => typeof arg !== "string") ? undefined : 2;
    return;
  }
  state.status = statusOf(test(isBracket ? args.slice(0, -1) : args, scope.analysis.dialect));
}

function isNameOrEmpty(field: Field): boolean {
  return typeof field === "string" && /^\w*$/.test(field);
}

/** The result of `test` with these operands. An error counts as false. */
function test(operands: readonly Field[], dialect: Dialect): Verdict {
  if (operands.some(isUnknownCount)) return undefined;
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
      // The operators `-a` and `-o` are obsolescent, and are not analysed.
      return undefined;
  }
}

const BINARY = /^(=|==|!=|-eq|-ne|-lt|-le|-gt|-ge|-nt|-ot|-ef|<|>)$/;

function notEmpty(word: Value): Maybe {
  if (word === undefined) return undefined;
  return word !== "";
}

export function unaryTest(operator: string, operand: Value): Maybe {
  if (operator === "-n") return notEmpty(operand);
  if (operator === "-z") return not(notEmpty(operand));
  if (/^-[defhLrswxbcpuSgkOGN]$/.test(operator))
    return operand === "" ? false : operand === "/" && /^-[de]$/.test(operator) ? true : undefined;
  return undefined;
}

function binaryTest(a: Value, operator: string, b: Value, dialect: Dialect): Verdict {
  switch (operator) {
    case "=":
      return same(a, b);
    case "==":
      // dash has no `==`, so the result is false.
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
  if (x !== undefined && y !== undefined) return isEqual(x, y);
  // A number is not the empty text.
  return (x !== undefined && b === "") ||
    (y !== undefined && a === "") ||
    (isPid(a) && b === "") ||
    (isPid(b) && a === "")
    ? false
    : undefined;
}

/** The decimal number of a test operand, which may have a sign, blanks and leading zeros. */
function decimal(value: Value): ReturnType<typeof asNumber> | "not a number" {
  if (typeof value !== "string") return asNumber(value);
  if (/^[ \t]*[-+]?\d{1,15}[ \t]*$/.test(value)) return { low: Number(value), high: Number(value) };
  return /^[ \t]*[-+]?\d+[ \t]*$/.test(value) ? undefined : "not a number";
}

/** The result of comparing numbers or ranges; undefined if numbers in the ranges give different results. */
export function compare(a: Value, operator: string, b: Value): Verdict {
  const x = decimal(a);
  const y = decimal(b);
  // "integer expression expected": the status is 2 in all three shells.
  if (x === "not a number" || y === "not a number")
    return /^-(eq|ne|lt|le|gt|ge)$/.test(operator) ? false : undefined;
  if (x === undefined || y === undefined) return undefined;
  switch (operator) {
    case "-eq":
      return isEqual(x, y);
    case "-ne":
      return not(isEqual(x, y));
    case "-lt":
      return isLess(x, y);
    case "-le":
      return not(isLess(y, x));
    case "-gt":
      return isLess(y, x);
    case "-ge":
      return not(isLess(x, y));
    default:
      return undefined;
  }
}
