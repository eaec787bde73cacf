import { Document, isCollection, isMap, isScalar, isSeq, type Node, type Pair, Scalar, visit } from "yaml";
import { asObject } from "../../src/json.ts";
import type { Situation } from "../arbitraries/situations.ts";
import type { Random } from "../hook/random.ts";

/** The object of a situation, as a manifest with this name. */
export function manifestOf({ object, group, kind }: Situation, name: string): object {
  const { metadata, ...rest } = withoutEmptyLists(object) as { readonly metadata?: object };
  return { apiVersion: group === "" ? "v1" : `${group}/v1`, kind, metadata: { ...metadata, name }, ...rest };
}

/** Removes empty lists, because the library yaml writes them in places where it cannot read them again. */
function withoutEmptyLists(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmptyLists);
  const object = asObject(value);
  if (object === undefined) return value;
  return Object.fromEntries(
    Object.entries(object).flatMap(([key, one]) =>
      Array.isArray(one) && one.length === 0 ? [] : [[key, withoutEmptyLists(one)]],
    ),
  );
}

/**
 * The library yaml writes some YAML that kubectl reads differently: a quoted string that is folded far to the right,
 * and an empty value between brackets.
 */
const MISWRITTEN = /undefined\\\n|\w:[,\]}]/;

/** An object as a YAML or JSON text. */
export interface Styled {
  readonly text: string;
  /** Whether the text has YAML aliases or merge keys, so that several fields have one position in the text. */
  readonly shares: boolean;
}

/**
 * Writes an object with variations of style: comments, quotes, folded strings, anchors, braces, indentation, line ends,
 * JSON.
 */
export function styled(object: object, random: Random): Styled {
  if (random.chance(0.15)) return { text: json(object, random), shares: false };
  const shares = random.chance(0.3);
  const document = new Document(object, { version: "1.1", aliasDuplicateObjects: false });
  visit(document, {
    Scalar: (place, node) => styleScalar(node, random, place === "key"),
    Collection: (_, node, path) => {
      node.flow = random.chance(path.length > 6 ? 0.15 : 0.04);
    },
  });
  comment(document, random);
  if (shares) share(document, random);
  const style = {
    indent: random.pick([2, 2, 4]),
    indentSeq: random.chance(0.5),
    lineWidth: random.pick([0, 40, 80]),
    flowCollectionPadding: random.chance(0.3),
    nullStr: random.pick(["null", "~", ""]),
  };
  const written = document.toString(style);
  const text = MISWRITTEN.test(written)
    ? document.toString({ ...style, lineWidth: 0, nullStr: "null" })
    : written;
  return { text: around(text, random), shares };
}

function json(object: object, random: Random): string {
  const text = JSON.stringify(object, null, random.pick([undefined, 2, 4, "\t"]));
  return `${text}${random.pick(["", "\n", "\r\n"])}`;
}

/** Varies line ends and the end of the file, and adds a YAML document marker and other YAML documents. */
function around(text: string, random: Random): string {
  const lead = random.pick([
    "",
    "",
    "---\n",
    "# written by hand\n",
    "--- # first\n",
    "\uFEFF",
    `${OTHER}---\n`,
  ]);
  const whole = `${lead}${text}${random.pick(["", "", "...\n", `---\n${OTHER}`])}`;
  const ended = random.chance(0.2) ? whole.replace(/\n+$/, "") : whole;
  return random.chance(0.2) ? ended.replaceAll("\n", "\r\n") : ended;
}

const OTHER = `apiVersion: v1
kind: ConfigMap
metadata: {name: web}
data:
  start.sh: |
    #!/bin/sh
    exec /app
`;

function styleScalar(node: Scalar, random: Random, isKey: boolean): void {
  if (typeof node.value !== "string") return;
  const type = random.weighted([
    [6, undefined],
    [2, Scalar.QUOTE_DOUBLE],
    [2, Scalar.QUOTE_SINGLE],
    [isKey ? 0 : 1, Scalar.BLOCK_FOLDED],
    [isKey ? 0 : 1, Scalar.BLOCK_LITERAL],
  ] as const);
  // Between brackets kubectl needs quotes around some strings: those that contain ? or begin with a colon.
  if (type !== undefined || /\?|^:/.test(node.value)) node.type = type ?? Scalar.QUOTE_SINGLE;
}

function comment(document: Document, random: Random): void {
  let count = 0;
  const next = (): string => ` comment ${++count}`;
  const annotate = (node: unknown, inside: boolean): void => {
    if (!isScalar(node) && !isCollection(node)) return;
    if (random.chance(0.06)) node.commentBefore = next();
    if (random.chance(0.06) && !inside) node.comment = next();
    if (random.chance(0.03)) node.spaceBefore = true;
  };
  visit(document, {
    Pair: (_, { key, value }, path) => {
      const inFlow = path.some((one) => isCollection(one) && one.flow === true);
      if (inFlow && random.chance(0.9)) return;
      annotate(key, true);
      annotate(value, false);
    },
    Seq: (_, list) => {
      if (list.flow !== true) for (const item of list.items) annotate(item, false);
    },
  });
}

/**
 * Gives anchors to some YAML nodes, and replaces later nodes of the same value by YAML aliases. Adds merge keys to some
 * mappings.
 */
function share(document: Document, random: Random): void {
  const seen = new Map<string, Node>();
  let count = 0;
  const shared = (node: unknown): Node | undefined => {
    if (!isCollection(node) && !(isScalar(node) && typeof node.value === "number")) return undefined;
    const key = JSON.stringify(node);
    const before = seen.get(key) as (Node & { anchor?: string }) | undefined;
    if (before === undefined) {
      seen.set(key, node);
      if (random.chance(0.1)) (node as { anchor?: string }).anchor = `a${++count}`;
      return undefined;
    }
    if (!random.chance(0.5)) return undefined;
    before.anchor ??= `a${++count}`;
    return document.createAlias(before as Scalar, before.anchor);
  };
  visit(document, {
    Pair: (_, pair) => {
      const alias = shared(pair.value);
      if (alias !== undefined) (pair as Pair).value = alias;
      return alias === undefined ? undefined : visit.SKIP;
    },
    Seq: (_, list) => {
      for (const [index, item] of list.items.entries()) {
        const alias = isMap(item) || isSeq(item) ? undefined : shared(item);
        if (alias !== undefined) list.items[index] = alias;
      }
    },
  });
}
