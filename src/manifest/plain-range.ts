import { COLLECTION_STYLE, EVENT_ID, SCALAR_STYLE, type ScalarEvent } from "js-yaml";
import type { FieldRange } from "./location.ts";
import type { Step } from "./path.ts";
import type { PlainMember, PlainNode } from "./plain-node.ts";

/**
 * The range of a field, or of its nearest parent, as in `rangeOfNodes`. Undefined if the events of js-yaml do not show
 * the range: for a missing value, for a list item that is a block scalar, and if comments may belong to the value.
 */
export function rangeIn(text: string, root: PlainNode, steps: readonly Step[]): FieldRange | undefined {
  let member: PlainMember = { key: undefined, value: root };
  let found = 0;
  for (const step of steps) {
    const next = member.value.members.get(stepIn(member.value, step));
    if (next === undefined) break;
    member = next;
    found++;
  }
  const exact = found === steps.length;
  const start = startOfMember(member);
  const keyEnd = member.key && endOfScalar(member.key);
  if (start === undefined || (member.key !== undefined && keyEnd === undefined)) return undefined;
  const end = exact ? endOf(text, member.value) : (keyEnd ?? endOfFirstLine(text, start, member.value));
  return end === undefined ? undefined : { start, keyEnd, end, exact };
}

function stepIn({ event }: PlainNode, step: Step): Step {
  return event.type === EVENT_ID.MAPPING ? String(step) : step;
}

function startOfMember({ key, value: { event } }: PlainMember): number | undefined {
  if (key !== undefined) return startOfScalar(key);
  return event.type === EVENT_ID.SCALAR ? startOfScalar(event) : event.start;
}

function startOfScalar({ style, valueStart }: ScalarEvent): number | undefined {
  if (valueStart < 0 || isBlock(style)) return undefined;
  return isQuoted(style) ? valueStart - 1 : valueStart;
}

function endOfScalar({ style, valueStart, valueEnd }: ScalarEvent): number | undefined {
  if (valueStart < 0) return undefined;
  return isQuoted(style) ? valueEnd + 1 : valueEnd;
}

function isQuoted(style: ScalarEvent["style"]): boolean {
  return style === SCALAR_STYLE.SINGLE_QUOTED || style === SCALAR_STYLE.DOUBLE_QUOTED;
}

function isBlock(style: ScalarEvent["style"]): boolean {
  return style === SCALAR_STYLE.LITERAL_BLOCK || style === SCALAR_STYLE.FOLDED_BLOCK;
}

/**
 * The end for the range of a parent. `locationOf` cuts this range after the first line, so any later offset is enough.
 */
function endOfFirstLine(text: string, start: number, node: PlainNode): number | undefined {
  const newline = text.indexOf("\n", start);
  const last = node.last && startOfMember(node.last);
  return newline >= 0 && last !== undefined && last > newline ? last : endOf(text, node);
}

/**
 * Matches the commas, comments and white space before the closing bracket of a list or mapping, and the bracket. As in
 * js-yaml, only a line feed ends a comment; `.` would also stop at U+2028. The pattern matches a comment as a whole,
 * because otherwise each `#` in the comment would double the backtracking.
 */
const CLOSING = /(?:[\s,]|#[^\n]*\n)*[\]}]/y;
const COMMENT = /\s*#/y;

function endOf(text: string, { event, last }: PlainNode): number | undefined {
  if (event.type === EVENT_ID.SCALAR) return endOfScalar(event);
  if (event.style === COLLECTION_STYLE.FLOW) {
    // The mapping in `[a: b]` has no braces.
    if (!/[[{]/.test(text.charAt(event.start))) return undefined;
    const inner = last === undefined ? event.start + 1 : endOf(text, last.value);
    return inner === undefined ? undefined : endOfMatch(CLOSING, text, inner);
  }
  const end = last && endOf(text, last.value);
  return end === undefined || endOfMatch(COMMENT, text, end) !== undefined ? undefined : end;
}

function endOfMatch(pattern: RegExp, text: string, from: number): number | undefined {
  pattern.lastIndex = from;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}
