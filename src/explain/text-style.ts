import type { Action } from "../policy/model/action.ts";

/** What a piece of the text is, for its colour. */
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
  /** Characters of a line that the drawing may use. */
  readonly columns: number;
  readonly paint: (text: string, role: Role) => string;
  /** How a person asks for another ending. */
  readonly ask: string;
}

/** What POST /explain answers. */
export const PLAIN: TextStyle = { columns: 80, paint: (text) => text, ask: "/explain?on=..." };
