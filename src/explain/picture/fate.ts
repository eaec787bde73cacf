import type { ContainerExplanation } from "../explain.ts";
import { type Element, element } from "./element.ts";

/**
 * The fate of a hook or an app: `harm` if it is certainly cut off or killed, `doubt` if that may happen, else `well`.
 */
export type Fate = "harm" | "doubt" | "well";

export function hookFate({ hook }: ContainerExplanation): Fate {
  switch (hook?.outcome) {
    case "cut":
    case "skipped":
      return "harm";
    case "may-be-cut":
      return "doubt";
    default:
      return "well";
  }
}

export function appFate({ exitedBy, maybeIgnoredSignal }: ContainerExplanation): Fate {
  if (exitedBy === "kill" || exitedBy === "power-off") return "harm";
  return exitedBy === "cannot-tell" || maybeIgnoredSignal !== undefined ? "doubt" : "well";
}

const SIGNS: Readonly<Record<Fate, string>> = {
  harm: "M-4,-4 L4,4 M-4,4 L4,-4",
  doubt: "M-3,-2.5 A3,3 0 1 1 0,1 L0,1.5 M0,5 L0,5",
  well: "M-5,0 L-1.5,4 L5,-4",
};

/**
 * Draws a cross, a question mark or a check mark around a point. The signs differ in shape, so no reader needs the
 * colours.
 */
export function sign(fate: Fate, x: number, y: number): Element {
  return element("path", { class: `sign sign-${fate}`, d: SIGNS[fate], transform: `translate(${x} ${y})` });
}
