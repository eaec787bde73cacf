import { type Interval, isPoint } from "../../hook/interval.ts";
import { inSeconds } from "../../policy/messages/seconds.ts";
import type { ContainerExplanation } from "../explain.ts";
import { BAR, BAR_HEIGHT, HALF_CROSS } from "./bar.ts";
import { type Element, element } from "./element.ts";
import { appFate, type Fate } from "./fate.ts";
import { type Frame, LEFT, MARGIN, SMALL, SPACE, WIDTH } from "./frame.ts";
import { textWidth } from "./text-lines.ts";

/** The distance in pixels from the top of a container's row to the baseline of the labels. */
const LABELS = 12;
/** The line of a flag begins and ends at these distances in pixels from the top of the row. */
const FLAG_TOP = 4;
const FLAG_BOTTOM = BAR + BAR_HEIGHT + 4;
const FLAG_WIDTH = 8;

/** A drawn marker, and the x position where the next label may begin. */
interface Marker {
  readonly elements: readonly Element[];
  readonly free: number;
}

/** Draws the stop signal as a flag and the kill as a cross, each with its time. */
export function markers(container: ContainerExplanation, frame: Frame): readonly Element[] {
  const signal = stopSignal(container, frame);
  return [...signal.elements, ...kill(container, frame, signal.free)];
}

function stopSignal({ stopSignalAt }: ContainerExplanation, { x, offAt }: Frame): Marker {
  if (stopSignalAt.max >= offAt) return { elements: [], free: LEFT };
  const at = x(stopSignalAt.max);
  const text = `stop signal ${latest(stopSignalAt)}`;
  const width = textWidth(text, SMALL);
  const afterFlag = at + FLAG_WIDTH + SPACE / 2;
  return at - width > LEFT
    ? { elements: [...flag(at), label(text, at - SPACE, "end")], free: afterFlag }
    : { elements: [...flag(at), label(text, afterFlag, "")], free: afterFlag + width + SPACE };
}

function kill(container: ContainerExplanation, { x, offAt }: Frame, free: number): readonly Element[] {
  const { killAt } = container;
  if (killAt.max > offAt) return [];
  const [at, fate] = [x(killAt.max), appFate(container)];
  const text = `kill ${latest(killAt)}`;
  const beside = Math.min(at + HALF_CROSS, WIDTH - MARGIN / 2 - textWidth(text, SMALL));
  return [cross(at, fate), label(text, Math.max(free, beside), fate === "well" ? "muted" : "")];
}

/** The latest time as text: `15s`, or `by 45s` if the time is not known exactly. */
function latest(interval: Interval): string {
  const tenths = Math.round(interval.max * 10) / 10;
  return `${isPoint(interval) ? "" : "by "}${inSeconds(tenths)}`;
}

function label(text: string, x: number, kind: string): Element {
  return element("text", { class: `small ${kind}`.trim(), x, y: LABELS }, [text]);
}

function flag(x: number): readonly Element[] {
  return [
    element("line", { class: "signal", x1: x, y1: FLAG_TOP, x2: x, y2: FLAG_BOTTOM }),
    element("path", {
      class: "flag",
      d: `M${Math.round(x)},${FLAG_TOP} l${FLAG_WIDTH},4 l-${FLAG_WIDTH},4 z`,
    }),
  ];
}

/** Draws the cross of a kill, in a pale colour if the process has already ended. */
function cross(x: number, fate: Fate): Element {
  const half = HALF_CROSS;
  return element("path", {
    class: `kill kill-${fate}`,
    d: `M-${half},-${half} L${half},${half} M-${half},${half} L${half},-${half}`,
    transform: `translate(${Math.round(x)} ${BAR + BAR_HEIGHT / 2})`,
  });
}
