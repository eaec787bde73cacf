import {
  Composer,
  type CST,
  type Document,
  isAlias,
  isCollection,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  Parser,
  Scalar,
  type ScalarTag,
  type Tags,
  visit,
} from "yaml";
import { lexerOfKubectl } from "./lexer.ts";
import { type RefusedNode, refusedNode } from "./refused-node.ts";
import { MAYBE_NO_TEXT, plainScalar, type Resolved, resolved } from "./scalar.ts";
import { aliasError, syntaxError } from "./syntax-error.ts";

/**
 * The limit for expanded aliases. If a repeated node contains aliases, each repetition adds them to the count.
 * Manifests written by hand have a few dozen aliases.
 */
const MOST_ALIASES = 1000;

/** Parses YAML 1.1 as kubectl does: `010` is 8, and `on` is true. */
export function parseYaml(text: string, keepSourceTokens: boolean): readonly Document.Parsed[] {
  const composer = new Composer({
    version: "1.1",
    schema: "failsafe",
    customTags: TAGS_OF_KUBECTL,
    prettyErrors: false,
    logLevel: "silent",
    // `repeatedKeys` finds duplicate keys, because the library compares each key with all earlier keys. For 30,000
    // keys, the library needs half a minute.
    uniqueKeys: false,
    keepSourceTokens,
  });
  return [...composer.compose(tokensOf(text))];
}

function* tokensOf(text: string): Generator<CST.Token> {
  const parser = new Parser();
  for (const lexeme of lexerOfKubectl().lex(text)) yield* parser.next(lexeme);
  yield* parser.end();
}

const TAG = "tag:yaml.org,2002:";
const MERGE_KEY = "<<";

/**
 * The merge key `<<`. In the library yaml, the other keys of the mapping override the merge key, even if the merge key
 * comes last.
 */
const MERGE = {
  tag: `${TAG}merge`,
  default: "key",
  identify: (value: unknown) =>
    value === MERGE_KEY || (typeof value === "symbol" && value.description === MERGE_KEY),
  test: /^<<$/,
  resolve: () => Object.assign(new Scalar(Symbol(MERGE_KEY)), { addToJSMap: merge }),
} as const;

/**
 * kubectl's parser sets the keys of a mapping from top to bottom. A merge key sets the keys of the merged mapping at
 * its own position. So a later key overrides an earlier one (go.yaml.in/yaml 2.4 decode.go `mapping` and `merge`). In a
 * list of merged mappings, the first mapping has precedence.
 */
const merge: AddToMap = (context, map, value) => {
  const behind = (one: unknown): unknown =>
    context && isAlias(one) ? one.resolve(context.doc, context) : one;
  const source = behind(value);
  for (const one of isSeq(source) ? source.items.toReversed() : [source]) {
    const merged = behind(one);
    if (!isMap(merged)) throw new Error("Merge sources must be maps or map aliases");
    for (const [key, member] of merged.toJSON(null, context, Map)) setKey(map, key, member);
  }
};

type AddToMap = NonNullable<Scalar["addToJSMap"]>;

function setKey(map: Parameters<AddToMap>[1], key: unknown, value: unknown): void {
  if (map instanceof Map) map.set(key, value);
  else if (map instanceof Set) map.add(key);
  else
    Object.defineProperty(map, String(key), { value, writable: true, enumerable: true, configurable: true });
}

type OnError = (message: string) => void;

const PLAIN: ScalarTag = {
  tag: "a scalar without quotes",
  default: true,
  test: MAYBE_NO_TEXT,
  resolve: (text: string, onError: OnError) => inJson(plainScalar(text), onError),
};

function inJson(value: unknown, onError: OnError): unknown {
  if (typeof value === "number" && !Number.isFinite(value))
    onError("JSON has no infinite number and no NaN, and kubectl sends JSON to the API server");
  return value;
}

/**
 * A scalar with a tag such as `!!int` must have this type even without the tag (resolve.go). `!!float` also accepts
 * whole numbers.
 */
function typeTag(type: Resolved["type"], alsoTaken = type): ScalarTag {
  return {
    tag: `${TAG}${type}`,
    resolve(text: string, onError: OnError) {
      const { type: found, value } = resolved(text);
      if (found !== type && found !== alsoTaken) onError(`!!${type} cannot be ${found}`);
      return inJson(value, onError);
    },
  };
}

/** The value of `!!binary` is the decoded bytes as a string (decode.go `scalar`). */
const BINARY: ScalarTag = {
  tag: `${TAG}binary`,
  resolve(text: string, onError: OnError): string {
    try {
      return new TextDecoder().decode(Uint8Array.from(atob(text), (byte) => byte.charCodeAt(0)));
    } catch {
      onError("!!binary must be base64");
      return text;
    }
  },
};

/** kubectl's parser reads dates and `1:30` as strings. */
const TAGS_OF_KUBECTL: Tags = [
  MERGE,
  PLAIN,
  BINARY,
  typeTag("null"),
  typeTag("bool"),
  typeTag("int"),
  typeTag("float", "int"),
];

/** The last occurrence of a key that appears more than once in its mapping. Its value applies. */
export interface RepeatedKey {
  readonly name: string;
  /** As in `RefusedNode`. */
  readonly offset: number;
}

export type Parsed =
  | { readonly ok: true; readonly value: unknown; readonly repeated: readonly RepeatedKey[] }
  | ({ readonly ok: false } & RefusedNode);

