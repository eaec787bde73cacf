/**
 * `sh` may be bash, dash or busybox ash. What follows is what at least one of dash 0.5.12 and busybox ash 1.35 reads
 * otherwise than Bash 5.2 (each measured): one of them anywhere under `sh`, and the text has no known meaning, as dash
 * refuses or misreads the whole line.
 */
import type { FunctionNode, ParameterExpansionPart, Pipeline, Redirect, SyntaxNode } from "./ast.ts";

/** Constructs that only bash has, whatever is in them. */
const BASH_NODES = {
  BraceExpansion: "brace expansion",
  ArithmeticCommand: "((...))",
  ArithmeticFor: "for ((...))",
  TestCommand: "[[ ... ]]",
  Select: "select",
  Coproc: "coproc",
  HereString: "<<<",
  ProcessSubstitution: "process substitution",
  ExtendedGlob: "an extended glob pattern",
  ArrayValue: "an array",
  AnsiCQuoted: "$'...'",
  LocaleString: '$"..."',
  FileDescriptorVariable: "a descriptor in a variable",
} as const satisfies Partial<Record<SyntaxNode["type"], string>>;

type BashNode = Extract<SyntaxNode, { type: keyof typeof BASH_NODES }>;

function isBashNode(node: SyntaxNode): node is BashNode {
  return Object.hasOwn(BASH_NODES, node.type);
}

/** Redirecting a descriptor of two digits: dash takes the first digits as a word. */
const LARGEST_PLAIN_DESCRIPTOR = 9;

/** Builtins that are not in all three shells, or do not mean the same there. */
const BASH_BUILTINS: ReadonlySet<string> = new Set([
  ...["bind", "caller", "compgen", "complete", "compopt", "declare", "disown", "enable", "function", "help"],
  ...[
    "history",
    "let",
    "logout",
    "mapfile",
    "popd",
    "pushd",
    "dirs",
    "readarray",
    "select",
    "shopt",
    "source",
  ],
  ...["suspend", "typeset", "[[", "builtin"],
]);

/** Why only bash can be trusted to read this node as parsed, or undefined. */
export function bashOnlyReason(node: SyntaxNode, text: string): string | undefined {
  if (isBashNode(node)) return BASH_NODES[node.type];
  switch (node.type) {
    case "Command": {
      const name = node.name?.text;
      return name !== undefined && BASH_BUILTINS.has(name) ? name : undefined;
    }
    case "Pipeline":
      return pipelineReason(node);
    case "Redirect":
      return redirectReason(node);
    case "FileDescriptor":
      return node.value > LARGEST_PLAIN_DESCRIPTOR ? "a descriptor above 9" : undefined;
    case "CaseItem":
      return node.terminator === ";&" || node.terminator === ";;&" ? node.terminator : undefined;
    case "Function":
      return functionReason(node, text);
    case "Assignment":
      if (node.append) return "+=";
      return node.index !== undefined || /^\w+\[/.test(node.text) ? "an array" : undefined;
    case "ParameterExpansion":
      return parameterReason(node);
    case "ArithmeticBinary":
      return ["**", "**=", ","].includes(node.operator) ? `arithmetic ${node.operator}` : undefined;
    case "ArithmeticUnary":
      return ["++", "--"].includes(node.operator) ? `arithmetic ${node.operator}` : undefined;
    case "ArithmeticWord":
      return /[#[]/.test(node.value) ? "arithmetic on arrays or other bases" : undefined;
    default:
      return isPosix(node.type) ? undefined : "a construct of a kind that is not known";
  }
}

type Decided = "Command" | "Pipeline" | "Redirect" | "FileDescriptor" | "CaseItem" | "Function";
type DecidedToo =
  | "Assignment"
  | "ParameterExpansion"
  | "ArithmeticBinary"
  | "ArithmeticUnary"
  | "ArithmeticWord";

/** All other nodes of the parser, which every shell reads alike. */
const POSIX_NODES: Readonly<
  Record<Exclude<SyntaxNode["type"], keyof typeof BASH_NODES | Decided | DecidedToo>, true>
> = {
  Script: true,
  Statement: true,
  CompoundList: true,
  AndOr: true,
  Negation: true,
  Time: true,
  If: true,
  Elif: true,
  While: true,
  For: true,
  Case: true,
  BraceGroup: true,
  Subshell: true,
  Redirected: true,
  TestUnary: true,
  TestBinary: true,
  TestLogical: true,
  TestNot: true,
  TestGroup: true,
  Word: true,
  Literal: true,
  Glob: true,
  SingleQuoted: true,
  DoubleQuoted: true,
  SimpleExpansion: true,
  CommandExpansion: true,
  HereDoc: true,
  HereDocDelimiter: true,
  HereDocBody: true,
  ArithmeticExpansion: true,
  ArithmeticTernary: true,
  ArithmeticGroup: true,
  ArithmeticCommandExpansion: true,
  Default: true,
  Remove: true,
  Replace: true,
  Slice: true,
  CaseModification: true,
  Transform: true,
  Names: true,
  Unknown: true,
};

function isPosix(type: string): boolean {
  return Object.hasOwn(POSIX_NODES, type);
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
