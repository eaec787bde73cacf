import type { Writable } from "node:stream";
import { styleText } from "node:util";

export type Style = Parameters<typeof styleText>[0];

/**
 * Paints a text by its role: in colour on a terminal, as it is elsewhere. NO_COLOR, NODE_DISABLE_COLORS and FORCE_COLOR
 * count as in Node.
 */
export function painterOn<Role extends string>(
  stream: Writable,
  styles: Readonly<Record<Role, Style>>,
): (text: string, role: Role) => string {
  return (text, role) => styleText(styles[role], text, { stream });
}
