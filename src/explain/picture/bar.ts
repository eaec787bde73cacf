import type { ContainerExplanation } from "../explain.ts";
import { drawn, partsOf, type Segment } from "../segments.ts";
import { type Element, element } from "./element.ts";
import { type Frame, SMALL } from "./frame.ts";
import { textWidth } from "./text-lines.ts";

/** The distance in pixels from the top of a container's row to its bar, and the height of the bar. */
export const BAR = 19;
export const BAR_HEIGHT = 24;

/** Half the width of the cross that marks a kill at the end of a bar. */
export const HALF_CROSS = 6;

/** The gap between two rectangles of a bar, and the radius of their corners, in pixels. */
const GAP = 1.5;
const ROUND = 2;
/** A line of one pixel is sharp only at the middle of a pixel. */
const HALF_PIXEL = 0.5;
/** The distance in pixels from the top of a bar to the baseline of the text in the bar. */
const BASELINE = 16;

export const FILLS: Readonly<Record<Segment["role"], Element["attributes"]>> = {
  hook: { class: "hook" },
  "maybe-hook": { fill: "url(#hatched)" },
  turn: { fill: "url(#dotted)" },
  shutdown: { class: "shutdown" },
  spare: { class: "spare" },
};

/** The labels for a rectangle of a bar, the longest first. */
const TEXTS: Readonly<Record<Segment["role"], readonly string[]>> = {
  hook: ["preStop hook", "hook"],
  "maybe-hook": [],
  turn: [],
  shutdown: ["app shuts down", "app"],
  spare: [],
};

/** Draws the bar of a container: one rectangle for each part of its time. */
export function bar(container: ContainerExplanation, { x, offAt }: Frame): readonly Element[] {
  return partsOf(drawn(container), offAt).flatMap(({ role, from, to }) => {
    const inset = role === "spare" ? HALF_PIXEL : 0;
    const [left, width] = [x(from) + inset, Math.max(1, x(to) - x(from) - GAP) - 2 * inset];
    const box = { x: left, y: BAR + inset, width, height: BAR_HEIGHT - 2 * inset, rx: ROUND };
    return [element("rect", { ...FILLS[role], ...box }), ...textIn(role, left, width)];
  });
}

function textIn(role: Segment["role"], left: number, width: number): readonly Element[] {
  const text = TEXTS[role].find((one) => textWidth(one, SMALL) + 2 * HALF_CROSS < width);
  if (text === undefined) return [];
  return [element("text", { class: "bar-text middle", x: left + width / 2, y: BAR + BASELINE }, [text])];
}
