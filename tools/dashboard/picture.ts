import { type Element, element } from "../../src/explain/picture/element.ts";
import { paper, picture } from "../../src/explain/picture/sheet.ts";
import { styleSheet } from "../../src/explain/picture/style.ts";
import type { BoardPanel, Drawn, Step } from "./board.ts";
import { chart } from "./chart.ts";
import { type Box, GAP, PADDING, WIDTH } from "./frame.ts";
import type { Recorded } from "./scenario.ts";
import { lineStyles } from "./style.ts";
import { valueText } from "./units.ts";

/** The size of a column and of a row of `gridPos`, in pixels. */
const COLUMN = (WIDTH - GAP) / 24;
const ROW = 30;

/** The heights of the title line and of a line in the list of events, in pixels. */
const HEAD = 40;
const LINE = 16;

const TITLES: Readonly<Record<BoardPanel["type"], Element["attributes"]>> = {
  stat: { x: PADDING / 2, y: 18, class: "small strong" },
  timeseries: { x: PADDING, y: 20, class: "name" },
};

/** A number with more than SHORT characters is drawn smaller. */
const SHORT = 5;

/**
 * Draws the panels at their `gridPos`. The colour scheme of the reader decides between light and dark. The SVG is
 * ASCII, without scripts and references.
 */
export function boardSvg(panels: readonly Drawn[], recorded: Recorded): string {
  const rows = Math.max(...panels.map(({ panel: { gridPos } }) => gridPos.y + gridPos.h));
  const below = HEAD + rows * ROW + GAP;
  const height = below + recorded.events.length * LINE + 2 * GAP;
  const title = "The dashboard of gracekeeper over a run of a few minutes";
  return picture({ width: WIDTH, height, title }, [
    styleSheet("auto"),
    lineStyles(),
    paper(WIDTH, height),
    element("text", { class: "title", x: GAP + PADDING, y: 27 }, ["gracekeeper"]),
    ...panels.map((one) => panelPicture(one, recorded)),
    ...recorded.events.map((text, index) =>
      element("text", { class: "small muted", x: GAP + PADDING, y: below + (index + 1) * LINE }, [text]),
    ),
  ]);
}

function panelPicture({ panel, lines }: Drawn, recorded: Recorded): Element {
  const { x, y, w, h } = panel.gridPos;
  const box: Box = { width: w * COLUMN - GAP, height: h * ROW - GAP };
  const inner = panel.type === "stat" ? stat(panel, lines, box) : chart({ panel, lines }, recorded, box);
  return element("g", { transform: `translate(${Math.round(GAP + x * COLUMN)} ${HEAD + y * ROW})` }, [
    element("rect", { class: "panel", x: 0.5, y: 0.5, ...box, rx: 4 }),
    element("text", TITLES[panel.type], [panel.title]),
    ...inner,
  ]);
}

function stat(panel: BoardPanel, lines: Drawn["lines"], { width, height }: Box): readonly Element[] {
  const { unit, thresholds } = panel.fieldConfig.defaults;
  const place = { x: width / 2, y: height / 2 + 20 };
  const value = lines[0]?.samples[0]?.[1];
  if (value === undefined) return [element("text", { class: "muted middle", ...place }, ["No data"])];
  const text = valueText(unit, value);
  const size = text.length > SHORT ? "value long" : "value";
  return [
    element("text", { class: `${size} middle ${colourAt(value, thresholds?.steps ?? [])}`, ...place }, [
      text,
    ]),
  ];
}

/** The colour of the highest threshold that is not above the value. */
function colourAt(value: number, steps: readonly Step[]): string {
  return steps.findLast((step) => step.value === null || step.value <= value)?.color ?? "";
}
