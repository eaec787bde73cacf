import { inSeconds } from "../../policy/messages/seconds.ts";
import type { ContainerExplanation } from "../explain.ts";
import type { ContainerWords } from "../words/container-words.ts";
import { BAR, bar } from "./bar.ts";
import { type Element, element } from "./element.ts";
import { fateOf, sign } from "./fate.ts";
import { type Frame, LEFT, MARGIN, NORMAL, WIDTH } from "./frame.ts";
import { markers } from "./markers.ts";
import { charactersIn, shortened } from "./text-lines.ts";

/** Pixels, from the top of a row to the baselines of its texts. */
const NAME_LINE = BAR + 17;
const ROLE_LINE = 54;
const HOOK_LINE = 60;
const APP_LINE = 77;
export const ROW_HEIGHT = 100;

/** The sign before what the app does: its middle from the left, and above the baseline. */
const SIGN_LEFT = 6;
const SIGN_UP = 4;
const AFTER_SIGN = 18;

/** Characters of a name that fit before the bars. */
const LONGEST_NAME = 15;

/** A container: its name, its bar with the stop signal and the kill, and under it in words what its hook and its app do. */
export function containerRow(
  container: ContainerExplanation,
  words: ContainerWords,
  { frame, top, showGrace }: { readonly frame: Frame; readonly top: number; readonly showGrace: boolean },
): Element {
  return element("g", { transform: `translate(0 ${Math.round(top)})` }, [
    element("title", {}, [[words.title, ...words.rows.map((row) => row.join(": "))].join("\n")]),
    ...name(container, showGrace),
    ...bar(container, frame),
    ...markers(container, frame),
    ...sentences(container, words),
  ]);
}

function name({ name, role, graceSeconds }: ContainerExplanation, showGrace: boolean): readonly Element[] {
  const notes = [
    ...(role === "sidecar" ? ["sidecar"] : []),
    ...(showGrace ? [`grace ${inSeconds(graceSeconds)}`] : []),
  ].join(", ");
  return [
    element("text", { class: "name", x: MARGIN, y: NAME_LINE }, [shortened(name, LONGEST_NAME)]),
    ...(notes === "" ? [] : [element("text", { class: "small muted", x: MARGIN, y: ROLE_LINE }, [notes])]),
  ];
}

function sentences(container: ContainerExplanation, { rows }: ContainerWords): readonly Element[] {
  const fate = fateOf(container);
  const texts = new Map(rows);
  const hookEnd = container.hook?.outcome === "completed" ? undefined : texts.get("hook ends");
  const hook = `hook: ${texts.get("hook")}${hookEnd === undefined ? "" : `; ${hookEnd}`}`;
  const app = `app: ${texts.get("app")}`;
  const room = (left: number): number => charactersIn(WIDTH - MARGIN - left, NORMAL);
  const afterSign = LEFT + AFTER_SIGN;
  return [
    element("text", { class: "muted", x: LEFT, y: HOOK_LINE }, [shortened(hook, room(LEFT))]),
    sign(fate, LEFT + SIGN_LEFT, APP_LINE - SIGN_UP),
    element("text", { class: `strong ${fate}`, x: afterSign, y: APP_LINE }, [
      shortened(app, room(afterSign)),
    ]),
  ];
}
