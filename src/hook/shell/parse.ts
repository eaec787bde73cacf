/**
 * Makes a syntax tree of shell text. Limits apply before parsing. After parsing, `StrictWalk` checks the tree: a tree
 * is refused if a shell may read the text differently. Only this file calls the parser (unbash, pinned exactly).
 *
 * The parser is tolerant: it accepts text that shells refuse, so the absence of an error proves nothing. So the tree is
 * compared with the text; above all, the tree must contain every letter of the text. The parser follows the grammar of
 * bash 5.3. `bashOnly` is the first position in the text that dash or busybox ash would read differently from bash.
 */
import { forEachChild, parse } from "unbash";
import type { ParsedScript, SyntaxNode } from "./ast.ts";
import { bashOnlyReason } from "./dialect.ts";
import { doubtAbout } from "./doubt.ts";

/** A position in a shell text (UTF-16 offset), and a clause about the text there. */
export interface Remark {
  readonly offset: number;
  readonly because: string;
}

/** `message` comes from the parser, and may quote the text. */
export interface SyntaxFault extends Remark {
  readonly message: string;
}

/** The result of parsing a shell text. */
export type Reading =
  | { readonly kind: "script"; readonly script: ParsedScript; readonly bashOnly: Remark | undefined }
  /** No shell runs the text to its end. */
  | { readonly kind: "invalid"; readonly remark: SyntaxFault }
  | { readonly kind: "unreadable"; readonly remark: Remark };

/** The longest script of 139 real hooks has 233 characters; the parser takes quadratic time for some syntax errors. */
const LONGEST_SCRIPT = 4096;
/** The parser takes superlinear time for nesting: 64 open brackets take under 1 ms, 512 take over 1 s. */
const MOST_OPENERS = 64;
/** The parser scans `<(` and `>(` again at each level, which takes cubic time. */
const MOST_PROCESS_SUBSTITUTIONS = 4;
/** The parser reads a nested script several times: once for each level above it. */
const MOST_NESTED_SCRIPTS = 16;
/** The maximum depth of a syntax tree: checking a deeper tree could overflow the stack. */
const DEEPEST_TREE = 150;
/** The maximum number of nodes of a syntax tree; the scripts of real hooks have fewer. */
const MOST_NODES = 5000;

const OPENERS = /[({[`]/g;
const PROCESS_SUBSTITUTIONS = /[<>]\(/g;

/** Reads a shell text. */
export function readScript(text: string): Reading {
  const tooMuch = gate(text);
  if (tooMuch !== undefined) return unreadable(tooMuch);
  try {
    const script = parse(text);
    const error = script.errors?.[0];
    if (error !== undefined) {
      const because = `does not parse at character ${error.pos + 1}`;
      return { kind: "invalid", remark: { offset: error.pos, because, message: error.message } };
    }
    return new StrictWalk(text).read(script);
  } catch (thrown) {
    // The parser and its lazy parts recurse, so the stack overflows on a text that nests deeper than any hook.
    if (thrown instanceof RangeError) return unreadable("is nested too deeply");
    throw thrown;
  }
}

/** Whether the test is true for this node and every node below it. */
export function everyNode(node: SyntaxNode, test: (node: SyntaxNode) => boolean): boolean {
  let holds = test(node);
  forEachChild(node, (child) => {
    holds &&= everyNode(child, test);
  });
  return holds;
}

function unreadable(because: string, offset = 0): Reading {
  return { kind: "unreadable", remark: { offset, because } };
}

function gate(text: string): string | undefined {
  if (text.length > LONGEST_SCRIPT) return `is longer than ${LONGEST_SCRIPT} characters`;
  if (text.includes("\0")) return "contains a NUL character";
  if ((text.match(OPENERS)?.length ?? 0) > MOST_OPENERS) return `opens more than ${MOST_OPENERS} brackets`;
  if ((text.match(PROCESS_SUBSTITUTIONS)?.length ?? 0) > MOST_PROCESS_SUBSTITUTIONS)
    return "has too many process substitutions";
  return undefined;
}

/** Why a syntax tree cannot be trusted; `pos` is an offset in the shell text. */
interface Doubt {
  readonly pos: number;
  readonly because: string;
}

/** Checks a syntax tree against its shell text. The check ends at the first node that cannot be trusted. */
export class StrictWalk {
  readonly #text: string;
  #nodes = 0;
  #nested = 0;
  #doubt: Doubt | undefined;
  #bashOnly: Remark | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  read(script: ParsedScript): Reading {
    this.#visit(script, this.#text, 0);
    if (this.#doubt !== undefined) return unreadable(this.#doubt.because, this.#doubt.pos);
    return { kind: "script", script, bashOnly: this.#bashOnly };
  }

  #visit(node: SyntaxNode, text: string, depth: number): void {
    if (this.#doubt !== undefined) return;
    this.#nodes += 1;
    const source = node.type === "Script" ? (node.source ?? text) : text;
    const because = this.#tooMuch(node, depth) ?? doubtAbout(node, source);
    if (because !== undefined) {
      this.#doubt = { pos: node.pos, because };
      return;
    }
    this.#noteDialect(node, source);
    forEachChild(node, (child) => {
      this.#visit(child, source, depth + 1);
    });
  }

  #tooMuch(node: SyntaxNode, depth: number): string | undefined {
    if (this.#nodes > MOST_NODES || depth > DEEPEST_TREE) return "is nested too deeply";
    if (node.type !== "Script" || depth === 0) return undefined;
    this.#nested += 1;
    if (this.#nested > MOST_NESTED_SCRIPTS) return "nests too many scripts";
    const error = (node as ParsedScript).errors?.[0];
    return error === undefined ? undefined : "has a part that does not parse";
  }

  #noteDialect(node: SyntaxNode, source: string): void {
    if (this.#bashOnly !== undefined) return;
    const because = bashOnlyReason(node, source);
    if (because !== undefined) this.#bashOnly = { offset: node.pos, because };
  }
}
