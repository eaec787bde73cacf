/** An SVG element. Text can enter the picture only through `serialize`, which escapes it. */
export interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string | number>>;
  readonly children: readonly (Element | string)[];
}

export function element(
  name: string,
  attributes: Element["attributes"],
  children: Element["children"] = [],
): Element {
  return { name, attributes, children };
}

/** Writes an element as printable ASCII, one element a line. Numbers are rounded to one decimal. */
export function serialize({ name, attributes, children }: Element): string {
  const given = Object.entries(attributes).map(([key, value]) => ` ${key}="${escaped(valueText(value))}"`);
  const inner = children.map((child) => (typeof child === "string" ? escaped(child) : serialize(child)));
  const isText = children.every((child) => typeof child === "string");
  const open = `<${name}${given.join("")}`;
  if (children.length === 0) return `${open}/>`;
  return isText ? `${open}>${inner.join("")}</${name}>` : `${open}>\n${inner.join("\n")}\n</${name}>`;
}

function valueText(value: string | number): string {
  return typeof value === "string" ? value : String(Math.round(value * 10) / 10);
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/**
 * XML does not allow some characters, even as escapes. So everything except printable ASCII and line ends becomes a
 * question mark.
 */
function escaped(text: string): string {
  return text.replace(/[^\x20-\x7e\n]/g, "?").replace(/[&<>"']/g, (character) => ENTITIES[character] ?? "?");
}
