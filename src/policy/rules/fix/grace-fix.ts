import { isKnown } from "../../../hook/interval.ts";
import { isEndless, leastGraceWith, shutdownLeft } from "../../assess/build-facts.ts";
import { keyPath } from "../../messages/quote.ts";
import { plainNumber, printedGrace } from "../../messages/seconds.ts";
import type { Fix } from "../../model/finding.ts";
import { MAX_GRACE_SECONDS } from "../../model/keys.ts";
import type { ContainerFacts, HookedContainer, HookFacts, PodFacts } from "../../model/pod-facts.ts";
import { isShutdownAsked, type Limit } from "../../settings/resolve.ts";
import { hookPath, removeHook } from "../containers.ts";
import { declare } from "./declaration.ts";

/** The longest grace period that is advised: no pod should take more than a day to stop. */
export const LONGEST_ADVISED_SECONDS = 86_400;

/**
 * The changes that give every container of the pod the time that it needs. The first choice is a longer grace period.
 * If a longer grace period would be above the limit, or more than a day, the hooks are shortened. If no shorter hook is
 * enough, the limit is raised.
 */
export function graceFixes(pod: PodFacts): (container: ContainerFacts | undefined) => readonly Fix[] {
  const { limit } = pod.settings;
  if (limit === undefined || pod.graceNeeded <= limit.seconds || limit.seconds > LONGEST_ADVISED_SECONDS) {
    const fix = shorterThanADay(pod) ?? [longerGrace(pod)];
    return () => fix;
  }
  const all = fitLimit(pod, limit);
  const shorter = new Map(all.flatMap((fix) => ("shortenTo" in fix ? [[fix.path, fix] as const] : [])));
  // A fix that shortens the grace period, or changes the annotation, must change all hooks, not only one.
  const together = pod.graceSeconds > limit.seconds || all.length !== shorter.size + 1;
  return (container) => {
    if (together || container === undefined || container.container.sidecar) return all;
    const own = shorter.get(hookPath(container));
    return [...(own === undefined ? [] : [own]), setGrace(pod, limit.seconds)];
  };
}

/**
 * Shortens the hooks, if they would need a grace period above a day. The shorter hooks fit into the present grace
 * period, or into a day if the present grace period has no room for a hook.
 */
function shorterThanADay(pod: PodFacts): readonly Fix[] | undefined {
  if (pod.graceNeeded <= LONGEST_ADVISED_SECONDS) return undefined;
  const most = pod.settings.limit?.seconds ?? Number.POSITIVE_INFINITY;
  const seconds = [Math.min(pod.graceSeconds, most), LONGEST_ADVISED_SECONDS].find(
    (grace) => longestHook(pod, { seconds: grace }) >= 1,
  );
  if (seconds === undefined) return undefined;
  const fix = fitGrace(pod, seconds).filter((one) => !("value" in one && one.value === pod.graceSeconds));
  return fix.length === 0 ? undefined : fix;
}

/**
 * The fix for an app that runs until the kill: a longer grace period does not help such an app. The result is undefined
 * if another fix changes the grace period, or if the pod or namespace sets a shutdown time that is longer than the
 * grace period.
 */
export function fixWithoutGrace(pod: PodFacts, container: HookedContainer): readonly Fix[] | undefined {
  const { limit, shutdownSeconds } = pod.settings;
  if (!container.runsUntilKill || isEndless(container.hook)) return undefined;
  if (isShutdownAsked(pod.settings) && shutdownSeconds > pod.graceSeconds) return undefined;
  if (limit !== undefined && pod.graceSeconds > limit.seconds) return undefined;
  const shortenTo = shorterHook(pod, container);
  return shortenTo === undefined
    ? removeHook(container)
    : [{ target: "pod", path: hookPath(container), container: container.container.name, shortenTo }];
}

