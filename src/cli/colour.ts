import type { Writable } from "node:stream";
import { styleText } from "node:util";

export type Style = Parameters<typeof styleText>[0];

/**
 * Colours a text by its role, if the output is a terminal. NO_COLOR, NODE_DISABLE_COLORS and FORCE_COLOR have the same
 * effect as in Node.
 */
export function painterOn<Role extends string>(
  stream: Writable,
  styles: Readonly<Record<Role, Style>>,
): (text: string, role: Role) => string {
  return (text, role) => styleText(styles[role], text, { stream });
}
