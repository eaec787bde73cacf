import type { ContainerExplanation } from "../explain.ts";
import { drawn, partsOf, type Segment } from "../segments.ts";
import { type Element, element } from "./element.ts";
import { type Frame, MARGIN, SMALL } from "./frame.ts";
import { FILLS } from "./row.ts";
import { textWidth } from "./text-lines.ts";

const MEANINGS: readonly (readonly [Segment["role"], string])[] = [
  ["hook", "hook"],
  ["maybe-hook", "hook may still run"],
  ["turn", "waits for its turn"],
  ["shutdown", "app shuts down"],
  ["spare", "spare"],
];

const SWATCH = 14;
const AFTER_ENTRY = 16;

/** What the parts of the bars mean, those that occur. `y` is the baseline of its text. */
export function legend(
  containers: readonly ContainerExplanation[],
  { offAt }: Frame,
  y: number,
): readonly Element[] {
  const seen = new Set(containers.flatMap((one) => partsOf(drawn(one), offAt).map(({ role }) => role)));
  let x = MARGIN;
  return MEANINGS.filter(([role]) => seen.has(role)).flatMap(([role, text]) => {
    const at = x;
    x += SWATCH + textWidth(text, SMALL) + AFTER_ENTRY;
    return [
      element("rect", { ...FILLS[role], x: at, y: y - 10, width: SWATCH, height: 12, rx: 2 }),
      element("text", { class: "small muted", x: at + SWATCH + 6, y }, [text]),
    ];
  });
}
