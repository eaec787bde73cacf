import { type Document, isCollection, isPair, isScalar, type Node, type Pair, Scalar, visit } from "yaml";
import { CORRECT, type Refusal } from "./unreadable.ts";

/** A node that the library yaml accepts, but that kubectl refuses or reads differently. */
export interface RefusedNode extends Refusal {
  /** The offset in the parsed text. */
  readonly offset: number;
}

type Path = readonly unknown[];

/** The first refused node. `text` is the parsed text. */
export function refusedNode(document: Document.Parsed, text: string): RefusedNode | undefined {
  const anchors = new Map<string, unknown>();
  let refused: RefusedNode | undefined;
  const stop = (node: Node, refusal: Refusal | undefined): symbol | undefined => {
    if (refusal === undefined) return undefined;
    refused = { offset: node.range?.[0] ?? 0, ...refusal };
    return visit.BREAK;
  };
  visit(document, {
    Pair: (_, pair) => stop(pair.key as Node, asKey(pair)),
    Alias(_, alias, path) {
      const isInside = path.includes(anchors.get(alias.source) as Node);
      const problem = `the anchor ${alias.source} contains itself`;
      return stop(alias, isInside ? { problem, advice: CORRECT } : asAlias(alias.source));
    },
    Value(_, node, path) {
      if (node.anchor !== undefined) anchors.set(node.anchor, node);
      return stop(node, asName(node.anchor) ?? (isScalar(node) ? asScalar(node, path, text) : undefined));
    },
  });
  return refused;
}

function asKey({ key }: Pair): Refusal | undefined {
  if (isCollection(key) || (isScalar(key) && key.value === null))
    return { problem: "a key must be a string, a number or a boolean", advice: CORRECT };
  return isScalar(key) && key.tag === "tag:yaml.org,2002:str" && key.value === "<<"
    ? { problem: "kubectl does not merge a << key that has the tag !!str", advice: "Remove the tag." }
    : undefined;
}

/**
 * For kubectl, the name of an anchor has only letters, digits, `-` and `_`. So kubectl reads `&a:;sleep 9` as an anchor
 * and the string `:;sleep 9` (scannerc.go `yaml_parser_scan_anchor`).
 */
function asName(anchor: string | undefined): Refusal | undefined {
  return anchor === undefined || /^[\w-]+$/.test(anchor)
    ? undefined
    : {
        problem: "the name of an anchor must consist of letters, digits, - and _",
        advice: "Rename the anchor, or write a space after its name.",
      };
}

/** Without quotes, a host such as `*.example.com` is a YAML alias, too. */
function asAlias(name: string): Refusal | undefined {
  return (
    asName(name) && {
      problem: "a value without quotes must not begin with *",
      advice: "Put the value in quotes.",
    }
  );
}

const EMPTY_LINE: Refusal = {
  problem: "kubectl keeps an empty line after a line that ends with a backslash",
  advice: "Write \\n in place of the empty line, or remove the empty line.",
};

const QUOTES_NEEDED: Refusal = {
  problem: "between brackets, kubectl refuses an unquoted text that has a ? or begins with a colon",
  advice: "Put the text in quotes.",
};

const COLON: Refusal = {
  problem: "kubectl reads the colon as a part of this key",
  advice: "Write a space after the colon.",
};

/**
 * Matches an empty line after a line that ends with a backslash. The library yaml drops such an empty line, and kubectl
 * keeps it.
 */
const KEPT_EMPTY_LINE = /(?<!\\)(?:\\\\)*\\\r?\n[ \t]*\r?\n/;
const COLON_WITHOUT_SPACE = /\s*:[,[\]{}]/y;

/** An unquoted scalar that kubectl refuses between brackets. */
export const NOT_IN_BRACKETS = /^:|\?/;

/** Whether the colon after an unquoted key has a bracket or a comma right after it. */
export function isColonBehind(text: string, keyEnd: number): boolean {
  COLON_WITHOUT_SPACE.lastIndex = keyEnd;
  return COLON_WITHOUT_SPACE.test(text);
}

function asScalar({ type, range }: Scalar, path: Path, text: string): Refusal | undefined {
  if (!range) return undefined;
  const source = text.slice(range[0], range[1]);
  if (type === Scalar.QUOTE_DOUBLE) return KEPT_EMPTY_LINE.test(source) ? EMPTY_LINE : undefined;
  if (type !== Scalar.PLAIN) return undefined;
  const isCut = isPair(path.at(-1)) && isColonBehind(text, range[1]);
  const refusal = NOT_IN_BRACKETS.test(source) ? QUOTES_NEEDED : isCut ? COLON : undefined;
  return refusal && path.some((one) => isCollection(one) && one.flow) ? refusal : undefined;
}
