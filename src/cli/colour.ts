import type { Writable } from "node:stream";
import { styleText } from "node:util";

export type Style = Parameters<typeof styleText>[0];

/**
 * Returns a function that colours a text with one of `styles`, if the stream is a terminal. NO_COLOR,
 * NODE_DISABLE_COLORS and FORCE_COLOR have the same effect as in Node.
 */
export function painterOn<Role extends string>(
  stream: Writable,
  styles: Readonly<Record<Role, Style>>,
): (text: string, role: Role) => string {
  return (text, role) => styleText(styles[role], text, { stream });
}
