import { type Document, isCollection, isPair, isScalar, type Node, type Pair, Scalar, visit } from "yaml";
import { CORRECT, type Refusal } from "./unreadable.ts";

/** Something that yaml reads, and kubectl refuses or reads as something else. */
export interface RefusedNode extends Refusal {
  /** Counts from the beginning of the text that was parsed. */
  readonly offset: number;
}

type Path = readonly unknown[];

/** The first such node. `text` is what was parsed. */
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
      const problem = `The anchor ${alias.source} contains itself`;
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
    return { problem: "A key must be a text, a number or a boolean", advice: CORRECT };
  return isScalar(key) && key.tag === "tag:yaml.org,2002:str" && key.value === "<<"
    ? { problem: "kubectl merges nothing where << has the tag !!str", advice: "Remove the tag." }
    : undefined;
}

/** kubectl ends a name at any other character: `&a:;sleep 9` is the text `:;sleep 9` (scannerc.go `yaml_parser_scan_anchor`). */
function asName(anchor: string | undefined): Refusal | undefined {
  return anchor === undefined || /^[\w-]+$/.test(anchor)
    ? undefined
    : {
        problem: "The name of an anchor must be of letters, digits, - and _",
        advice: "Rename it, or write a space behind it.",
      };
}

/** A host such as `*.example.com` without quotes is an alias, too. */
function asAlias(name: string): Refusal | undefined {
  return (
    asName(name) && {
      problem: "a value without quotes must not begin with *",
      advice: "Put the value in quotes.",
    }
  );
}

const EMPTY_LINE: Refusal = {
  problem: "kubectl keeps an empty line behind a line that ends with a backslash",
  advice: "Write \\n in place of the empty line, or remove it.",
};

const QUOTES_NEEDED: Refusal = {
  problem: "between brackets kubectl takes no text without quotes that has a ? or begins with a colon",
  advice: "Write it in quotes.",
};

const COLON: Refusal = {
  problem: "kubectl takes the colon for a part of this key",
  advice: "Write a space behind the colon.",
};

/** yaml drops the empty line. */
const KEPT_EMPTY_LINE = /(?<!\\)(?:\\\\)*\\\r?\n[ \t]*\r?\n/;
const COLON_WITHOUT_SPACE = /\s*:[,[\]{}]/y;

/** A text without quotes that is refused between brackets. */
export const NOT_IN_BRACKETS = /^:|\?/;

/** Whether a bracket or a comma follows the colon behind a key without quotes. */
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
