import { isPoint } from "../../hook/interval.ts";
import { powerOffAt } from "../ending.ts";
import type { ContainerExplanation, PodExplanation } from "../explain.ts";
import { drawn } from "../segments.ts";
import { isHarmed } from "../stop.ts";
import type { PodWords } from "../words/words.ts";
import { type Element, element } from "./element.ts";
import {
  axis,
  type Frame,
  frameOf,
  LARGE,
  LINE,
  MARGIN,
  type Milestone,
  milestone,
  NORMAL,
  SPACE,
  TEXT_WIDTH,
} from "./frame.ts";
import { legend } from "./legend.ts";
import { containerRow, ROW_HEIGHT } from "./row.ts";
import { textLines, wrapped } from "./text-lines.ts";

/** SVG elements of the picture, with their total height in pixels. */
export interface Block {
  readonly elements: readonly Element[];
  readonly height: number;
}

/**
 * The most containers that are drawn, one in each row. Containers that are cut or killed are chosen before other
 * containers.
 */
const MOST_ROWS = 40;

/**
 * The distance in pixels from the top of the picture to the baseline of the title, and from there to the next baseline.
 */
const TITLE = 44;
const AFTER_TITLE = 22;
/** The space between the heading and the bars, and between the bars and the legend, in pixels. */
const ABOVE_ROWS = 10;
const TO_LEGEND = 46;
/** The space in pixels below the text of a container. The last container needs no space below its text. */
const BELOW_WORDS = 8;

/** The picture of a pod: title, bars on one axis, legend, and advice. */
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

/** The picture of a YAML document without a pod: a title and a reason. */
export function notePicture(title: string, why: string): Block {
  return titled(title, [why]);
}

function heading({ title, ending, time, limit }: PodWords): Block {
  const how = `${ending.charAt(0).toUpperCase()}${ending.slice(1)}: ${time}`;
  return titled(title, limit === undefined ? [how] : [how, limit]);
}

function titled(title: string, texts: readonly string[]): Block {
  const [first = "", ...others] = wrapped(title, LARGE, TEXT_WIDTH);
  const lines = texts.flatMap((text) => wrapped(text, NORMAL, TEXT_WIDTH));
  const below = TITLE + AFTER_TITLE;
  return {
    elements: [
      element("text", { class: "title", x: MARGIN, y: TITLE }, [others.length === 0 ? first : `${first}...`]),
      ...textLines(lines, { x: MARGIN, y: below, lineHeight: LINE }, "muted"),
    ],
    height: below + lines.length * LINE,
  };
}

function bars(explanation: PodExplanation, words: PodWords, top: number): Block {
  const { containers, ending } = explanation;
  const shown = shownRows(containers);
  const offAt = powerOffAt(ending);
  const frame = frameOf(containers.map(drawn), offAt);
  const graces = new Set(containers.map(({ graceSeconds }) => graceSeconds));
  const milestones = milestonesOf(frame, graces);
  const first = top + milestones.length * LINE + ABOVE_ROWS;
  const bottom = first + shown.length * ROW_HEIGHT - BELOW_WORDS;
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
      ...legend(containers, frame, bottom + TO_LEGEND),
    ],
    height: bottom + TO_LEGEND - top,
  };
}

/**
 * Marks the end of the grace period, if it is the same for all containers. Containers that are restarted separately may
 * have different grace periods, which are shown beside their bars.
 */
function milestonesOf({ end, offAt }: Frame, graces: ReadonlySet<number>): readonly Milestone[] {
  const milestones: Milestone[] = [];
  const [grace = 0] = graces;
  if (graces.size === 1 && grace <= end)
    milestones.push({ seconds: grace, label: "grace period ends", kind: "grace" });
  if (offAt <= end) milestones.push({ seconds: offAt, label: "power off", kind: "off" });
  return milestones;
}

/** The indexes of the containers to draw, in the order of the pod. */
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
    ...(isOpen ? ["If a time is not known, the picture shows the latest possible time."] : []),
    ...(left > 0 ? [`${left} more containers are not drawn.`] : []),
  ];
  const strong = needed === undefined ? [] : wrapped(needed, NORMAL, TEXT_WIDTH);
  const lines = small.flatMap((line) => wrapped(line, NORMAL, TEXT_WIDTH));
  const place = { x: MARGIN, y: top + SPACE + LINE, lineHeight: LINE };
  return {
    elements: [
      ...textLines(strong, place, "strong"),
      ...textLines(lines, { ...place, y: place.y + strong.length * LINE }, "muted"),
    ],
    height: SPACE + (strong.length + lines.length) * LINE,
  };
}
