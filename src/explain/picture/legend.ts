import type { ContainerExplanation } from "../explain.ts";
import { drawn, partsOf, type Segment } from "../segments.ts";
import { FILLS } from "./bar.ts";
import { type Element, element } from "./element.ts";
import { type Frame, MARGIN, SMALL, SPACE } from "./frame.ts";
import { textWidth } from "./text-lines.ts";

const MEANINGS: readonly (readonly [Segment["role"], string])[] = [
  ["hook", "hook"],
  ["maybe-hook", "hook may still run"],
  ["turn", "waits for its turn"],
  ["shutdown", "app shuts down"],
  ["spare", "spare"],
];

/**
 * The size of a colour sample in the legend, its height above the baseline, and the distance between two entries, in
 * pixels.
 */
const SAMPLE = { width: 14, height: 12, rx: 2 };
const SAMPLE_UP = 10;
const AFTER_ENTRY = 16;

/** Explains the fills that occur in the bars of the containers. `y` is the baseline of the text. */
export function legend(
  containers: readonly ContainerExplanation[],
  { offAt }: Frame,
  y: number,
): readonly Element[] {
  const seen = new Set(containers.flatMap((one) => partsOf(drawn(one), offAt).map(({ role }) => role)));
  let x = MARGIN;
  return MEANINGS.filter(([role]) => seen.has(role)).flatMap(([role, text]) => {
    const at = x;
    x += SAMPLE.width + textWidth(text, SMALL) + AFTER_ENTRY;
    return [
      element("rect", { ...FILLS[role], ...SAMPLE, x: at, y: y - SAMPLE_UP }),
      element("text", { class: "small muted", x: at + SAMPLE.width + SPACE, y }, [text]),
    ];
  });
}
