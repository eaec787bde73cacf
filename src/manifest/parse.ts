import {
  Document,
  isAlias,
  isCollection,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  parseAllDocuments,
  Scalar,
  type ScalarTag,
  type Tags,
  visit,
} from "yaml";

/** Aliases that are followed, the nodes behind them counted. Hand-written manifests use a few dozen. */
const MOST_ALIASES = 1000;

/** YAML 1.1 as kubectl reads it, where `010` is 8 and `on` is true. */
const AS_KUBECTL = { version: "1.1", customTags: tagsOfKubectl } as const;

export function parseYaml(text: string, keepSourceTokens: boolean): readonly Document.Parsed[] {
  return parseAllDocuments(text, {
    ...AS_KUBECTL,
    prettyErrors: false,
    logLevel: "silent",
    // Found by `repeatedKeys`: yaml compares each key with all keys before it, half a minute for 30,000.
    uniqueKeys: false,
    keepSourceTokens,
  });
}

/**
 * YAML 1.1 also has dates and `1:30` as 90, which kubectl's parser leaves as the text they are. And a number has a digit
 * (go.yaml.in/yaml 2.4 resolve.go `yamlStyleFloat`): yaml takes `.` and `e2` for numbers, too.
 */
function tagsOfKubectl(tags: Tags): Tags {
  const ofYaml = tags
    .filter(
      (tag) =>
        typeof tag === "string" ||
        (!/:(timestamp|binary|omap|pairs|set|merge)$/.test(tag.tag) &&
          !("format" in tag && tag.format === "TIME")),
    )
    .map((tag) => (typeof tag !== "string" && isDigitsFloat(tag) ? withDigit(tag) : tag));
  return [MERGE, PREFIXED, ZERO, BINARY, ...ofYaml];
}

const MERGE_KEY = "<<";

/** `<<`. yaml lets other keys of the mapping win, wherever they stand. */
const MERGE = {
  tag: "tag:yaml.org,2002:merge",
  default: "key",
  identify: (value: unknown) =>
    value === MERGE_KEY || (typeof value === "symbol" && value.description === MERGE_KEY),
  test: /^<<$/,
  resolve: () => Object.assign(new Scalar(Symbol(MERGE_KEY)), { addToJSMap: merge }),
} as const;

/**
 * kubectl's parser takes keys in the order of the text, and a merge key sets those of its mapping there: what comes later wins
 * (go.yaml.in/yaml 2.4 decode.go `mapping` and `merge`). In a list of mappings the first one wins.
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

/** Whole numbers with the prefixes of Go, `0o17` among them (resolve.go, by `strconv.ParseInt` with base 0). */
const PREFIXED = {
  tag: "tag:yaml.org,2002:int",
  default: true,
  test: /^[-+]?0(?:[xX]_*[\da-fA-F][\da-fA-F_]*|[oO]_*[0-7][0-7_]*|[bB]_*[01][01_]*)$/,
  resolve(text: string): number {
    const digits = text.replaceAll("_", "");
    return digits.startsWith("-") ? -Number(digits.slice(1)) : Number(digits.replace("+", ""));
  },
} as const;

/** yaml reads `0_` as no number. */
const ZERO = {
  tag: "tag:yaml.org,2002:int",
  default: true,
  test: /^[-+]?0_+$/,
  resolve: (): number => 0,
} as const;

/** The bytes are the text (decode.go `scalar`). */
const BINARY = {
  tag: "tag:yaml.org,2002:binary",
  resolve(text: string, onError: (message: string) => void): string {
    try {
      return new TextDecoder().decode(Uint8Array.from(atob(text), (byte) => byte.charCodeAt(0)));
    } catch {
      onError("!!binary must be base64");
      return text;
    }
  },
} as const;

type TestedTag = ScalarTag & { readonly test: RegExp };

/** The tag of floats that are written in digits, not the one of `.inf` and `.nan`. */
function isDigitsFloat(tag: Exclude<Tags[number], string>): tag is TestedTag {
  return tag.tag.endsWith(":float") && isTested(tag) && !tag.test.test(".nan");
}

