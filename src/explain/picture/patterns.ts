import { type Element, element } from "./element.ts";

/** Pixels between two lines of hatching. */
const HATCH = 7;
/** Pixels between two dots, and half of one. */
const DOTS = 6;
const DOT = 1.2;

/** Fills that can be told apart without colour: a hook that may still run is hatched, a wait is dotted. */
export function patterns(): Element {
  const square = (size: number, shape: Element, ground: string): readonly Element[] => [
    element("rect", { class: ground, width: size, height: size }),
    shape,
  ];
  const line = element("line", { class: "hatch", x1: 0, y1: 0, x2: 0, y2: HATCH });
  const dot = element("circle", { class: "dot", cx: DOTS / 2, cy: DOTS / 2, r: DOT });
  return element("defs", {}, [
    element(
      "pattern",
      { id: "hatched", ...size(HATCH), patternTransform: "rotate(45)" },
      square(HATCH, line, "maybe"),
    ),
    element("pattern", { id: "dotted", ...size(DOTS) }, square(DOTS, dot, "turn")),
  ]);
}

function size(pixels: number): Element["attributes"] {
  return { width: pixels, height: pixels, patternUnits: "userSpaceOnUse" };
}
