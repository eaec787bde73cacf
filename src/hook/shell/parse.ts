/**
 * Shell text to tree: a gate of caps before the parser, and a walk behind it that refuses every tree which may not be
 * what a shell would read. This is the only file that knows the parser (unbash, pinned exactly).
 *
 * The parser is tolerant: it accepts text that shells refuse, and an absent error proves nothing. The walk therefore
 * trusts only what it can check against the text: above all that no letter of the text is missing in the tree.
 * It reads Bash 5.3; `bashOnly` names the first place where dash or busybox ash would read something else.
 */
import {
  type Command,
  type CompoundList,
  forEachChild,
  type ParsedScript,
  parse,
  type SyntaxNode,
} from "unbash";
import { bashOnlyReason } from "./dialect.ts";

export type {
  AndOr,
  ArithmeticExpression,
  ArithmeticFor,
  Assignment,
  Case,
  Command,
  CompoundList,
  For,
  Function as FunctionNode,
  HereDoc,
  If,
  ParameterExpansionPart,
  ParsedScript,
  Pipeline,
  ProcessSubstitutionPart,
  Redirect,
  Redirected,
  Redirection,
  Statement,
  SyntaxNode,
  TestExpression,
  While,
  Word,
  WordPart,
} from "unbash";

/** A place in a shell text and what is to be said about it. */
export interface Remark {
  readonly offset: number;
  readonly because: string;
}

/** `message` is the parser's, and may quote the text. */
export interface SyntaxFault extends Remark {
  readonly message: string;
}

/** What became of a text. */
export type Reading =
  | { readonly kind: "script"; readonly script: ParsedScript; readonly bashOnly: Remark | undefined }
  /** No shell runs it to its end; `before` is what stands on the lines before, which a shell does run. */
  | { readonly kind: "invalid"; readonly remark: SyntaxFault; readonly firstLine: boolean }
  | { readonly kind: "unreadable"; readonly remark: Remark };

/** The longest script of 139 real hooks has 233 characters; some syntax errors cost quadratic time. */
const LONGEST_SCRIPT = 4096;
/** Nesting is what costs superlinear time: 64 openers stay under a millisecond, 512 take over a second. */
const MOST_OPENERS = 64;
/** `<(` and `>(` are scanned again at each level (cubic time). */
const MOST_PROCESS_SUBSTITUTIONS = 4;
const MOST_NESTED_SCRIPTS = 16;
const DEEPEST_TREE = 150;
const MOST_NODES = 5000;

