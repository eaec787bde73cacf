import type { ContainerExplanation } from "../explain.ts";
import { drawn, partsOf, type Segment } from "../segments.ts";
import { type Element, element } from "./element.ts";
import { type Frame, SMALL } from "./frame.ts";
import { textWidth } from "./text-lines.ts";

/** Pixels: from the top of a row to its bar, and the bar itself. */
export const BAR = 19;
export const BAR_HEIGHT = 24;

/** Half of the width of the cross of a kill, which is at the end of a bar. */
export const HALF_CROSS = 6;

/** Between two parts of a bar. */
const GAP = 1.5;
const ROUND = 2;
/** A line of one pixel is sharp only at half a pixel. */
const HALF_PIXEL = 0.5;
/** From the top of the bar to the baseline of a text in it. */
const BASELINE = 16;

export const FILLS: Readonly<Record<Segment["role"], Element["attributes"]>> = {
  hook: { class: "hook" },
  "maybe-hook": { fill: "url(#hatched)" },
  turn: { fill: "url(#dotted)" },
  shutdown: { class: "shutdown" },
  spare: { class: "spare" },
};

/** The possible texts of a part, the longest first. */
const TEXTS: Readonly<Record<Segment["role"], readonly string[]>> = {
  hook: ["preStop hook", "hook"],
  "maybe-hook": [],
  turn: [],
  shutdown: ["app shuts down", "app"],
  spare: [],
};

/** The parts of a container's time, each from its begin to its end. */
export function bar(container: ContainerExplanation, { x, offAt }: Frame): readonly Element[] {
  return partsOf(drawn(container), offAt).flatMap(({ role, from, to }) => {
    const inset = role === "spare" ? HALF_PIXEL : 0;
    const [left, width] = [x(from) + inset, Math.max(1, x(to) - x(from) - GAP) - 2 * inset];
    const box = { x: left, y: BAR + inset, width, height: BAR_HEIGHT - 2 * inset, rx: ROUND };
    return [element("rect", { ...FILLS[role], ...box }), ...textIn(role, left, width)];
  });
}

/** The longest text for which the part has room. */
function textIn(role: Segment["role"], left: number, width: number): readonly Element[] {
  const text = TEXTS[role].find((one) => textWidth(one, SMALL) + 2 * HALF_CROSS < width);
  if (text === undefined) return [];
  return [element("text", { class: "bar-text middle", x: left + width / 2, y: BAR + BASELINE }, [text])];
}
