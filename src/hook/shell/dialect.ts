/**
 * `sh` may be bash, dash or busybox ash. Tests showed that dash 0.5.12 or busybox ash 1.35 reads each construct in this
 * file differently from bash 5.2. If a text for `sh` has one of the constructs, its meaning is not known, because dash
 * may refuse or misread the whole line.
 */
import type { FunctionNode, ParameterExpansionPart, Pipeline, Redirect, SyntaxNode } from "./ast.ts";

/** The largest descriptor in a portable redirection: dash reads the first digit of a two-digit descriptor as a word. */
const LARGEST_PLAIN_DESCRIPTOR = 9;

/** Builtins that one of the three shells lacks, or that differ between the shells. */
const BASH_BUILTINS =
  /^(bind|builtin|caller|compgen|complete|compopt|declare|dirs|disown|enable|function|help|history|let|logout|mapfile|popd|pushd|readarray|select|shopt|source|suspend|typeset|\[\[)$/;

type Check<Type extends SyntaxNode["type"]> = (
  node: Extract<SyntaxNode, { type: Type }>,
  text: string,
) => string | undefined;

/**
 * Node types that dash or busybox ash may read differently from bash. If the type has a check, this concerns only nodes
 * for which the check returns a reason. All shells read nodes of any other type in the same way.
 */
const DIALECTS = {
  BraceExpansion: { bash: "brace expansion" },
  ArithmeticCommand: { bash: "((...))" },
  ArithmeticFor: { bash: "for ((...))" },
  TestCommand: { bash: "[[ ... ]]" },
  Select: { bash: "select" },
  Coproc: { bash: "coproc" },
  HereString: { bash: "<<<" },
  Time: { bash: "time" },
  ProcessSubstitution: { bash: "process substitution" },
  ExtendedGlob: { bash: "an extended glob pattern" },
  ArrayValue: { bash: "an array" },
  AnsiCQuoted: { bash: "$'...'" },
  LocaleString: { bash: '$"..."' },
  FileDescriptorVariable: { bash: "a descriptor in a variable" },
  Command: ({ name }) => (name !== undefined && BASH_BUILTINS.test(name.text) ? name.text : undefined),
  Pipeline: pipelineReason,
  Redirect: redirectReason,
  FileDescriptor: ({ value }) => (value > LARGEST_PLAIN_DESCRIPTOR ? "a descriptor above 9" : undefined),
  CaseItem: ({ terminator }) => (terminator === ";&" || terminator === ";;&" ? terminator : undefined),
  Function: functionReason,
  Assignment: ({ append, index, text }) => {
    if (append) return "+=";
    return index !== undefined || /^\w+\[/.test(text) ? "an array" : undefined;
  },
  ParameterExpansion: parameterReason,
  ArithmeticBinary: ({ operator }) => (/^(\*\*=?|,)$/.test(operator) ? `arithmetic ${operator}` : undefined),
  ArithmeticUnary: ({ operator }) => (/^(\+\+|--)$/.test(operator) ? `arithmetic ${operator}` : undefined),
  ArithmeticWord: ({ value }) =>
    /[#[]/.test(value) ? "arithmetic with arrays or other number bases" : undefined,
} satisfies { readonly [Type in SyntaxNode["type"]]?: { readonly bash: string } | Check<Type> };

/** Node types that depend on the dialect. */
export type DialectType = keyof typeof DIALECTS;

export function hasDialect(type: SyntaxNode["type"]): type is DialectType {
  return Object.hasOwn(DIALECTS, type);
}

/**
 * Why dash or busybox ash may read this node differently from bash; undefined if all shells read the node in the same
 * way.
 */
export function bashOnlyReason(node: SyntaxNode, text: string): string | undefined {
  const { type } = node;
  if (!hasDialect(type)) return undefined;
  const dialect = DIALECTS[type] as { readonly bash: string } | Check<SyntaxNode["type"]>;
  return typeof dialect === "function" ? dialect(node, text) : dialect.bash;
}

function pipelineReason({ operators, prefixes }: Pipeline): string | undefined {
  if (operators.includes("|&")) return "|&";
  return prefixes.filter((prefix) => prefix.type === "Negation").length > 1 ? "! !" : undefined;
}

function redirectReason({ operator, target }: Redirect): string | undefined {
  if (operator === "&>" || operator === "&>>") return operator;
  if (operator !== ">&" && operator !== "<&") return undefined;
  return /^(\d|-)$/.test(target?.text ?? "") ? undefined : `${operator} with a file`;
}

function functionReason({ pos, end, name }: FunctionNode, text: string): string | undefined {
  if (/^function\b/.test(text.slice(pos, end))) return "function";
  return /^[A-Za-z_]\w*$/.test(name.text) ? undefined : "a function name that is not a plain name";
}

function parameterReason({ prefix, index, operation }: ParameterExpansionPart): string | undefined {
  if (prefix === "!" || index !== undefined) return "an array or an indirect name";
  const { type } = operation ?? {};
  return type === undefined || type === "Default" || type === "Remove" ? undefined : `\${x} with ${type}`;
}
