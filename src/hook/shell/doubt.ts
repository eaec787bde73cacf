/**
 * Why the tree of a node may not be what a shell reads. The W numbers are those of the parser's known faults
 * (test/hook/parser.test.ts).
 */
import type { Command, CompoundList, ParameterExpansionPart, ParsedScript, SyntaxNode, Word } from "./ast.ts";

/** A clause, or undefined where the node can be trusted. A node of an unknown type is never trusted. */
export function doubtAbout(node: SyntaxNode, text: string): string | undefined {
  switch (node.type) {
    case "Script":
    case "CompoundList":
      return statementsCoverText(node, text) ? undefined : "has a part that cannot be read for sure"; // W1
    case "Command":
      return gapsAreBlank(node, text) ? undefined : "has a command that cannot be read for sure"; // W1, W8
    case "Word":
    case "Literal":
    case "Glob":
    case "BraceExpansion":
    case "LocaleString":
    case "ExtendedGlob":
    case "SimpleExpansion":
    case "ParameterExpansion":
    case "CommandExpansion":
    case "ProcessSubstitution":
    case "ArithmeticExpansion":
    case "ArithmeticCommandExpansion":
    case "ArithmeticWord":
      return doubtAboutWord(node, text);
    case "Pipeline":
    case "ArithmeticFor":
    case "ArithmeticCommand":
    case "For":
    case "Select":
    case "Function":
    case "Coproc":
    case "HereDoc":
    case "Redirect":
    case "Assignment":
      return doubtAboutCompound(node, text);
    case "Statement":
    case "AndOr":
    case "Negation":
    case "Time":
    case "If":
    case "Elif":
    case "While":
    case "Case":
    case "CaseItem":
    case "BraceGroup":
    case "Subshell":
    case "Redirected":
    case "TestCommand":
    case "TestUnary":
    case "TestBinary":
    case "TestLogical":
    case "TestNot":
    case "TestGroup":
    case "SingleQuoted":
    case "DoubleQuoted":
    case "AnsiCQuoted":
    case "ArrayValue":
    case "HereString":
    case "HereDocDelimiter":
    case "HereDocBody":
    case "FileDescriptor":
    case "FileDescriptorVariable":
    case "ArithmeticBinary":
    case "ArithmeticUnary":
    case "ArithmeticTernary":
    case "ArithmeticGroup":
    case "Default":
    case "Remove":
    case "Replace":
    case "Slice":
    case "CaseModification":
    case "Transform":
    case "Names":
    case "Unknown":
      return undefined;
    default:
      node satisfies never;
      return "has a part of a kind that is not known";
  }
}

type Only<Type extends SyntaxNode["type"]> = Extract<SyntaxNode, { type: Type }>;

const BAD_ARITHMETIC = "has an arithmetic expression that cannot be read";
const HIDDEN_COMMAND = "runs a command in a place that is not followed";
const OLD_ARITHMETIC = "has an old $[...]";

