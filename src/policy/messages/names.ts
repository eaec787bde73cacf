import { isKnown } from "../../hook/interval.ts";
import { DEFAULT_GRACE_SECONDS } from "../../termination/pod.ts";
import type { Subject } from "../model/finding.ts";
import type { HookFacts, RunningContainer } from "../model/pod-facts.ts";
import type { Limit } from "../settings/resolve.ts";
import { quote } from "./quote.ts";
import { inSeconds, spanOf } from "./seconds.ts";

/** The names of containers, hooks and limits in messages. */

/** `container "web"`, `sidecar "proxy"`. */
export function containerSubject({ container }: RunningContainer): Subject {
  const short = quote(container.name);
  return {
    name: `${container.sidecar ? "sidecar" : "container"} ${short}`,
    short,
    container: container.name,
  };
}

export const POD_SUBJECT: Subject = { name: "pod", short: "pod" };

/** The time of a hook as text, such as `preStop 45s` or `preStop at least 130s`. */
export function hookSpan({ seconds }: Pick<HookFacts, "seconds">): string {
  return `preStop ${spanOf(seconds)}`;
}

/**
 * The time that the advised grace period allows for a hook: `preStop 400s`, or `preStop about 400s` if the duration of
 * the hook has no upper bound.
 */
export function plannedSpan(hook: Pick<HookFacts, "seconds" | "known">): string {
  const isMeant = !isKnown(hook.seconds) && hook.known > hook.seconds.min;
  return isMeant ? `preStop about ${inSeconds(hook.known)}` : hookSpan(hook);
}

/**
 * The text ` (Kubernetes' default)`. The API server sets the default of 30 before it calls a webhook, so a 30 that the
 * author wrote looks the same.
 */
export function graceNote(graceSeconds: number): string {
  return graceSeconds === DEFAULT_GRACE_SECONDS ? " (Kubernetes' default)" : "";
}

/** Example: `the 300s limit of namespace "shop"`. */
export function limitName({ seconds, namespace }: Limit): string {
  const owner = namespace === undefined ? "this cluster" : `namespace ${quote(namespace)}`;
  return `the ${inSeconds(seconds)} limit of ${owner}`;
}

export interface ListOptions {
  readonly separator: string;
  /** In characters. The first item is always shown. */
  readonly room: number;
}

export interface List {
  readonly text: string;
  /** How many items the text does not name. */
  readonly left: number;
}

/** The most items of a list that are formatted, because a pod may have thousands of containers. */
const MOST_LISTED = 10;

const ONE_MORE = " and 1 more";

/** The first items that fit, and how many more there are: `"web", "worker" and 3 more`. */
export function andMore<Item>(
  all: readonly Item[],
  textOf: (item: Item) => string,
  { separator, room }: ListOptions,
): List {
  const [first = "", ...others] = all.slice(0, MOST_LISTED).map(textOf);
  let shown = first;
  let left = all.length - 1;
  for (const text of others) {
    const isLast = left === 1 && separator.length + text.length <= ONE_MORE.length;
    if (!isLast && shown.length + separator.length + text.length > room) break;
    shown += `${separator}${text}`;
    left -= 1;
  }
  return { text: left > 0 ? `${shown} and ${left} more` : shown, left };
}