const TOO_DEEP = {
  ok: false,
  problem: "the document is nested too deeply",
  advice: "No Kubernetes object is nested so deeply.",
} as const;
const TEMPLATE = {
  ok: false,
  problem: "this template is not rendered",
  advice: 'Render the template first, for example with "helm template", and give the output.',
} as const;

/** The error of the library yaml for a comment right after a quote or a bracket. kubectl accepts such a comment. */
const TAKEN_BY_KUBECTL = "Comments must be separated from other tokens by white space characters";

/** The value of a YAML document, or the reason why it cannot be read. */
export function readValue(document: Document.Parsed, text: string): Parsed {
  const offset = document.contents?.range?.[0] ?? document.range[0];
  const template = templateAt(document, text);
  if (template !== undefined) return { ...TEMPLATE, offset: template };
  if (document.errors.some(({ code }) => code === "RESOURCE_EXHAUSTION")) return { ...TOO_DEEP, offset };
  const error = syntaxError(document, text, (message) => message === TAKEN_BY_KUBECTL);
  if (error !== undefined) return { ok: false, ...error };
  try {
    const refused = refusedNode(document, text);
    if (refused !== undefined) return { ok: false, ...refused };
    const value = document.toJS({ maxAliasCount: MOST_ALIASES });
    return { ok: true, value, repeated: repeatedKeys(document) };
  } catch (thrown) {
    if (thrown instanceof RangeError) return { ...TOO_DEEP, offset };
    // All other errors are about YAML aliases or merge keys, such as too many aliases or a missing anchor.
    const error = aliasError((thrown as Error).message);
    return { ok: false, offset: unresolvedAlias(document) ?? offset, ...error };
  }
}

/** The limit for reported duplicate keys in one YAML document. A person does not type more duplicate keys. */
const MOST_REPEATED = 10;

/**
 * kubectl uses the last duplicate key without a warning, because `Decode` (k8s.io/apimachinery 0.37
 * pkg/util/yaml/decoder.go) calls the lenient `Unmarshal` of sigs.k8s.io/yaml 1.6.
 */
function repeatedKeys(document: Document.Parsed): readonly RepeatedKey[] {
  const all: RepeatedKey[] = [];
  visit(document, {
    Map(_, { items }) {
      const names = new Set<unknown>();
      const last = new Map<unknown, number>();
      for (const { key } of items as Pair<Node>[]) {
        const name = isScalar(key) ? key.value : key;
        if (names.has(name)) last.set(name, key.range?.[0] ?? 0);
        names.add(name);
      }
      for (const [name, offset] of last) all.push({ name: String(name), offset });
      return all.length < MOST_REPEATED ? undefined : visit.BREAK;
    },
  });
  return all.slice(0, MOST_REPEATED);
}

/**
 * The first alias without an anchor. This function visits each node once; the library searches the whole document for
 * each alias.
 */
function unresolvedAlias(document: Document.Parsed): number | undefined {
  const anchors = new Set<string>();
  let offset: number | undefined;
  visit(document, {
    Alias(_, { source, range }) {
      if (anchors.has(source)) return undefined;
      offset = range?.[0];
      return visit.BREAK;
    },
    Value(_, { anchor }) {
      if (anchor !== undefined) anchors.add(anchor);
    },
  });
  return offset;
}

/** A template statement such as `{{ if`, at the beginning of a line or of a value. */
const STATEMENT = /(?:^|:)[ \t]*\{\{-?[ \t]*(?:if|else|end|range|with|define|include|template|block|\/\*)/m;
const VALUE = /(?:^|[:-][ \t])[ \t]*\{\{/m;

/**
 * The offset of a sign that the YAML document is a Helm template; undefined without a sign. The signs are a template
 * statement that breaks the YAML syntax, a mapping as a key (`image: {{ .x }}`), and braces in metadata.name. Braces in
 * other strings are allowed.
 */
function templateAt(document: Document.Parsed, text: string): number | undefined {
  if (!text.includes("{{")) return undefined;
  const [error] = document.errors;
  if (error === undefined) {
    const name = document.getIn(["metadata", "name"], true);
    if (isScalar(name) && String(name.value).includes("{{")) return name.range?.[0];
    return collectionAsKey(document);
  }
  const statement = text.search(STATEMENT);
  if (statement >= 0) return text.indexOf("{{", statement);
  const line = text.lastIndexOf("\n", error.pos[0] - 1) + 1;
  const end = text.indexOf("\n", error.pos[0]);
  const value = VALUE.exec(text.slice(line, end < 0 ? text.length : end));
  return value === null ? undefined : text.indexOf("{{", line + value.index);
}

function collectionAsKey(document: Document.Parsed): number | undefined {
  let offset: number | undefined;
  visit(document, {
    Pair(_, { key }) {
      if (!isCollection(key)) return undefined;
      offset = key.range?.[0];
      return visit.BREAK;
    },
  });
  return offset;
}

interface Range {
  readonly start: number;
  readonly end: number;
}

/** The ranges of quoted values and keys, in the order of the text. */
export function quotedRanges(text: string): readonly Range[] {
  const all: Range[] = [];
  for (const document of parseYaml(text, false))
    visit(document, {
      Scalar(_, { type, range }) {
        if (range && type?.startsWith("QUOTE")) all.push({ start: range[0], end: range[1] });
      },
    });
  return all;
}