/** A command in a part of a word that the interpreter does not expand would run unseen. */
const HOLDS_COMMAND = /\$\(|`/;

function doubtAboutWord(
  node: Only<
    | "Word"
    | "Literal"
    | "Glob"
    | "BraceExpansion"
    | "LocaleString"
    | "ExtendedGlob"
    | "SimpleExpansion"
    | "ParameterExpansion"
    | "CommandExpansion"
    | "ProcessSubstitution"
    | "ArithmeticExpansion"
    | "ArithmeticCommandExpansion"
    | "ArithmeticWord"
  >,
  text: string,
): string | undefined {
  const own = text.slice(node.pos, node.end);
  switch (node.type) {
    case "Word":
      return node.parts === undefined && node.text.includes("$[") ? OLD_ARITHMETIC : undefined; // W10
    case "Literal":
      return node.text.includes("$[") ? OLD_ARITHMETIC : undefined; // W10
    case "Glob":
    case "BraceExpansion":
    case "LocaleString":
      return HOLDS_COMMAND.test(own) ? HIDDEN_COMMAND : undefined;
    case "ExtendedGlob":
      return "has an extended glob pattern"; // W12
    case "SimpleExpansion":
      return undefined;
    case "ParameterExpansion":
      return doubtAboutParameter(node, own);
    case "CommandExpansion":
    case "ArithmeticCommandExpansion": {
      const isWhole = /^(\$\([\s\S]*\)|`[\s\S]*`)$/.test(own) && node.script !== undefined;
      return isWhole ? undefined : "has an unfinished $(...)"; // W3
    }
    case "ProcessSubstitution":
      return own.endsWith(")") ? undefined : "has an unfinished process substitution"; // W14
    case "ArithmeticExpansion":
      if (own.startsWith("$[")) return OLD_ARITHMETIC; // W10
      return node.expression === undefined ? BAD_ARITHMETIC : undefined; // W9
    case "ArithmeticWord":
      return /^\S+$/.test(node.value) ? undefined : BAD_ARITHMETIC; // W9
    default:
      node satisfies never;
      return HIDDEN_COMMAND;
  }
}

function doubtAboutParameter(node: ParameterExpansionPart, own: string): string | undefined {
  const operation = node.operation?.type;
  // ${!x}, ${x@P}
  if (node.prefix === "!" || operation === "Transform")
    return "expands a text that may hold another expansion";
  const isExpanded = node.index === undefined && (operation === undefined || operation === "Default");
  if (HOLDS_COMMAND.test(own) && !isExpanded) return HIDDEN_COMMAND;
  const isPlain =
    own.startsWith("${") &&
    own.endsWith("}") &&
    operation !== "Unknown" &&
    /^(\w+|[@*#?$!-])$/.test(node.parameter);
  return isPlain ? undefined : "has an odd parameter expansion"; // W7
}

function doubtAboutCompound(
  node: Only<
    | "Pipeline"
    | "ArithmeticFor"
    | "ArithmeticCommand"
    | "For"
    | "Select"
    | "Function"
    | "Coproc"
    | "HereDoc"
    | "Redirect"
    | "Assignment"
  >,
  text: string,
): string | undefined {
  const own = text.slice(node.pos, node.end);
  switch (node.type) {
    case "Pipeline":
      return node.commands.length === 0 ? "negates nothing" : undefined; // W2
    case "ArithmeticFor":
      return /^for[ \t\n]*\(\(/.test(own) ? undefined : "has an unusual for"; // W4
    case "ArithmeticCommand":
      return node.expression === undefined ? BAD_ARITHMETIC : undefined;
    case "For":
    case "Select":
      return /^[A-Za-z_]\w*$/.test(node.name.text) ? undefined : "has a for without a proper name"; // W13
    case "Function":
      return node.body.type === "CompoundList" ? "has a function without a proper body" : undefined;
    case "Coproc":
      return "starts a coproc";
    case "HereDoc":
      return node.closing === undefined ? "has a here-document without an end" : undefined; // W5
    case "Redirect":
      return isDigits(node.target) && /^[<>]/.test(text.slice(node.end)) // W6
        ? "has a redirection that cannot be read for sure"
        : undefined;
    case "Assignment":
      return /^\w+\[/.test(own) && HOLDS_COMMAND.test(own) ? "runs a command in an index" : undefined;
    default:
      node satisfies never;
      return HIDDEN_COMMAND;
  }
}

function isDigits(word: Word | undefined): boolean {
  return /^\d+$/.test(word?.text ?? "");
}

const BLANKS = /^(?:[ \t]|\\\n)*$/;

/** Between the pieces of a command stand only blanks and continued lines, and two words do not touch. */
function gapsAreBlank(node: Command, text: string): boolean {
  const pieces = [...node.prefix, ...(node.name === undefined ? [] : [node.name]), ...node.suffix];
  let end = node.pos;
  let previous: (typeof pieces)[number] | undefined;
  for (const piece of pieces) {
    const gap = text.slice(end, piece.pos);
    if (!BLANKS.test(gap)) return false;
    if (gap === "" && previous?.type === "Word" && piece.type === "Word") return false;
    end = piece.end;
    previous = piece;
  }
  return BLANKS.test(text.slice(end, node.end));
}

const SEPARATORS = /^(?:[ \t\n;&]|\\\n|#[^\n]*(?:\n|$))*$/;

/**
 * Between statements stand only separators and comments. The bodies of here-documents lie there too: texts with one are
 * checked command by command only.
 */
function statementsCoverText(node: ParsedScript | CompoundList, text: string): boolean {
  if (text.includes("<<")) return true;
  let { pos: end } = node;
  for (const statement of node.commands) {
    if (!SEPARATORS.test(text.slice(end, statement.pos))) return false;
    ({ end } = statement);
  }
  const last = node.type === "Script" && node.pos === 0 ? text.length : node.end;
  return SEPARATORS.test(text.slice(end, last));
}
