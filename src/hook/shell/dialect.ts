/**
 * `sh` may be bash, dash or busybox ash. What follows is what at least one of dash 0.5.12 and busybox ash 1.35 reads
 * otherwise than Bash 5.2 (each measured): one of them anywhere under `sh`, and the text has no known meaning, as dash
 * refuses or misreads the whole line.
 */
import type { Command, SyntaxNode, Word } from "./parse.ts";

/** Redirecting a descriptor of two digits: dash takes the first digits as a word. */
const LARGEST_PLAIN_DESCRIPTOR = 9;

/** Why only bash can be trusted to read this node as parsed, or undefined. */
export function bashOnlyReason(node: SyntaxNode, text: string): string | undefined {
  switch (node.type) {
    case "BraceExpansion":
      return "brace expansion";
    case "ArithmeticCommand":
      return "((...))";
    case "ArithmeticFor":
      return "for ((...))";
    case "TestCommand":
      return "[[ ... ]]";
    case "Select":
      return "select";
    case "HereString":
      return "<<<";
    case "ProcessSubstitution":
      return "process substitution";
    case "ArrayValue":
      return "an array";
    case "AnsiCQuoted":
      return "$'...'";
    case "LocaleString":
      return '$"..."';
    case "Literal":
      return undefined;
    case "Pipeline":
      return pipelineReason(node.operators, node.prefixes);
    case "Redirect":
      return redirectReason(node.operator, node.target);
    case "FileDescriptor":
      return node.value > LARGEST_PLAIN_DESCRIPTOR ? "a descriptor above 9" : undefined;
    case "FileDescriptorVariable":
      return "a descriptor in a variable";
    case "CaseItem":
      return node.terminator === ";&" || node.terminator === ";;&" ? node.terminator : undefined;
    case "Function":
      return functionReason(text.slice(node.pos, node.end), node.name.text);
    case "Assignment":
      return node.append
        ? "+="
        : node.index !== undefined || /^\w+\[/.test(node.text)
          ? "an array"
          : undefined;
    case "ParameterExpansion":
      return parameterReason(node.prefix, node.index, node.operation?.type);
    case "ArithmeticBinary":
      return ["**", "**=", ","].includes(node.operator) ? `arithmetic ${node.operator}` : undefined;
    case "ArithmeticUnary":
      return ["++", "--"].includes(node.operator) ? `arithmetic ${node.operator}` : undefined;
    case "ArithmeticWord":
      return /[#[]/.test(node.value) ? "arithmetic on arrays or other bases" : undefined;
    case "Command":
      return commandReason(node);
    default:
      return undefined;
  }
}

function pipelineReason(
  operators: readonly string[],
  prefixes: readonly { type: string }[],
): string | undefined {
  if (operators.includes("|&")) return "|&";
  return prefixes.filter((prefix) => prefix.type === "Negation").length > 1 ? "! !" : undefined;
}

function redirectReason(operator: string, target: Word | undefined): string | undefined {
  if (operator === "&>" || operator === "&>>") return operator;
  if (operator !== ">&" && operator !== "<&") return undefined;
  return /^(\d|-)$/.test(target?.text ?? "") ? undefined : `${operator} with a file`;
}

function functionReason(own: string, name: string): string | undefined {
  if (/^function\b/.test(own)) return "function";
  return /^[A-Za-z_]\w*$/.test(name) ? undefined : "a function name that is no plain name";
}

function parameterReason(
  prefix: string | undefined,
  index: unknown,
  operation: string | undefined,
): string | undefined {
  if (prefix === "!" || index !== undefined) return "an array or an indirect name";
  return operation === undefined || operation === "Default" || operation === "Remove"
    ? undefined
    : `\${x} with ${operation}`;
}

/** Builtins that are not in all three shells, or do not mean the same there. */
const BASH_BUILTINS: ReadonlySet<string> = new Set([
  "bind",
  "caller",
  "compgen",
  "complete",
  "compopt",
  "declare",
  "disown",
  "enable",
  "function",
  "help",
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
  "suspend",
  "typeset",
  "[[",
  "builtin",
]); // prettier-ignore

function commandReason(node: Command): string | undefined {
  const name = node.name?.text;
  return name !== undefined && BASH_BUILTINS.has(name) ? name : undefined;
}
