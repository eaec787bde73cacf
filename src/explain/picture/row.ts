import { inSeconds } from "../../policy/messages/seconds.ts";
import type { ContainerExplanation } from "../explain.ts";
import type { ContainerWords } from "../words/container-words.ts";
import { BAR, bar } from "./bar.ts";
import { type Element, element } from "./element.ts";
import { appFate, type Fate, hookFate, sign } from "./fate.ts";
import { type Frame, LEFT, MARGIN, NORMAL, WIDTH } from "./frame.ts";
import { markers } from "./markers.ts";
import { charactersIn, shortened } from "./text-lines.ts";

/** The distances in pixels from the top of a container's row to the baselines of its texts. */
const NAME_LINE = BAR + 17;
const ROLE_LINE = 54;
const HOOK_LINE = 60;
const APP_LINE = 77;
export const ROW_HEIGHT = 100;

/** The centre of a check mark or cross, in pixels from the left end of the bars. */
const SIGN_LEFT = 6;
/** The centre of a check mark or cross, in pixels above the baseline of the text. */
const SIGN_UP = 4;
/** The beginning of the text after a check mark or cross, in pixels from the left end of the bars. */
const AFTER_SIGN = 18;

/** The most characters of a name that fit to the left of the bars. */
const LONGEST_NAME = 15;

/**
 * Draws a container: its name, its bar with stop signal and kill, and below the bar the texts about its hook and app.
 */
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
  const texts = new Map(rows);
  const hookEnd = container.hook?.outcome === "completed" ? undefined : texts.get("hook ends");
  // The text begins with the time at which the hook ends, because a long text is cut on the right.
  const hook = `hook: ${hookEnd === undefined ? "" : `${hookEnd}: `}${texts.get("hook")}`;
  const fate = hookFate(container);
  return [
    ...(fate === "well"
      ? [element("text", { class: "muted", x: LEFT, y: HOOK_LINE }, [fitting(hook, LEFT)])]
      : signed(hook, fate, HOOK_LINE)),
    ...signed(`app: ${texts.get("app")}`, appFate(container), APP_LINE),
  ];
}

/** Draws a text with a check mark, a question mark or a cross before it. */
function signed(text: string, fate: Fate, y: number): readonly Element[] {
  const left = LEFT + AFTER_SIGN;
  return [
    sign(fate, LEFT + SIGN_LEFT, y - SIGN_UP),
    element("text", { class: `strong ${fate}`, x: left, y }, [fitting(text, left)]),
  ];
}

function fitting(text: string, left: number): string {
  return shortened(text, charactersIn(WIDTH - MARGIN - left, NORMAL));
}
