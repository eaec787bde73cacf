import { type Element, element, serialize } from "./element.ts";

interface Sheet {
  /** In pixels. */
  readonly width: number;
  readonly height: number;
  /** The description of the picture for readers who do not see it. */
  readonly title: string;
  readonly description?: string;
}

/** The text of an SVG file. */
export function picture({ width, height, title, description }: Sheet, children: Element["children"]): string {
  const described = description === undefined ? [] : [element("desc", { id: "description" }, [description])];
  const root = element(
    "svg",
    {
      xmlns: "http://www.w3.org/2000/svg",
      width,
      height,
      viewBox: `0 0 ${width} ${height}`,
      role: "img",
      "aria-labelledby": ["title", ...described.map(() => "description")].join(" "),
    },
    [element("title", { id: "title" }, [title]), ...described, ...children],
  );
  return `${serialize(root)}\n`;
}

/** A line of one pixel is sharp only at the middle of a pixel. */
const EDGE = { x: 0.5, y: 0.5, rx: 8 };

/** The background of a picture. */
export function paper(width: number, height: number): Element {
  return element("rect", { class: "paper", ...EDGE, width: width - 1, height: height - 1 });
}
