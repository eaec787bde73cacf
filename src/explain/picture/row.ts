import { isPoint } from "../../hook/interval.ts";
import { inSeconds } from "../../policy/messages/seconds.ts";
import type { ContainerExplanation } from "../explain.ts";
import { drawn, partsOf, type Segment } from "../segments.ts";
import { isHarmed } from "../stop.ts";
import type { ContainerWords } from "../words/container-words.ts";
import { type Element, element } from "./element.ts";
import { type Frame, LEFT, MARGIN, NORMAL, SMALL, WIDTH } from "./frame.ts";
import { type Fate, sign } from "./signs.ts";
import { shortened, textWidth } from "./text-lines.ts";

/** Pixels, from the top of a row. */
const LABELS = 12;
const BAR = 19;
const BAR_HEIGHT = 24;
const HOOK_LINE = 60;
const APP_LINE = 77;
export const ROW_HEIGHT = 100;

/** Between two parts of a bar. */
const GAP = 1.5;
const ROUND = 2;

/** Half of the cross of a kill, which lies on the end of a bar. */
const CROSS = 8;

/** Characters of a name that fit before the bars. */
const LONGEST_NAME = 15;

export const FILLS: Readonly<Record<Segment["role"], Element["attributes"]>> = {
  hook: { class: "hook" },
  "maybe-hook": { fill: "url(#hatched)" },
  turn: { fill: "url(#dotted)" },
  shutdown: { class: "shutdown" },
  spare: { class: "spare" },
};

/** A container: its name, its bar with the stop signal and the kill, and under it in words what its hook and its app do. */
export function containerRow(
  container: ContainerExplanation,
  words: ContainerWords,
  { frame, top, showGrace }: { readonly frame: Frame; readonly top: number; readonly showGrace: boolean },
): Element {
  return element("g", { transform: `translate(0 ${Math.round(top)})` }, [
    element("title", {}, [[words.title, ...words.rows.map((row) => row.join(": "))].join("\n")]),
    ...nameOf(container, showGrace),
    ...bar(container, frame),
    ...markers(container, frame),
    ...said(container, words),
  ]);
}

function nameOf({ name, role, graceSeconds }: ContainerExplanation, showGrace: boolean): readonly Element[] {
  const notes = [
    ...(role === "sidecar" ? ["sidecar"] : []),
    ...(showGrace ? [`grace ${inSeconds(graceSeconds)}`] : []),
  ];
  return [
    element("text", { class: "name", x: MARGIN, y: BAR + 17 }, [shortened(name, LONGEST_NAME)]),
    ...(notes.length === 0
      ? []
      : [element("text", { class: "small muted", x: MARGIN, y: HOOK_LINE - 6 }, [notes.join(", ")])]),
  ];
}

function bar(container: ContainerExplanation, { x, offAt }: Frame): readonly Element[] {
  return partsOf(drawn(container), offAt).flatMap(({ role, from, to }) => {
    const inset = role === "spare" ? HALF_PIXEL : 0;
    const [left, width] = [x(from) + inset, Math.max(1, x(to) - x(from) - GAP) - 2 * inset];
    const box = { x: left, y: BAR + inset, width, height: BAR_HEIGHT - 2 * inset, rx: ROUND };
    return [element("rect", { ...FILLS[role], ...box }), ...barText(role, left, width)];
  });
}

/** A line of one pixel is sharp in the middle of one. */
const HALF_PIXEL = 0.5;

const BAR_TEXTS: Readonly<Record<Segment["role"], readonly string[]>> = {
  hook: ["preStop hook", "hook"],
  "maybe-hook": [],
  turn: [],
  shutdown: ["app shuts down", "app"],
  spare: [],
};

/** The longest of the texts that the part has room for. */
function barText(role: Segment["role"], left: number, width: number): readonly Element[] {
  const text = BAR_TEXTS[role].find((one) => textWidth(one, SMALL) + 2 * CROSS < width);
  if (text === undefined) return [];
  return [element("text", { class: "bar-text middle", x: left + width / 2, y: BAR + 16 }, [text])];
}

/** The stop signal, a flag, and the kill, a cross; each with its second. */
function markers(container: ContainerExplanation, { x, offAt }: Frame): readonly Element[] {
  const { stopSignalAt, killAt } = container;
  const elements: Element[] = [];
  let free = LEFT;
  if (stopSignalAt.max < offAt) {
    const at = x(stopSignalAt.max);
    const text = `stop signal ${by(stopSignalAt)}`;
    const width = textWidth(text, SMALL);
    const isLeft = at - width > LEFT;
    elements.push(...flag(at), label(text, isLeft ? at - 6 : at + 10, isLeft ? " end" : ""));
    free = isLeft ? at + 12 : at + width + 16;
  }
  if (killAt.max <= offAt) {
    const at = x(killAt.max);
    const text = `kill ${by(killAt)}`;
    const wanted = Math.min(at + 8, WIDTH - MARGIN / 2 - textWidth(text, SMALL));
    const fate = fateOf(container);
    elements.push(cross(at, fate), label(text, Math.max(free, wanted), fate === "well" ? " muted" : ""));
  }
  return elements;
}

function by(interval: ContainerExplanation["killAt"]): string {
  return `${isPoint(interval) ? "" : "by "}${inSeconds(Math.round(interval.max * 10) / 10)}`;
}

function label(text: string, x: number, kind: string): Element {
  return element("text", { class: `small${kind}`, x, y: LABELS }, [text]);
}

function flag(x: number): readonly Element[] {
  const [top, bottom] = [LABELS - 8, BAR + BAR_HEIGHT + 4];
  return [
    element("line", { class: "signal", x1: x, y1: top, x2: x, y2: bottom }),
    element("path", { class: "flag", d: `M${Math.round(x)},${top} l8,4 l-8,4 z` }),
  ];
}

/** A kill that finds nothing to end is drawn pale. */
function cross(x: number, fate: Fate): Element {
  const middle = BAR + BAR_HEIGHT / 2;
  return element("path", {
    class: `kill kill-${fate}`,
    d: "M-6,-6 L6,6 M-6,6 L6,-6",
    transform: `translate(${Math.round(x)} ${middle})`,
  });
}

function said(container: ContainerExplanation, { rows }: ContainerWords): readonly Element[] {
  const fate = fateOf(container);
  const texts = new Map(rows);
  const hookEnd = container.hook?.outcome === "completed" ? undefined : texts.get("hook ends");
  const hook = `hook: ${texts.get("hook")}${hookEnd === undefined ? "" : `; ${hookEnd}`}`;
  const room = Math.floor((WIDTH - MARGIN - LEFT) / (NORMAL * 0.55));
  return [
    element("text", { class: "muted", x: LEFT, y: HOOK_LINE }, [shortened(hook, room)]),
    sign(fate, LEFT + 6, APP_LINE - 4),
    element("text", { class: fate === "well" ? "strong" : `strong ${fate}`, x: LEFT + 18, y: APP_LINE }, [
      shortened(`app: ${texts.get("app")}`, room - 3),
    ]),
  ];
}

export function fateOf(container: ContainerExplanation): Fate {
  const { hook, exitedBy, maybeIgnoredSignal } = container;
  if (
    exitedBy === "kill" ||
    exitedBy === "power-off" ||
    hook?.outcome === "cut" ||
    hook?.outcome === "skipped"
  )
    return "harm";
  return isHarmed(container) || maybeIgnoredSignal !== undefined ? "doubt" : "well";
}
