import { type Document, isCollection, visit, type YAMLParseError } from "yaml";
import type { RefusedNode } from "./refused-node.ts";
import { CORRECT, type Refusal } from "./unreadable.ts";

const REPLACE = "Replace the aliases of this document by their values.";

/**
 * Patterns of error messages, with explanations. The library yaml reports these errors only when it builds the values.
 */
const OF_ALIASES: readonly (readonly [message: RegExp, Refusal])[] = [
  [
    /^Unresolved alias/,
    {
      problem: "this alias names no anchor above it",
      advice: "Put the value in quotes if it is a text, or define the anchor above it.",
    },
  ],
  [
    /^Excessive alias/,
    { problem: "the aliases of this document expand to too many values", advice: REPLACE },
  ],
  [
    /^Merge sources/,
    { problem: "<< must have a mapping, or an alias whose anchor is a mapping above it", advice: CORRECT },
  ],
];

export function aliasError(problem: string): Refusal {
  const [, refusal] = OF_ALIASES.find(([message]) => message.test(problem)) ?? [];
  return refusal ?? { problem, advice: REPLACE };
}

/**
 * Explains a syntax error in words for the author of the manifest. `line` is the text from the error to the end of the
 * line.
 */
type Explained = (line: string) => Refusal;

const MISSING_COLON: Refusal = {
  problem: "this line has no key with a colon",
  advice: "Write the colon, or indent the line as a part of the value above it.",
};

const NO_KEY: Refusal = {
  problem: "this is not a key",
  advice: "Put the text in quotes, or correct its indentation.",
};

const MISSING_SPACE: Refusal = {
  problem: "there is no space after the colon of this key",
  advice: "Write a space after the colon.",
};

const ITEM_AMONG_KEYS: Refusal = {
  problem: "this is a list item among keys",
  advice: "Correct the indentation of this line, or of the lines above it.",
};

const KEY_BELOW_VALUE: Refusal = {
  problem: "this key has a value, and also keys below it",
  advice: "Correct the indentation of the next line, or remove the value.",
};

const COLON_IN_VALUE: Refusal = {
  problem: "this value has a colon in it, like a key",
  advice: "Put the value in quotes.",
};

const TAB: Refusal = { problem: "this line is indented with a tab", advice: "Use spaces." };

const INDENTATION: Refusal = {
  problem: "the indentation of this line fits none of the lines above it",
  advice: "Correct the indentation.",
};

const AT_NODE_END = / at node end$/;

const always = (problem: string, advice: string) => (): Refusal => ({ problem, advice });

const MISSING_BEFORE: Refusal = {
  problem: "a comma, a colon or a quote is missing before this text",
  advice: "Write the missing character.",
};

/**
 * The explanations of syntax errors, by the error message of the library yaml. The error codes of the library are less
 * precise than its messages.
 */
const EXPLAINED: readonly (readonly [message: RegExp, Explained])[] = [
  [/^Tabs are not allowed/, () => TAB],
  [/^Nested mappings/, (line) => (/:\s/.test(`${line}\n`) ? COLON_IN_VALUE : KEY_BELOW_VALUE)],
  [
    / must start at the same column$|^Sequence item without/,
    (line) => (/^ *\t/.test(line) ? TAB : INDENTATION),
  ],
  [/^Implicit (?:map )?keys /, asKey],
  [
    / on same line with key$/,
    always("a list begins on the line of its key", "Begin the list on the next line."),
  ],
  [AT_NODE_END, always("this text follows the end of a value", "Put the whole value in quotes.")],
  [/^Missing , |^Unexpected (?:[\w-]+-quoted-)?scalar token/, () => MISSING_BEFORE],
  [/^Unexpected ,/, always("there is no value before this comma", "Remove the comma.")],
  [/^Unexpected flow-\w+-end /, always("this bracket closes nothing", "Remove the bracket.")],
  [/^Plain value cannot start/, ([first]) => inQuotes(`a value without quotes must not begin with ${first}`)],
  [
    /^Invalid escape sequence/,
    always("this is not an escape sequence", "Write \\\\ for a backslash, or use single quotes."),
  ],
  [
    /^Block scalar header|^Not a YAML token/,
    always(
      "a text after | or > must begin on the next line",
      "Write the text on the next line, or put the value in quotes.",
    ),
  ],
];

