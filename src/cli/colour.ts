import type { Writable } from "node:stream";
import { styleText } from "node:util";

export type Style = Parameters<typeof styleText>[0];

/**
 * Colours a text by its role on a terminal. Elsewhere the text stays as it is. NO_COLOR, NODE_DISABLE_COLORS and
 * FORCE_COLOR
 * count as in Node.
 */
export function painterOn<Role extends string>(
  stream: Writable,
  styles: Readonly<Record<Role, Style>>,
): (text: string, role: Role) => string {
  return (text, role) => styleText(styles[role], text, { stream });
}
