import {
  COLLECTION_STYLE,
  EVENT_ID,
  type Event,
  type MappingEvent,
  parseEvents,
  SCALAR_STYLE,
  type ScalarEvent,
} from "js-yaml";
import { type Events, isAtEnd, keyName, scalarValue } from "./events.ts";
import { BYTE_ORDER_MARK } from "./lines.ts";
import type { FieldRange } from "./location.ts";
import type { Step } from "./path.ts";
import { nodeOf, type PlainNode } from "./plain-node.ts";
import { rangeIn } from "./plain-range.ts";
import { isColonBehind, NOT_IN_BRACKETS } from "./refused-node.ts";

/** A document that has only mappings, lists and scalars, as nearly all manifests do. */
export interface PlainDocument {
  /** Null for a document without a value. */
  readonly value: unknown;
  /** The range of a field; undefined if only the nodes of the library yaml show it. */
  rangeOf(steps: readonly Step[]): FieldRange | undefined;
}

/**
 * Reads a document much faster than `parseYaml`, with the same result. Undefined if the text needs the full parser: for
 * an error, an anchor, a tag, a merge key, a duplicate key, a directive, several documents, template braces, or syntax
 * that the two libraries read differently.
 */
export function readPlain(text: string): PlainDocument | undefined {
  const all = isUnusual(text) ? undefined : eventsOf(text);
  const root = all && rootOf(all, text);
  if (all === undefined || root === undefined) return undefined;
  let node: PlainNode | undefined;
  return {
    value: root.value,
    rangeOf: (steps) => {
      node ??= nodeOf({ text, all, next: FIRST_NODE });
      return rangeIn(text, node, steps);
    },
  };
}

/**
 * Whether the text has template braces, a tab, an end marker (`...`), a byte order mark inside the text, or a carriage
 * return that does not end a line.
 */
function isUnusual(text: string): boolean {
  return (
    text.includes("{{") ||
    text.includes("\t") ||
    text.startsWith("...") ||
    text.includes("\n...") ||
    text.lastIndexOf(BYTE_ORDER_MARK) > 0 ||
    (text.includes("\r") && /\r(?!\n)/.test(text))
  );
}

/** The first event is the document itself, and the next one is its root node. */
const FIRST_NODE = 1;

function eventsOf(text: string): readonly Event[] | undefined {
  try {
    return parseEvents(text, {});
  } catch {
    // yaml reports the error.
    return undefined;
  }
}

function rootOf(all: readonly Event[], text: string): { readonly value: unknown } | undefined {
  const [document] = all;
  if (document === undefined) return { value: null };
  if (document.type !== EVENT_ID.DOCUMENT || document.directives.length > 0) return undefined;
  // js-yaml also accepts an indented `---`.
  if (document.explicitStart !== text.startsWith("---")) return undefined;
  const events = { text, all, next: FIRST_NODE };
  const value = valueAt(events);
  // The last event is the end of the document.
  return value === MORE || events.next !== all.length - 1 ? undefined : { value };
}

/** The result for a value that needs the full parser. */
const MORE = Symbol("more");

function valueAt(events: Events): unknown {
  const event = events.all[events.next++];
  if (event === undefined || !("tagStart" in event) || event.tagStart >= 0 || event.anchorStart >= 0)
    return MORE;
  switch (event.type) {
    case EVENT_ID.SCALAR:
      return isUnusualScalar(event, events.text) ? MORE : inJson(scalarValue(event, events.text));
    case EVENT_ID.SEQUENCE:
      return listOf(events);
    default:
      return mappingOf(event, events);
  }
}

function inJson(value: unknown): unknown {
  return typeof value === "number" && !Number.isFinite(value) ? MORE : value;
}

/**
 * Whether a scalar needs the full parser: a block with explicit indentation (`|2`), with kept line breaks (`|+`) or
 * with only empty lines; an escaped line break before an empty line; an unquoted scalar that kubectl may refuse between
 * brackets.
 */
function isUnusualScalar({ style, fast, valueStart, valueEnd }: ScalarEvent, text: string): boolean {
  switch (style) {
    case SCALAR_STYLE.LITERAL_BLOCK:
    case SCALAR_STYLE.FOLDED_BLOCK:
      return (
        /[|>]-?[+\d]/.test(text.slice(text.lastIndexOf("\n", valueStart - 2) + 1, valueStart)) ||
        !/\S/.test(text.slice(valueStart, valueEnd))
      );
    case SCALAR_STYLE.DOUBLE_QUOTED:
      return !fast && /\\\r?\n *\r?\n/.test(text.slice(valueStart, valueEnd));
    case SCALAR_STYLE.PLAIN:
      return NOT_IN_BRACKETS.test(text.slice(valueStart, valueEnd));
    default:
      return false;
  }
}

function listOf(events: Events): unknown {
  const items: unknown[] = [];
  while (!isAtEnd(events)) {
    const item = valueAt(events);
    if (item === MORE) return MORE;
    items.push(item);
  }
  return items;
}

function mappingOf({ style }: MappingEvent, events: Events): unknown {
  const members: Record<string, unknown> = {};
  while (!isAtEnd(events)) {
    const begin = events.all[events.next];
    if (style === COLLECTION_STYLE.BLOCK && !isFirstOnLine(begin, events.text)) return MORE;
    const name = nameOf(events);
    if (name === undefined) return MORE;
    const isThere = name in members;
    if (isThere && Object.hasOwn(members, name)) return MORE;
    const value = valueAt(events);
    if (value === MORE) return MORE;
    if (isThere) Object.defineProperty(members, name, { value, ...OWN });
    else members[name] = value;
  }
  return members;
}

/** Whether a key begins its line. js-yaml wrongly accepts a key after a list on the same line, such as `- [a] b: c`. */
function isFirstOnLine(key: Event | undefined, text: string): boolean {
  if (key?.type !== EVENT_ID.SCALAR) return false;
  const { valueStart } = key;
  return ONLY_INDICATORS.test(text.slice(text.lastIndexOf("\n", valueStart - 1) + 1, valueStart));
}

const ONLY_INDICATORS = /^\ufeff?[ -]*["']?$/;

/**
 * The attributes of an ordinary JavaScript property. An assignment would not define a property with the name
 * `__proto__`.
 */
const OWN = { writable: true, enumerable: true, configurable: true } as const;

const NO_NAME = /^(?:|<<|-?Infinity|NaN)$/;

/** The name of the next key; undefined for a merge key, a missing key, and a key that is no scalar. */
function nameOf(events: Events): string | undefined {
  const event = events.all[events.next++];
  if (event?.type !== EVENT_ID.SCALAR || event.valueStart < 0) return undefined;
  if (event.tagStart >= 0 || event.anchorStart >= 0) return undefined;
  const name = keyName(event, events.text);
  if (event.style !== SCALAR_STYLE.PLAIN) return name;
  const isUnusual =
    NO_NAME.test(name) || NOT_IN_BRACKETS.test(name) || isColonBehind(events.text, event.valueEnd);
  return isUnusual ? undefined : name;
}