/**
 * The first syntax error of a document. `isLeftOut` is true for the messages of errors that kubectl does not report.
 */
export function syntaxError(
  document: Document.Parsed,
  text: string,
  isLeftOut: (message: string) => boolean,
): RefusedNode | undefined {
  const errors = document.errors.filter(({ message }) => !isLeftOut(message));
  const [first] = errors;
  return (
    first && (unclosed(document, text, errors) ?? closedLate(document, text, first) ?? explained(first, text))
  );
}

function explained({ message, pos: [offset] }: YAMLParseError, text: string): RefusedNode {
  const [line = ""] = text.slice(offset).split("\n", 1);
  const [, explain] = EXPLAINED.find(([pattern]) => pattern.test(message)) ?? [];
  return { offset, ...(explain?.(line) ?? { problem: message, advice: CORRECT }) };
}

/** Kubernetes' YAML parser takes a no-break space for a letter, and `\s` of a regular expression does not. */
function asKey(rest: string): Refusal {
  const line = rest.trim();
  if (/^-(?:\s|$)/.test(line)) return ITEM_AMONG_KEYS;
  if (/^[\w./-]+:[^ \t]/.test(line)) return MISSING_SPACE;
  return /:\s/.test(`${line}\n`) ? NO_KEY : MISSING_COLON;
}

function inQuotes(problem: string): Refusal {
  return { problem, advice: "Put the value in quotes." };
}

const MISSING_BRACKET = / end with a [\]}]$/;
const MISSING_QUOTE = /^Missing closing ["']quote$/;

/**
 * The error at the beginning of an unclosed bracket or quote. The library yaml reports an unclosed bracket or quote
 * where the value should have ended, usually at the end of the file. The library may report other errors first. If
 * several brackets end at one place, the inner ones may be closed, so the errors there count for the outer ones.
 */
function unclosed(
  document: Document.Parsed,
  text: string,
  errors: readonly YAMLParseError[],
): RefusedNode | undefined {
  const brackets = countByPlace(errors, MISSING_BRACKET);
  const quotes = countByPlace(errors, MISSING_QUOTE);
  let offset: number | undefined;
  if (brackets.size + quotes.size > 0)
    visit(document, {
      Node(_, node) {
        const [start, end] = node.range ?? [-1, -1];
        const [openers, missing] = isCollection(node) ? ["[{", brackets] : ["\"'", quotes];
        const count = missing.get(end) ?? 0;
        // A mapping without braces, such as the item of `[a: b`, begins with its key.
        if (count === 0 || !openers.includes(text[start] ?? " ")) return;
        missing.set(end, count - 1);
        offset = start;
      },
    });
  return offset === undefined
    ? undefined
    : { offset, problem: `this ${text[offset]} is not closed`, advice: "Close the bracket or quote." };
}

/**
 * The error at the beginning of a quote that the next quote closes, on a later line. The library yaml reports the text
 * after the second quote.
 */
function closedLate(
  document: Document.Parsed,
  text: string,
  { message, pos: [after] }: YAMLParseError,
): RefusedNode | undefined {
  if (!AT_NODE_END.test(message)) return undefined;
  const quoteEnd = text.slice(0, after).trimEnd().length;
  let offset: number | undefined;
  visit(document, {
    Scalar(_, { type, range }) {
      if (!type?.startsWith("QUOTE") || range?.[1] !== quoteEnd) return undefined;
      if (text.slice(range[0], quoteEnd).includes("\n")) [offset] = range;
      return visit.BREAK;
    },
  });
  return offset === undefined
    ? undefined
    : {
        offset,
        problem: `this ${text[offset]} is closed only on a later line`,
        advice: "Close the quote on its line, or remove the text after its end.",
      };
}

/** The number of errors at each offset. */
function countByPlace(errors: readonly YAMLParseError[], wanted: RegExp): Map<number, number> {
  const counts = new Map<number, number>();
  for (const { message, pos } of errors)
    if (wanted.test(message)) counts.set(pos[0], (counts.get(pos[0]) ?? 0) + 1);
  return counts;
}
