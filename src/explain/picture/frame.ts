import { inSeconds } from "../../policy/messages/seconds.ts";
import { type Drawn, scaleOf } from "../segments.ts";
import { type Element, element } from "./element.ts";
import { textWidth } from "./text-lines.ts";

/** All in pixels. The picture is as wide as a printed page of text. */
export const WIDTH = 880;
export const MARGIN = 28;
export const TEXT_WIDTH = WIDTH - 2 * MARGIN;

const NAMES = 136;
/** The space to the right of the bars, for the label of a kill. */
const AFTER_BARS = 74;

export const LEFT = MARGIN + NAMES;
export const RIGHT = WIDTH - MARGIN - AFTER_BARS;

/** Font sizes, as in the style sheet. */
export const SMALL = 11;
export const NORMAL = 12;
export const LARGE = 18;

/** The distance between the baselines of two lines of text. */
export const LINE = 18;
/** The space between a mark and its label. */
export const SPACE = 6;

/** The time axis that all bars of a pod share. */
export interface Frame {
  /** The last second that is drawn. */
  readonly end: number;
  /** The second at which the power of the node goes off; Infinity if it stays on. */
  readonly offAt: number;
  readonly x: (seconds: number) => number;
}

export function frameOf(containers: readonly Drawn[], offAt: number): Frame {
  const { end } = scaleOf(containers, offAt);
  return { end, offAt, x: (seconds) => LEFT + (Math.min(seconds, end) / end) * (RIGHT - LEFT) };
}

/** From the lower end of a grid line to the baseline of its label. */
const TICK_LABEL = 15;

const MOST_TICKS = 10;
const MINUTE = 60;

/** The seconds between two ticks: 1, 2, 5, 10, 15 or 30, or that many minutes or hours, and so on. */
function tickStep(end: number): number {
  for (let unit = 1; ; unit *= MINUTE) {
    const step = [1, 2, 5, 10, 15, 30].map((times) => times * unit).find((one) => end / one <= MOST_TICKS);
    if (step !== undefined) return step;
  }
}

/** Draws the grid lines from `top` to `bottom`, with the time of each line below it. */
export function axis({ end, x }: Frame, top: number, bottom: number): readonly Element[] {
  const step = tickStep(end);
  const ticks = Array.from({ length: Math.floor(end / step) + 1 }, (_, index) => index * step);
  return ticks.flatMap((seconds) => [
    element("line", { class: "grid", x1: x(seconds), y1: top, x2: x(seconds), y2: bottom }),
    element("text", { class: "small muted middle", x: x(seconds), y: bottom + TICK_LABEL }, [
      inSeconds(seconds),
    ]),
  ]);
}

export interface Milestone {
  readonly seconds: number;
  readonly label: string;
  readonly kind: "grace" | "off";
}

/**
 * Draws a line through all bars, with a label above the line. The line marks the end of the grace period, or the
 * power-off.
 */
export function milestone(
  { x }: Frame,
  { seconds, label, kind }: Milestone,
  { labelY, bottom }: { readonly labelY: number; readonly bottom: number },
): readonly Element[] {
  const at = x(seconds);
  const text = `${label} ${inSeconds(seconds)}`;
  const isLeft = at - textWidth(text, SMALL) > LEFT;
  const place = isLeft
    ? { class: "small muted end", x: at - SPACE }
    : { class: "small muted", x: at + SPACE };
  return [
    element("line", { class: kind, x1: at, y1: labelY - SMALL, x2: at, y2: bottom }),
    element("text", { ...place, y: labelY }, [text]),
  ];
}
