/**
 * Why a shell may read a node differently from the parser. The W numbers refer to the parser's known faults in
 * test/hook/parser.test.ts.
 */
import type { Command, CompoundList, ParameterExpansionPart, ParsedScript, SyntaxNode, Word } from "./ast.ts";
import { type DialectType, hasDialect } from "./dialect.ts";

type Only<Type extends SyntaxNode["type"]> = Extract<SyntaxNode, { type: Type }>;

/** Returns the reason as a clause, or undefined if the node can be trusted. `own` is the text of the node. */
type Check<Type extends SyntaxNode["type"]> = (
  node: Only<Type>,
  text: string,
  own: string,
) => string | undefined;

const BAD_ARITHMETIC = "has an arithmetic expression that cannot be parsed";
const HIDDEN_COMMAND = "runs a command in a place that is not analysed";
const OLD_ARITHMETIC = "has an old $[...]";
const UNSURE = "has an ambiguous part";

/** The start of a command substitution. The interpreter does not find substitutions in every part of a word. */
const HOLDS_COMMAND = /\$\(|`/;

function hidesNoCommand(_node: SyntaxNode, _text: string, own: string): string | undefined {
  return HOLDS_COMMAND.test(own) ? HIDDEN_COMMAND : undefined;
}

function isWholeExpansion(
  node: Only<"CommandExpansion" | "ArithmeticCommandExpansion">,
  _text: string,
  own: string,
): string | undefined {
  const isWhole = /^(\$\([\s\S]*\)|`[\s\S]*`)$/.test(own) && node.script !== undefined;
  return isWhole ? undefined : "has an unfinished $(...)"; // W3
}

function hasProperName({ name }: Only<"For" | "Select">): string | undefined {
  return /^[A-Za-z_]\w*$/.test(name.text) ? undefined : "has a for without a proper name"; // W13
}

function coversText(node: Only<"Script" | "CompoundList">, text: string): string | undefined {
  return statementsCoverText(node, text) ? undefined : UNSURE; // W1
}

const CHECKS = {
  Script: coversText,
  CompoundList: coversText,
  Command: (node, text) => (gapsAreBlank(node, text) ? undefined : "has an ambiguous command"), // W1, W8
  Pipeline: (node) => (node.commands.length === 0 ? "negates nothing" : undefined), // W2
  CommandExpansion: isWholeExpansion,
  ArithmeticCommandExpansion: isWholeExpansion,
  ArithmeticFor: (_, __, own) => (/^for[ \t\n]*\(\(/.test(own) ? undefined : "has an unusual for"), // W4
  HereDoc: (node) => (node.closing === undefined ? "has a here-document without an end" : undefined), // W5
  Redirect: (node, text) =>
    isDigits(node.target) && /^[<>]/.test(text.slice(node.end)) // W6
      ? "has an ambiguous redirection"
      : undefined,
  ParameterExpansion: (node, _, own) => doubtAboutParameter(node, own),
  ArithmeticExpansion: (node, _, own) => {
    if (own.startsWith("$[")) return OLD_ARITHMETIC; // W10
    return node.expression === undefined ? BAD_ARITHMETIC : undefined; // W9
  },
  ArithmeticWord: (node) => (/^\S+$/.test(node.value) ? undefined : BAD_ARITHMETIC), // W9
  ArithmeticCommand: (node) => (node.expression === undefined ? BAD_ARITHMETIC : undefined),
  Literal: (node) => (node.text.includes("$[") ? OLD_ARITHMETIC : undefined), // W10
  Word: (node) => (node.parts === undefined && node.text.includes("$[") ? OLD_ARITHMETIC : undefined),
  Glob: hidesNoCommand,
  BraceExpansion: hidesNoCommand,
  LocaleString: hidesNoCommand,
  ExtendedGlob: () => "has an extended glob pattern", // W12
  For: hasProperName,
  Select: hasProperName,
  Function: (node) =>
    node.body.type === "CompoundList" ? "has a function without a proper body" : undefined,
  Coproc: () => "starts a coproc",
  ProcessSubstitution: (_, __, own) =>
    own.endsWith(")") ? undefined : "has an unfinished process substitution", // W14
  Assignment: (_, __, own) =>
    /^\w+\[/.test(own) && HOLDS_COMMAND.test(own) ? "runs a command in an index" : undefined,
} satisfies { readonly [Type in SyntaxNode["type"]]?: Check<Type> };

/**
 * Node types that have no check in `CHECKS`, and do not depend on the dialect. The compiler reports a node type that is
 * missing here.
 */
const PLAIN: { readonly [Type in Exclude<SyntaxNode["type"], keyof typeof CHECKS | DialectType>]: true } = {
  Statement: true,
  AndOr: true,
  Negation: true,
  If: true,
  Elif: true,
  While: true,
  Case: true,
  BraceGroup: true,
  Subshell: true,
  Redirected: true,
  TestUnary: true,
  TestBinary: true,
  TestLogical: true,
  TestNot: true,
  TestGroup: true,
  SimpleExpansion: true,
  SingleQuoted: true,
  DoubleQuoted: true,
  HereDocDelimiter: true,
  HereDocBody: true,
  ArithmeticTernary: true,
  ArithmeticGroup: true,
  Default: true,
  Remove: true,
  Replace: true,
  Slice: true,
  CaseModification: true,
  Transform: true,
  Names: true,
  Unknown: true,
};

/**
 * The reason to distrust a node, as a clause; undefined if the node can be trusted. A node of an unknown type is never
 * trusted.
 */
export function doubtAbout(node: SyntaxNode, text: string): string | undefined {
  const { type } = node;
  if (Object.hasOwn(CHECKS, type)) {
    const check = CHECKS[type as keyof typeof CHECKS] as Check<SyntaxNode["type"]>;
    return check(node, text, text.slice(node.pos, node.end));
  }
  const isKnown = Object.hasOwn(PLAIN, type) || hasDialect(type);
  return isKnown ? undefined : "has a part of an unknown kind";
}

function doubtAboutParameter(node: ParameterExpansionPart, own: string): string | undefined {
  const operation = node.operation?.type;
  // ${!x}, ${x@P}
  if (node.prefix === "!" || operation === "Transform")
    return "expands a text that may contain another expansion";
  const isExpanded = node.index === undefined && (operation === undefined || operation === "Default");
  if (HOLDS_COMMAND.test(own) && !isExpanded) return HIDDEN_COMMAND;
  const isPlain =
    own.startsWith("${") &&
    own.endsWith("}") &&
    operation !== "Unknown" &&
    /^(\w+|[@*#?$!-])$/.test(node.parameter);
  return isPlain ? undefined : "has an odd parameter expansion"; // W7
}

function isDigits(word: Word | undefined): boolean {
  return /^\d+$/.test(word?.text ?? "");
}

const BLANKS = /^(?:[ \t]|\\\n)*$/;

/** Whether only blanks and line continuations are between the pieces of a command, and no two words touch. */
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
 * Whether only separators and comments are between the statements. A text with a here-document is not checked, because
 * the bodies of here-documents are between statements, too.
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
