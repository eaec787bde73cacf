import type { Action } from "../policy/model/action.ts";

/** The role of a piece of the text, which decides its colour. */
export type Role =
  | Lowercase<Action>
  | "title"
  | "hook"
  | "maybe-hook"
  | "turn"
  | "shutdown"
  | "spare"
  | "stop-signal"
  | "kill"
  | "power-off";

/** The layout of an explanation in plain text. */
export interface TextStyle {
  /** The width of the drawing, in characters. */
  readonly columns: number;
  readonly paint: (text: string, role: Role) => string;
  /** The request for another way to stop the pod, such as `/explain?on=...`. */
  readonly ask: string;
}

/** The style of the answer to POST /explain. */
export const PLAIN: TextStyle = { columns: 80, paint: (text) => text, ask: "/explain?on=..." };
