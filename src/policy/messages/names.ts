import type { Subject } from "../model/finding.ts";
import type { ContainerFacts, HookFacts } from "../model/pod-facts.ts";
import type { Limit } from "../settings/resolve.ts";
import { quote } from "./quote.ts";
import { inSeconds, spanOf } from "./seconds.ts";

/** How messages call containers, hooks and limits. */

/** `container "web"`, `sidecar "proxy"`. */
export function containerSubject({ container }: ContainerFacts): Subject {
  const short = quote(container.name);
  return {
    name: `${container.sidecar ? "sidecar" : "container"} ${short}`,
    short,
    container: container.name,
  };
}

export const POD_SUBJECT: Subject = { name: "pod", short: "pod" };

/** `preStop 45s`, `preStop at least 130s`. */
export function hookSpan({ seconds }: Pick<HookFacts, "seconds">): string {
  return `preStop ${spanOf(seconds)}`;
}

/** `the 300s limit of namespace "shop"`. */
export function limitName({ seconds, namespace }: Limit): string {
  const owner = namespace === undefined ? "this cluster" : `namespace ${quote(namespace)}`;
  return `the ${inSeconds(seconds)} limit of ${owner}`;
}

export interface ListOptions {
  readonly separator: string;
  /** Characters; the first text is shown however long it is. */
  readonly room: number;
  /** How many there are, where `texts` is only the first of them. */
  readonly total?: number;
}

/** As many of the texts as fit, and how many more there are: `"web", "worker" and 3 more`. */
export function andMore(
  texts: readonly string[],
  { separator, room, total = texts.length }: ListOptions,
): string {
  let shown = texts[0] ?? "";
  let count = Math.min(1, texts.length);
  for (const text of texts.slice(1)) {
    if (shown.length + separator.length + text.length > room) break;
    shown += `${separator}${text}`;
    count += 1;
  }
  return total > count ? `${shown} and ${total - count} more` : shown;
}
