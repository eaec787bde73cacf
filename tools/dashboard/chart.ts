import { type Element, element } from "../../src/explain/picture/element.ts";
import { shortened, textWidth } from "../../src/explain/picture/text-lines.ts";
import type { Drawn, Line } from "./board.ts";
import { type Box, PADDING } from "./frame.ts";
import { SCRAPE_SECONDS } from "./prometheus.ts";
import { clock, type Recorded } from "./scenario.ts";
import { LINE_COUNT } from "./style.ts";
import { ticks, valueText } from "./units.ts";

/** Pixels. */
const TOP = 34;
const LEFT = 66;
const AXIS = 16;
const LEGEND_LINE = 14;
const SAMPLE = 14;
const SMALL = 10;
const UP = 3.5;

const TICKS = 3;
const MINUTE = 60;

/** Draws lines over time, with axes and a legend. */
export function chart({ panel, lines }: Drawn, recorded: Recorded, box: Box): readonly Element[] {
  const entries = placed(lines, box.width - 2 * PADDING);
  const legendHeight = (entries.at(-1)?.row ?? 0) * LEGEND_LINE + LEGEND_LINE;
  const bottom = box.height - PADDING - legendHeight - AXIS;
  if (lines.length === 0)
    return [
      element("text", { class: "muted middle", x: box.width / 2, y: box.height / 2 + PADDING }, ["No data"]),
    ];
  const { unit } = panel.fieldConfig.defaults;
  const values = lines.flatMap(({ samples }) => samples.map(([, value]) => value)).filter(Number.isFinite);
  const marks = ticks(unit, Math.max(0, ...values), TICKS);
  const most = marks.at(-1) || 1;
  const scale = {
    x: (time: number) =>
      LEFT + ((time - recorded.start) / (recorded.end - recorded.start)) * (box.width - LEFT - PADDING),
    y: (value: number) => bottom - (value / most) * (bottom - TOP),
  };
  return [
    ...marks.flatMap((value) => mark(valueText(unit, value), scale.y(value), box.width)),
    ...minutes(recorded).map((seconds) =>
      element(
        "text",
        { class: "tick muted middle", x: scale.x(recorded.start + seconds), y: bottom + AXIS - 2 },
        [clock(seconds)],
      ),
    ),
    ...lines.map(({ samples }, index) =>
      element("path", { class: lineClass(index), d: path(samples, scale) }),
    ),
    ...entries.flatMap((entry, index) => legend(entry, index, bottom + AXIS + LEGEND_LINE - 1)),
  ];
}

function mark(text: string, y: number, width: number): readonly Element[] {
  return [
    element("line", { class: "grid", x1: LEFT, y1: y, x2: width - PADDING, y2: y }),
    element("text", { class: "tick muted end", x: LEFT - 5, y: y + UP }, [text]),
  ];
}

function minutes({ start, end }: Recorded): readonly number[] {
  return Array.from({ length: Math.floor((end - start) / MINUTE) + 1 }, (_, index) => index * MINUTE);
}

function lineClass(index: number): string {
  return `line line-${index % LINE_COUNT}${index < LINE_COUNT ? "" : " dashed"}`;
}

interface Scale {
  readonly x: (time: number) => number;
  readonly y: (value: number) => number;
}

/** The SVG path of a line. The path has a gap if a sample is missing or is not a number. */
function path(samples: Line["samples"], { x, y }: Scale): string {
  let last = Number.NEGATIVE_INFINITY;
  return samples
    .filter(([, value]) => Number.isFinite(value))
    .map(([time, value]) => {
      const command = time - last > SCRAPE_SECONDS * 1.5 ? "M" : "L";
      last = time;
      return `${command}${Math.round(x(time))} ${Math.round(y(value) * 10) / 10}`;
    })
    .join("");
}

interface Entry {
  readonly text: string;
  readonly x: number;
  readonly row: number;
}

/** Places the entries of the legend in rows. */
function placed(lines: readonly Line[], width: number): readonly Entry[] {
  let [x, row] = [0, 0];
  return lines.map(({ legend: whole }) => {
    const text = shortened(whole, 44);
    const needed = SAMPLE + 4 + textWidth(text, SMALL) + 8;
    if (x > 0 && x + needed > width) [x, row] = [0, row + 1];
    const entry = { text, x: PADDING + x, row };
    x += needed;
    return entry;
  });
}

function legend({ text, x, row }: Entry, index: number, top: number): readonly Element[] {
  const y = top + row * LEGEND_LINE;
  return [
    element("path", { class: lineClass(index), d: `M${Math.round(x)} ${y - UP}h${SAMPLE}` }),
    element("text", { class: "tick", x: x + SAMPLE + 4, y }, [text]),
  ];
}