function isTested(tag: Exclude<Tags[number], string>): tag is TestedTag {
  return "test" in tag && tag.test !== undefined;
}

function withDigit(tag: TestedTag): ScalarTag {
  return { ...tag, test: new RegExp(`^(?=[-+]?\\.?\\d)${tag.test.source}`) };
}

/** What a scalar without quotes may be, other than a text. */
const SCALAR_TAGS = new Document(null, AS_KUBECTL).schema.tags.filter(
  (tag): tag is TestedTag => tag.default === true && isTested(tag),
);

/** Everything that one of these tags takes, and some texts. */
const MAYBE_NO_TEXT = /^(?:[-+.\d]|(?:~|y|yes|n|no|on|off|true|false|null)?$)/i;

/** The value of a scalar without quotes, as yaml reads it. */
export function plainScalar(source: string): unknown {
  const tag = MAYBE_NO_TEXT.test(source) ? SCALAR_TAGS.find(({ test }) => test.test(source)) : undefined;
  if (tag === undefined) return source;
  const value = tag.resolve(source, () => {}, {});
  return isScalar(value) ? value.value : value;
}

/** A key that appears more than once in its mapping: the last one, which counts. */
export interface RepeatedKey {
  readonly name: string;
  /** As in `Parsed`. */
  readonly offset: number;
}

export type Parsed =
  | { readonly ok: true; readonly value: unknown; readonly repeated: readonly RepeatedKey[] }
  /** The offset counts from the beginning of the text that was parsed. */
  | { readonly ok: false; readonly offset: number; readonly problem: string; readonly advice: string };

const CORRECT = "Correct the manifest.";
const REPLACE_ALIASES = "Correct it, or replace its aliases by what they stand for.";
const TOO_DEEP = {
  ok: false,
  problem: "it is nested too deeply",
  advice: "No Kubernetes object is.",
} as const;
const TEMPLATE = {
  ok: false,
  problem: "this is a template that was not rendered",
  advice: 'Render it first, for example with "helm template", and give the output.',
} as const;

/** The value of a document, or why it has none. */
export function readValue(document: Document.Parsed, text: string): Parsed {
  const offset = document.contents?.range?.[0] ?? document.range[0];
  const template = templateAt(document, text);
  if (template !== undefined) return { ...TEMPLATE, offset: template };
  const [error] = document.errors;
  if (error?.code === "RESOURCE_EXHAUSTION") return { ...TOO_DEEP, offset };
  if (error !== undefined)
    return { ok: false, offset: error.pos[0], problem: error.message, advice: CORRECT };
  try {
    const value = document.toJS({ maxAliasCount: MOST_ALIASES });
    return { ok: true, value, repeated: repeatedKeys(document) };
  } catch (thrown) {
    if (thrown instanceof RangeError) return { ...TOO_DEEP, offset };
    // Everything else that yaml throws here is an error in the manifest: too many aliases, unknown ones.
    const problem = (thrown as Error).message;
    return { ok: false, offset: unresolvedAlias(document) ?? offset, problem, advice: REPLACE_ALIASES };
  }
}

/** More in one document were not typed by a person. */
const MOST_REPEATED = 10;

/**
 * kubectl takes the last of equal keys and says nothing: k8s.io/apimachinery 0.37 pkg/util/yaml/decoder.go `Decode` calls
 * `Unmarshal` of sigs.k8s.io/yaml 1.6, which is not strict, and sends what comes out as JSON.
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

/** In one pass: yaml looks for the anchor of each alias from the beginning of the document. */
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

/** A statement of a template as a line or a value, and anything else that begins with braces. */
const STATEMENT = /(?:^|:)[ \t]*\{\{-?[ \t]*(?:if|else|end|range|with|define|include|template|block|\/\*)/m;
const VALUE = /(?:^|[:-][ \t])[ \t]*\{\{/m;

/**
 * Where a document shows that it is a template: statements that break its syntax, `image: {{ .x }}`, which is YAML for a
 * mapping as a key, or braces in its name. Other objects may have braces in their texts.
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

/** Where values and keys in quotes stand, in the order of the text. */
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