const OPENERS = /[({[`]/g;
const PROCESS_SUBSTITUTIONS = /[<>]\(/g;

/** Reads a shell text; never throws. */
export function readScript(text: string): Reading {
  const tooMuch = gate(text);
  if (tooMuch !== undefined) return { kind: "unreadable", remark: { offset: 0, because: tooMuch } };
  try {
    const script = parse(text);
    const error = script.errors?.[0];
    if (error !== undefined) return invalid(text, error.pos, error.message);
    return new StrictWalk(text).read(script);
  } catch {
    // The parser and its lazy parts recurse; what overflows the stack is nobody's hook.
    return { kind: "unreadable", remark: { offset: 0, because: "is nested too deeply" } };
  }
}

function gate(text: string): string | undefined {
  if (text.length > LONGEST_SCRIPT) return `is longer than ${LONGEST_SCRIPT} characters`;
  if (text.includes("\0")) return "contains a NUL character";
  if ((text.match(OPENERS)?.length ?? 0) > MOST_OPENERS) return `opens more than ${MOST_OPENERS} brackets`;
  if ((text.match(PROCESS_SUBSTITUTIONS)?.length ?? 0) > MOST_PROCESS_SUBSTITUTIONS)
    return "has too many process substitutions";
  return undefined;
}

/** A shell reads line by line and runs what stands before the line with the error. */
function invalid(text: string, offset: number, message: string): Reading {
  return {
    kind: "invalid",
    remark: { offset, because: `does not parse at character ${offset + 1}`, message },
    firstLine: !text.trim().includes("\n"),
  };
}

/** Thrown inside the walk only, where a tree cannot be trusted. */
class Untrusted {
  readonly remark: Remark;
  constructor(offset: number, because: string) {
    this.remark = { offset, because };
  }
}

class StrictWalk {
  readonly #text: string;
  #nodes = 0;
  #nested = 0;
  #bashOnly: Remark | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  read(script: ParsedScript): Reading {
    try {
      this.#visit(script, this.#text, 0);
      return { kind: "script", script, bashOnly: this.#bashOnly };
    } catch (thrown) {
      if (thrown instanceof Untrusted) return { kind: "unreadable", remark: thrown.remark };
      throw thrown;
    }
  }

  #visit(node: SyntaxNode, text: string, depth: number): void {
    this.#nodes += 1;
    if (this.#nodes > MOST_NODES || depth > DEEPEST_TREE) throw new Untrusted(0, "is nested too deeply");
    let source = text;
    if (node.type === "Script" && depth > 0) {
      this.#nested += 1;
      source = node.source ?? text;
      if (this.#nested > MOST_NESTED_SCRIPTS) throw new Untrusted(0, "holds too many scripts in each other");
      const error = "errors" in node ? node.errors?.[0] : undefined;
      if (error !== undefined)
        throw new Untrusted(error.pos, `has a part that does not parse (${error.message})`);
    }
    const doubt = doubtAbout(node, source);
    if (doubt !== undefined) throw new Untrusted(node.pos, doubt);
    if (this.#bashOnly === undefined) {
      const because = bashOnlyReason(node, source);
      if (because !== undefined) this.#bashOnly = { offset: node.pos, because };
    }
    forEachChild(node, (child) => {
      this.#visit(child, source, depth + 1);
    });
  }
}

/** Why the tree of this node may not be what a shell reads; the W numbers are those of the parser's known faults. */
function doubtAbout(node: SyntaxNode, text: string): string | undefined {
  const own = text.slice(node.pos, node.end);
  switch (node.type) {
    case "Command":
      return gapsAreBlank(node, text) ? undefined : "has a command that cannot be read for sure"; // W1, W8
    case "Pipeline":
      return node.commands.length === 0 ? "negates nothing" : undefined; // W2
    case "CommandExpansion":
    case "ArithmeticCommandExpansion":
      return /^(\$\([\s\S]*\)|`[\s\S]*`)$/.test(own) && node.script !== undefined
        ? undefined
        : "has an unfinished $(...)"; // W3
    case "ArithmeticFor":
      return /^for[ \t\n]*\(\(/.test(own) ? undefined : "has an unusual for"; // W4
    case "HereDoc":
      return node.closing === undefined ? "has a here-document without an end" : undefined; // W5
    case "Redirect":
      return /^\d+$/.test(node.target?.text ?? "") && /^[<>]/.test(text.slice(node.end)) // W6
        ? "has a redirection that cannot be read for sure"
        : undefined;
    case "ParameterExpansion":
      if (node.prefix === "!" || node.operation?.type === "Transform")
        return "expands a text that may hold another expansion"; // ${!x}, ${x@P}
      if (
        HOLDS_COMMAND.test(own) &&
        (/^\$\{[!#]?\w+\[/.test(own) ||
          node.index !== undefined ||
          UNFOLLOWED.test(node.operation?.type ?? ""))
      )
        return "runs a command in a place that is not followed";
      return parameterIsPlain(own, node.parameter, node.operation?.type)
        ? undefined
        : "has an odd parameter expansion"; // W7
    case "ArithmeticExpansion":
      if (own.startsWith("$[")) return "has an old $[...]"; // W10
      return node.expression === undefined ? "has an arithmetic expression that cannot be read" : undefined; // W9
    case "ArithmeticWord":
      return /^\S+$/.test(node.value) ? undefined : "has an arithmetic expression that cannot be read"; // W9
    case "Script":
    case "CompoundList":
      return statementsCoverText(node, text) ? undefined : "has a part that cannot be read for sure"; // W1
    case "ArithmeticCommand":
      return node.expression === undefined ? "has an arithmetic expression that cannot be read" : undefined;
    case "Literal":
      return node.text.includes("$[") ? "has an old $[...]" : undefined; // W10
    case "Word":
      return node.parts === undefined && node.text.includes("$[") ? "has an old $[...]" : undefined;
    case "Glob":
    case "BraceExpansion":
    case "LocaleString":
      return HOLDS_COMMAND.test(own) ? "runs a command in a place that is not followed" : undefined;
    case "Assignment":
      return /^\w+\[/.test(own) && HOLDS_COMMAND.test(own) ? "runs a command in an index" : undefined;
    case "ExtendedGlob":
      return "has an extended glob pattern"; // W12
    case "For":
    case "Select":
      return /^[A-Za-z_]\w*$/.test(node.name.text) ? undefined : "has a for without a proper name"; // W13
    case "ProcessSubstitution":
      return own.endsWith(")") && node.script !== undefined
        ? undefined
        : "has an unfinished process substitution"; // W14
    case "Function":
      return node.body.type === "CompoundList" ? "has a function without a proper body" : undefined;
    case "Coproc":
      return "starts a coproc";
    default:
      return undefined;
  }
}

/** Between the pieces of a command there is nothing but blanks and continued lines, and pieces do not touch. */
function gapsAreBlank(node: Command, text: string): boolean {
  const pieces = [...node.prefix, ...(node.name === undefined ? [] : [node.name]), ...node.suffix];
  let end = node.pos;
  let previous: (typeof pieces)[number] | undefined;
  for (const piece of pieces) {
    const gap = text.slice(end, piece.pos);
    if (!/^(?:[ \t]|\\\n)*$/.test(gap)) return false;
    if (gap === "" && previous?.type === "Word" && piece.type === "Word") return false;
    end = piece.end;
    previous = piece;
  }
  return /^(?:[ \t]|\\\n)*$/.test(text.slice(end, node.end));
}

/**
 * Between statements there is nothing but separators and comments. The bodies of here-documents lie there too: texts
 * with one are checked command by command only.
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

const SEPARATORS = /^(?:[ \t\n;&]|\\\n|#[^\n]*(?:\n|$))*$/;

/** A command in a part of a word that the interpreter does not expand would run unseen. */
const UNFOLLOWED = /^(CaseModification|Transform|Names)$/;
const HOLDS_COMMAND = /\$\(|`/;

function parameterIsPlain(own: string, parameter: string, operation: string | undefined): boolean {
  return (
    own.startsWith("${") &&
    own.endsWith("}") &&
    operation !== "Unknown" &&
    /^(\w+|[@*#?$!-])$/.test(parameter)
  );
}
