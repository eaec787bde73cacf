/** `$x` and `${x}` with its operators (POSIX 2.6.2; if the shell is bash, bash(1) "Parameter Expansion"). */
import { charged, type Scope } from "../analysis.ts";
import type { ParameterExpansionPart, ParameterOperation, Span } from "../ast.ts";
import { branch } from "../domain/join.ts";
import { type State, weightOf } from "../domain/state.ts";
import {
  type Field,
  isUnknownCount,
  joined,
  type Maybe,
  sameValue,
  UNKNOWN_COUNT,
  type Value,
} from "../domain/value.ts";
import { assign, isUnset, lookup, UNSET, type Unset } from "../domain/variables.ts";
import { giveUp } from "../effects.ts";
import { separatorsOf } from "./separators.ts";

/** The result of an expansion, and whether the expansion ends the shell. */
export interface Expanded {
  readonly value: Field;
  /** The words of `$@` and `$*`, which stay separate words. */
  readonly list?: readonly Field[] | undefined;
  /** Whether the expansion ends the shell; undefined if it may end the shell. */
  readonly fails: Maybe;
}

/** A parameter in a word. `$x` is a parameter without an operation. */
export interface Parameter
  extends Span,
    Partial<Pick<ParameterExpansionPart, "prefix" | "index" | "operation">> {
  readonly name: string;
  readonly text: string;
  readonly quoted: boolean;
}

export function expandParameter(state: State, scope: Scope, parameter: Parameter): Expanded {
  const { name, operation } = parameter;
  const isList = name === "@" || name === "*";
  charged(scope, 1 + state.args.length / (isList ? LISTED : COUNTED));
  if (isList) return expandList(state, scope, parameter);
  if (parameter.index !== undefined) return expandElement(state, scope, parameter);
  const held = heldBy(state, scope, name);
  if (operation?.type === "Default") return withDefault(state, scope, { name, held, operation });
  const special = /^[?#$!0-]$/.test(name);
  const fails = special || held !== undefined ? isUnset(held) && state.options.nounset : mayBeUnset(state);
  const plain = parameter.prefix === undefined && operation === undefined;
  if (!plain) notComputed(state, scope, parameter);
  return { value: plain ? textOf(held) : undefined, fails };
}

/** One unit of the budget is enough to list `LISTED` arguments, or to count `COUNTED` arguments. */
const LISTED = 4;
const COUNTED = 64;

/** With `set -u`, the expansion of a name that may be unset may end the shell. */
function mayBeUnset({ options }: State): Maybe {
  return options.nounset === false ? false : undefined;
}

/** An unset variable is empty text. */
function textOf(held: Value | Unset): Value {
  return isUnset(held) ? "" : held;
}

function expandList(state: State, scope: Scope, { name, quoted, prefix, operation }: Parameter): Expanded {
  const { args } = state;
  if (prefix !== undefined || operation !== undefined) return { value: UNKNOWN_COUNT, fails: undefined };
  if (name === "@" || !quoted) return { value: UNKNOWN_COUNT, list: args, fails: false };
  if (args.some(isUnknownCount)) return { value: undefined, fails: false };
  // `"$*"` is joined by the first letter of IFS, or without a separator if IFS is empty (POSIX 2.5.2).
  const separator = separatorsOf(state, scope)?.slice(0, 1);
  const words = args as readonly Value[];
  return { value: joined(words.flatMap((word, i) => (i === 0 ? [word] : [separator, word]))), fails: false };
}

/**
 * An element of an array (bash). Bash runs a command substitution in a computed index (bash(1) "ARITHMETIC
 * EVALUATION").
 */
function expandElement(state: State, scope: Scope, parameter: Parameter): Expanded {
  if (!/^(\d{1,4}|[@*])$/.test(parameter.index?.text ?? ""))
    giveUp(state, scope, parameter, "computes an index, and may run a command");
  if (parameter.operation !== undefined) notComputed(state, scope, parameter);
  return { value: UNKNOWN_COUNT, fails: mayBeUnset(state) };
}

function heldBy(state: State, scope: Scope, name: string): Value | Unset {
  const { status, args } = state;
  switch (name) {
    case "?":
      return typeof status === "number" ? String(status) : undefined;
    case "#":
      return args.some(isUnknownCount) ? undefined : String(args.length);
    case "!":
      return state.lastJob;
    case "$":
    case "-":
    case "0":
      return undefined;
    default:
      return /^\d+$/.test(name) ? positional(state, Number(name)) : lookup(state, scope, name);
  }
}

function positional({ args }: State, number: number): Value | Unset {
  if (args.slice(0, number).some(isUnknownCount)) return undefined;
  return number <= args.length ? (args[number - 1] as Value) : UNSET;
}

/** `${#x}`, `${x#w}` and similar: the value is unknown, and the word `w` may run commands or assign variables. */
function notComputed(state: State, scope: Scope, parameter: Parameter): void {
  const { operation, text } = parameter;
  const harmless =
    operation === undefined ||
    ((operation.type === "Remove" || operation.type === "Replace" || operation.type === "CaseModification") &&
      !/[$`]/.test(text.slice(1)));
  if (!harmless) giveUp(state, scope, parameter, "computes an unknown text");
}

interface Defaulted {
  readonly name: string;
  readonly held: Value | Unset;
  readonly operation: Extract<ParameterOperation, { type: "Default" }>;
}

/**
 * The operators `-`, `=`, `+` and `?`, with and without a colon: `${x-w}`, `${x:-w}`. With a colon, an empty value
 * counts as unset.
 */
function withDefault(state: State, scope: Scope, defaulted: Defaulted): Expanded {
  const { name, operation } = defaulted;
  const kind = operation.operator.slice(-1);
  const held = /[-=]/.test(kind) && isLeftToDefault(state, scope, defaulted) ? UNSET : defaulted.held;
  const present = isPresent(held, operation);
  const text = textOf(held);
  const expandWord = (path: State): Value => {
    const word = scope.analysis.evaluator.expandWord(path, scope, operation.operand);
    if (kind === "=") assign(path, name, word);
    return word;
  };
  if (kind === "?") {
    // The shell expands the message of `${x?message}` only when the shell ends. The message may contain a command
    // substitution.
    if (present !== true) perhaps(state, scope, expandWord);
    return { value: text, fails: present === undefined ? undefined : !present };
  }
  if (present === undefined) {
    const word = perhaps(state, scope, expandWord);
    return {
      value: kind !== "+" && text !== undefined && sameValue(text, word) ? text : undefined,
      fails: false,
    };
  }
  const usesWord = present === (kind === "+");
  if (!usesWord) return { value: kind === "+" ? "" : text, fails: false };
  return { value: expandWord(state), fails: false };
}

/** The known run (`HookReading.known`) uses the default for a variable that neither the script nor `env` sets. */
function isLeftToDefault({ vars }: State, { analysis }: Scope, { name, held }: Defaulted): boolean {
  return analysis.reads === "known-run" && held === undefined && !vars.has(name) && !analysis.env.has(name);
}

function isPresent(held: Value | Unset, operation: Defaulted["operation"]): Maybe {
  if (isUnset(held)) return false;
  if (held === undefined) return undefined;
  return !operation.operator.startsWith(":") || held !== "";
}

/**
 * Expands a word that the shell may or may not expand: a command substitution and an assignment in the word may happen.
 */
function perhaps(state: State, scope: Scope, expandWord: (path: State) => Value): Value {
  let word: Value;
  charged(scope, weightOf(state));
  branch(
    state,
    (path) => {
      word = expandWord(path);
    },
    () => {},
  );
  return word;
}
