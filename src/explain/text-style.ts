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

/** How an explanation is laid out as text. */
export interface TextStyle {
  /** The width of the drawing, in characters. */
  readonly columns: number;
  readonly paint: (text: string, role: Role) => string;
  /** How a person requests another ending. */
  readonly ask: string;
}

/** The style of the answer to POST /explain. */
export const PLAIN: TextStyle = { columns: 80, paint: (text) => text, ask: "/explain?on=..." };