/** The changes that make the pod stop within the limit of its grace period. */
export function fitLimit(pod: PodFacts, limit: Limit): readonly Fix[] {
  const crowded = pod.containers.some((one) => isLookedAt(one, pod) && ownNeed(one, pod) > limit.seconds);
  if (!crowded) return [setGrace(pod, limit.seconds)];
  const room = longestHook(pod, limit);
  const ours = pod.hooked.some(({ hook }) => hook.addedByUs && isLong(hook, room));
  return room < 1 || ours ? raiseLimit(pod, limit, pod.graceNeeded) : fitGrace(pod, limit.seconds);
}

/** The changes that set this grace period, and shorten the hooks that do not fit into it. */
function fitGrace(pod: PodFacts, seconds: number): readonly Fix[] {
  const room = longestHook(pod, { seconds });
  const long = pod.hooked.filter(({ hook }) => isLong(hook, room));
  const declared = long.filter((one) => isDeclared(one, pod));
  const news = new Map(declared.map(({ container }) => [container.name, `${room}`]));
  return [
    ...long.map(
      (one): Fix => ({ target: "pod", path: hookPath(one), container: one.container.name, shortenTo: room }),
    ),
    ...(news.size > 0 ? [declare(pod, news)] : []),
    setGrace(pod, seconds),
  ];
}

function isLong(hook: HookFacts, room: number): boolean {
  return !isEndless(hook) && hook.known > room;
}

/**
 * The change of the grace period that makes room for a new hook of the container; undefined if the limit does not allow
 * it.
 */
export function fixForNewHook(
  container: ContainerFacts,
  seconds: number,
  pod: PodFacts,
): readonly Fix[] | undefined {
  const least = leastGraceWith(pod, container, seconds);
  const { limit } = pod.settings;
  if (least <= Math.min(pod.graceSeconds, limit?.seconds ?? Number.POSITIVE_INFINITY)) return [];
  const grace = printedGrace(least);
  if (grace > LONGEST_ADVISED_SECONDS) return undefined;
  if (limit === undefined || grace <= limit.seconds) return [setGrace(pod, grace)];
  return least <= limit.seconds ? [setGrace(pod, limit.seconds)] : undefined;
}

/**
 * Whether the container needs time in the grace period: its author wrote a hook, or the pod or namespace sets a
 * shutdown time.
 */
function isLookedAt({ hook }: ContainerFacts, { settings, settled }: PodFacts): boolean {
  const asked = isShutdownAsked(settings);
  return hook === undefined ? asked && settled : asked || !hook.addedByUs;
}

/**
 * The seconds of the longest hook for which a grace period has room. All hooks start at once; then the main containers
 * shut down, and after them one sidecar after the other.
 */
export function longestHook({ mostFollowers, settings }: PodFacts, limit: Pick<Limit, "seconds">): number {
  return limit.seconds - mostFollowers * settings.shutdownSeconds - shutdownLeft(settings);
}

function isDeclared({ container }: ContainerFacts, { settings }: PodFacts): boolean {
  return settings.hookSeconds.has(container.name);
}

export function setGrace(pod: PodFacts, value: number): Fix {
  return { target: "pod", path: pod.subject.gracePath, value };
}

/**
 * The longer grace period that all containers need. The value is a minimum if the duration of a hook has no upper
 * bound.
 */
function longerGrace(pod: PodFacts): Fix {
  const isOpen = pod.containers.some(
    ({ hook }) => hook !== undefined && !isKnown(hook.seconds) && !isEndless(hook),
  );
  return {
    target: "pod",
    path: pod.subject.gracePath,
    value: pod.graceNeeded,
    ...(isOpen && { atLeast: true }),
  };
}

/**
 * The shortest grace period that leaves this container its shutdown time, if each hook takes the duration that its
 * author seems to intend.
 */
function ownNeed({ plannedTurn }: ContainerFacts, { settings }: PodFacts): number {
  return plannedTurn + shutdownLeft(settings);
}

/**
 * The changes for a grace period above the limit. The limit is raised in the namespace, in the configuration, or in
 * both.
 */
