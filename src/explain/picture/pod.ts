import { isPoint } from "../../hook/interval.ts";
import { powerOffAt } from "../ending.ts";
import type { ContainerExplanation, PodExplanation } from "../explain.ts";
import { drawn } from "../segments.ts";
import { isHarmed } from "../stop.ts";
import type { PodWords } from "../words/words.ts";
import { type Element, element } from "./element.ts";
import { axis, type Frame, frameOf, MARGIN, milestone, NORMAL, WIDTH } from "./frame.ts";
import { legend } from "./legend.ts";
import { containerRow, ROW_HEIGHT } from "./row.ts";
import { textLines, wrapped } from "./text-lines.ts";

/** A part of the picture, from the top on; its height in pixels. */
export interface Block {
  readonly elements: readonly Element[];
  readonly height: number;
}

/** More rows than this are not read. Those that are cut or killed come first into the picture. */
const MOST_ROWS = 40;

const TITLE = 44;
const LINE = 18;

/** The picture of a pod: title, bars on one axis, legend, and what would help. */
export function podPicture(explanation: PodExplanation, words: PodWords): Block {
  const head = heading(words);
  const plot = explanation.containers.length === 0 ? NOTHING : bars(explanation, words, head.height);
  const foot = footer(explanation, words, head.height + plot.height);
  return {
    elements: [...head.elements, ...plot.elements, ...foot.elements],
    height: head.height + plot.height + foot.height,
  };
}

const NOTHING: Block = { elements: [], height: 0 };

/** A document without a pod. */
export function notePicture(title: string, why: string): Block {
  const lines = wrapped(why, NORMAL, WIDTH - 2 * MARGIN);
  return {
    elements: [
      ...titleLines(title),
      ...textLines(lines, { x: MARGIN, y: TITLE + 22, lineHeight: LINE }, "muted"),
    ],
    height: TITLE + 22 + lines.length * LINE,
  };
}

const TITLE_SIZE = 18;

function titleLines(title: string): readonly Element[] {
  const [first = "", ...others] = wrapped(title, TITLE_SIZE, WIDTH - 2 * MARGIN);
  const line = others.length === 0 ? first : `${first}...`;
  return [element("text", { class: "title", x: MARGIN, y: TITLE }, [line])];
}

function heading({ title, ending, time, limit }: PodWords): Block {
  const how = `${ending.charAt(0).toUpperCase()}${ending.slice(1)}: ${time}`;
  const lines = [how, ...(limit === undefined ? [] : [limit])].flatMap((line) =>
    wrapped(line, NORMAL, WIDTH - 2 * MARGIN),
  );
  return {
    elements: [
      ...titleLines(title),
      ...textLines(lines, { x: MARGIN, y: TITLE + 22, lineHeight: LINE }, "muted"),
    ],
    height: TITLE + 22 + lines.length * LINE,
  };
}

function bars(explanation: PodExplanation, words: PodWords, top: number): Block {
  const { containers, ending } = explanation;
  const shown = shownRows(containers);
  const offAt = powerOffAt(ending);
  const frame = frameOf(containers.map(drawn), offAt);
  const graces = new Set(containers.map(({ graceSeconds }) => graceSeconds));
  const milestones = milestonesOf(frame, graces);
  const first = top + milestones.length * LINE + 10;
  const bottom = first + shown.length * ROW_HEIGHT - 8;
  const rows = shown.map((index, place) => {
    const [container, said] = [containers[index], words.containers[index]];
    const at = { frame, top: first + place * ROW_HEIGHT, showGrace: graces.size > 1 };
    return container === undefined || said === undefined ? [] : [containerRow(container, said, at)];
  });
  return {
    elements: [
      ...axis(frame, first, bottom),
      ...milestones.flatMap((one, index) =>
        milestone(frame, one, { labelY: top + (index + 1) * LINE, bottom }),
      ),
      ...rows.flat(),
      ...legend(containers, frame, bottom + 46),
    ],
    height: bottom + 46 - top,
  };
}

function milestonesOf(
  { end, offAt }: Frame,
  graces: ReadonlySet<number>,
): readonly { readonly seconds: number; readonly label: string; readonly kind: string }[] {
  const [grace = 0] = graces;
  return [
    ...(graces.size === 1 && grace <= end
      ? [{ seconds: grace, label: "grace period ends", kind: "grace" }]
      : []),
    ...(offAt <= end ? [{ seconds: offAt, label: "power off", kind: "off" }] : []),
  ];
}

/** The places of the containers to draw, in their order. */
function shownRows(containers: readonly ContainerExplanation[]): readonly number[] {
  const places = containers.map((_, index) => index);
  const harmed = places.filter((index) => containers[index] !== undefined && isHarmed(containers[index]));
  const first = [...harmed, ...places.filter((index) => !harmed.includes(index))].slice(0, MOST_ROWS);
  return first.sort((one, other) => one - other);
}

function footer({ containers }: PodExplanation, { needed, notes }: PodWords, top: number): Block {
  const left = containers.length - MOST_ROWS;
  const isOpen = containers.some(({ stopSignalAt, exitAt }) => !isPoint(stopSignalAt) || !isPoint(exitAt));
  const small = [
    ...notes,
    ...(isOpen ? ["Of a time that is not known, the latest is drawn."] : []),
    ...(left > 0 ? [`${left} more containers are not drawn.`] : []),
  ];
  const width = WIDTH - 2 * MARGIN;
  const strong = needed === undefined ? [] : wrapped(needed, NORMAL, width);
  const lines = small.flatMap((line) => wrapped(line, NORMAL, width));
  const place = { x: MARGIN, lineHeight: LINE };
  return {
    elements: [
      ...textLines(strong, { ...place, y: top + LINE + 6 }, "strong"),
      ...textLines(lines, { ...place, y: top + LINE + 6 + strong.length * LINE }, "muted"),
    ],
    height: 6 + (strong.length + lines.length) * LINE,
  };
}
