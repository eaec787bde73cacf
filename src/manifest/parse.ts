import {
  type Document,
  isCollection,
  isScalar,
  type Node,
  type Pair,
  parseAllDocuments,
  type Tags,
  visit,
} from "yaml";

/** Aliases that are followed, the nodes behind them counted. Hand-written manifests use a few dozen. */
const MOST_ALIASES = 1000;

/** Parses as kubectl does: YAML 1.1, where `010` is 8 and `on` is true. */
export function parseYaml(text: string, keepSourceTokens: boolean): readonly Document.Parsed[] {
  return parseAllDocuments(text, {
    version: "1.1",
    customTags: onlyJsonTypes,
    prettyErrors: false,
    logLevel: "silent",
    // Found by `repeatedKey`: yaml compares each key with all keys before it, half a minute for 30,000.
    uniqueKeys: false,
    keepSourceTokens,
  });
}

/** YAML 1.1 also has dates, `1:30` as 90 and binary data, which kubectl's parser leaves as the text they are. */
function onlyJsonTypes(tags: Tags): Tags {
  return tags.filter(
    (tag) =>
      typeof tag === "string" ||
      (!/:(timestamp|binary|omap|pairs|set)$/.test(tag.tag) && !("format" in tag && tag.format === "TIME")),
  );
}

export type Parsed =
  | { readonly ok: true; readonly value: unknown }
  /** The offset counts from the beginning of the text that was parsed. */
  | { readonly ok: false; readonly offset: number; readonly problem: string; readonly advice: string };

const CORRECT = "Correct the manifest.";
const REPLACE_ALIASES = "Correct it, or replace its aliases by what they stand for.";
const TOO_DEEP = {
  ok: false,
  problem: "it is nested too deeply",
  advice: "No Kubernetes object is.",
} as const;
const REPEATED_KEY = { ok: false, problem: "Map keys must be unique", advice: CORRECT } as const;
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
    const repeated = repeatedKey(document);
    if (repeated !== undefined) return { ...REPEATED_KEY, offset: repeated };
    return { ok: true, value: document.toJS({ maxAliasCount: MOST_ALIASES }) };
  } catch (thrown) {
    if (thrown instanceof RangeError) return { ...TOO_DEEP, offset };
    // Everything else that yaml throws here is an error in the manifest: too many aliases, unknown ones.
    const problem = (thrown as Error).message;
    return { ok: false, offset: unresolvedAlias(document) ?? offset, problem, advice: REPLACE_ALIASES };
  }
}

/** Where a key stands for the second time in its mapping. */
function repeatedKey(document: Document.Parsed): number | undefined {
  let offset: number | undefined;
  visit(document, {
    Map(_, { items }) {
      const names = new Set<unknown>();
      for (const { key } of items as Pair<Node>[]) {
        const name = isScalar(key) ? key.value : key;
        if (names.has(name)) offset ??= key.range?.[0];
        names.add(name);
      }
      return offset === undefined ? undefined : visit.BREAK;
    },
  });
  return offset;
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