export function raiseLimit(pod: PodFacts, limit: Limit, seconds: number): readonly Fix[] {
  const { ofNamespace = seconds, ofConfiguration = seconds } = limit;
  const path = keyPath("metadata.annotations", MAX_GRACE_SECONDS);
  return [
    ...(ofNamespace < seconds ? [{ target: "namespace", path, value: seconds } as const] : []),
    ...(ofConfiguration < seconds
      ? [{ target: "configuration", path: "maxGraceSeconds", value: seconds } as const]
      : []),
    setGrace(pod, seconds),
  ];
}

/**
 * The terms of an advised grace period: the longest hook + the shutdown time + the shutdown times of the sidecars that
 * stop later, rounded up. All times are in seconds.
 */
export interface GraceSum {
  readonly hook: number;
  readonly shutdown: number;
  /**
   * The number of sidecars that shut down later, one after the other: after the main containers, or after the sidecar
   * with the longest hook.
   */
  readonly sidecars: number;
  readonly rounded: boolean;
}

/**
 * The sum that gives a longer grace period; undefined if the fix is not a longer grace period. The sum is for the
 * container with the longest hook, and for the sidecars that wait for that container.
 */
export function graceSums(
  pod: PodFacts,
): (container: ContainerFacts, fix: readonly Fix[]) => GraceSum | undefined {
  const hooks = pod.hooked.filter(({ hook }) => !isEndless(hook));
  const hook = hooks.reduce((most, one) => Math.max(most, one.hook.known), 0);
  const sum = sumWith(pod, hook);
  return (container, fix) =>
    isRaise(fix) && (container.container.sidecar || container.hook?.known === hook) ? sum : undefined;
}

function sumWith(pod: PodFacts, hook: number): GraceSum | undefined {
  const shutdown = pod.settings.shutdownSeconds;
  for (let sidecars = 0; hook > 0 && sidecars <= pod.mostFollowers; sidecars++) {
    const sum = hook + (1 + sidecars) * shutdown;
    if (printedGrace(sum) === pod.graceNeeded)
      return { hook, shutdown, sidecars, rounded: sum !== pod.graceNeeded };
  }
  return undefined;
}

/** Formats the sum, which a message prints after the grace period: ` (35 hook + 10 shutdown + 10 sidecar)`. */
export function sumText(sum: GraceSum | undefined): string {
  if (sum === undefined) return "";
  const { hook, shutdown, sidecars, rounded } = sum;
  const after = sidecars === 0 ? "" : ` + ${sidecars * shutdown} ${sidecars === 1 ? "sidecar" : "sidecars"}`;
  return ` (${plainNumber(hook)} hook + ${shutdown} shutdown${after}${rounded ? ", rounded up" : ""})`;
}

/** Whether the fix is a longer grace period and nothing else. */
function isRaise(fix: readonly Fix[]): boolean {
  return fix.length === 1 && fix.every((one) => "value" in one && typeof one.value === "number");
}

/**
 * The length of a shorter hook, as the alternative to a longer grace period; undefined if no time would be left for the
 * hook. The result is also undefined for a sidecar, which waits for other containers, and for a declared hook, whose
 * declaration would have to change.
 */
export function shorterHook(pod: PodFacts, one: HookedContainer): number | undefined {
  if (one.container.sidecar || isDeclared(one, pod)) return undefined;
  const seconds = pod.graceSeconds - shutdownLeft(pod.settings);
  return seconds >= 1 ? seconds : undefined;
}

/** The limit, if the needed grace period is above it; else undefined. */
export function limitBelowNeed({ settings: { limit }, graceNeeded }: PodFacts): Limit | undefined {
  return limit !== undefined && graceNeeded > limit.seconds ? limit : undefined;
}

/** Whether the fix itself raises the limit. */
export function raisesLimit(fix: readonly Fix[]): boolean {
  return fix.some(({ target }) => target !== "pod");
}
