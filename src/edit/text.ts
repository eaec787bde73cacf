import { asObject } from "../json.ts";
import type { Json } from "./change.ts";

/** The style of values inside braces and brackets. */
export interface FlowStyle {
  /** Whether keys and strings have double quotes, as in JSON. */
  readonly quoted: boolean;
  /** The separator of key and value: `: ` or `:`. */
  readonly colon: string;
  /** The separator of two items: `, `, or a comma with a line break and the indentation of the items. */
  readonly comma: string;
  /** A space between a brace and its content on the same line, or nothing. */
  readonly padding: string;
  /** The indentation of items on separate lines, in spaces or tabs. */
  readonly step: string;
}

export const PLAIN_FLOW: FlowStyle = { quoted: false, colon: ": ", comma: ", ", padding: "", step: "  " };

/** The quotes around a string; empty if it has none. */
export type Quotes = "" | "'" | '"';

/** Strings that never need quotes: they begin with a letter and have no special character of YAML. */
const PLAIN = /^[A-Za-z][\w./=-]*$/;
const OTHER_MEANING = /^(?:y|yes|n|no|on|off|true|false|null)$/i;

export function isPlain(text: string): boolean {
  return PLAIN.test(text) && !OTHER_MEANING.test(text);
}

/** A string in these quotes, or in double quotes if the requested quotes cannot express it. */
export function quoted(text: string, quotes: Quotes): string {
  if (quotes === "" && isPlain(text)) return text;
  if (quotes === "'" && /^[ -~]*$/.test(text)) return `'${text.replaceAll("'", "''")}'`;
  return JSON.stringify(text);
}

export function keyText(key: string, isQuoted: boolean): string {
  return quoted(key, isQuoted ? '"' : "");
}

/** A value in flow style, or a plain scalar. */
export function flowText(value: Json | undefined, style: FlowStyle): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (Array.isArray(value))
    return `[${value.map((item) => flowText(item, { ...style, comma: oneLine(style) })).join(oneLine(style))}]`;
  const object = asObject(value) as Readonly<Record<string, Json>> | undefined;
  return object === undefined ? String(value) : `{${surrounded(Object.entries(object), style)}}`;
}

/** `preStop: {sleep: {seconds: 10}}` */
export function flowMember([key, value]: readonly [string, Json], style: FlowStyle): string {
  return `${keyText(key, style.quoted)}${style.colon}${flowText(value, style)}`;
}

/** The text of members between braces. Each member has its own line if the members of the parent do. */
export function surrounded(members: readonly (readonly [string, Json])[], style: FlowStyle): string {
  const outer = lineOf(style.comma);
  if (outer === undefined) {
    const { comma, padding } = style;
    return `${padding}${members.map((one) => flowMember(one, style)).join(comma)}${padding}`;
  }
  const inner = { ...style, comma: `${style.comma}${style.step}` };
  const lines = members.map((one) => flowMember(one, inner)).join(inner.comma);
  return `${lineOf(inner.comma)}${lines}${outer}`;
}

/** The line break and the indentation in a separator; undefined on one line. */
export function lineOf(comma: string): string | undefined {
  return comma.includes("\n") ? comma.slice(comma.indexOf(",") + 1) : undefined;
}

function oneLine({ comma, colon }: FlowStyle): string {
  if (!comma.includes("\n")) return comma;
  return colon.endsWith(" ") ? ", " : ",";
}

/** The style of an entry in block style. */
export interface BlockStyle {
  /** Column of the keys. */
  readonly column: number;
  /** The indentation of a mapping inside a mapping. */
  readonly step: number;
  readonly newline: string;
  /** The quotes of texts. */
  readonly quotes: Quotes;
}

/** The lines of an entry. The first line has no indentation. */
export function blockMember([key, value]: readonly [string, Json], style: BlockStyle): string {
  const name = `${keyText(key, false)}:`;
  const object = asObject(value) as Readonly<Record<string, Json>> | undefined;
  if (object !== undefined) return `${name}${blockBelow(Object.entries(object), style)}`;
  return `${name} ${typeof value === "string" ? quoted(value, style.quotes) : flowText(value, PLAIN_FLOW)}`;
}

/** The entries of a mapping on the lines after its key. */
export function blockBelow(members: readonly (readonly [string, Json])[], style: BlockStyle): string {
  const inner = { ...style, column: style.column + style.step };
  return members
    .map((one) => `${style.newline}${" ".repeat(inner.column)}${blockMember(one, inner)}`)
    .join("");
}
