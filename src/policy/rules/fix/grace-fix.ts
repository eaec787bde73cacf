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
 * The change that gives every container of the pod the time it needs: a longer grace period. If that would be above the
 * limit, or more than a day, shorter hooks. If no shorter hook is enough, a higher limit.
 */
export function graceFixes(pod: PodFacts): (container: ContainerFacts | undefined) => readonly Fix[] {
  const { limit } = pod.settings;
  if (limit === undefined || pod.graceNeeded <= limit.seconds || limit.seconds > LONGEST_ADVISED_SECONDS) {
    const fix = shorterThanADay(pod) ?? [longerGrace(pod)];
    return () => fix;
  }
  const all = fitLimit(pod, limit);
  const shorter = new Map(all.flatMap((fix) => ("shortenTo" in fix ? [[fix.path, fix] as const] : [])));
  // If the grace period gets shorter, or the annotation changes, all hooks change together.
  const together = pod.graceSeconds > limit.seconds || all.length !== shorter.size + 1;
  return (container) => {
    if (together || container === undefined || container.container.sidecar) return all;
    const own = shorter.get(hookPath(container));
    return [...(own === undefined ? [] : [own]), setGrace(pod, limit.seconds)];
  };
}

/**
 * Shorter hooks instead of a grace period above a day. They fit the present grace period, or a day if that has no room.
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
 * A fix without a longer grace period, for an app that runs until the kill. Undefined if another fix sets the grace
 * period, or if pod or namespace ask for more time than it has.
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

/** The changes that make the pod stop within its limit. */
export function fitLimit(pod: PodFacts, limit: Limit): readonly Fix[] {
  const crowded = pod.containers.some((one) => isLookedAt(one, pod) && ownNeed(one, pod) > limit.seconds);
  if (!crowded) return [setGrace(pod, limit.seconds)];
  const room = longestHook(pod, limit);
  const ours = pod.hooked.some(({ hook }) => hook.addedByUs && isLong(hook, room));
  return room < 1 || ours ? raiseLimit(pod, limit, pod.graceNeeded) : fitGrace(pod, limit.seconds);
}

/** Shorter hooks that fit this grace, and the grace. */
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
 * The change that makes room for a hook that the container does not have yet; undefined if the limit does not allow it.
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

/** Containers that need time: those with a hook, or all if pod or namespace set a shutdown time. */
function isLookedAt({ hook }: ContainerFacts, { settings, settled }: PodFacts): boolean {
  const asked = isShutdownAsked(settings);
  return hook === undefined ? asked && settled : asked || !hook.addedByUs;
}

/** All hooks start at once; then the main containers shut down, and after them one sidecar after the other. */
export function longestHook({ mostFollowers, settings }: PodFacts, limit: Pick<Limit, "seconds">): number {
  return limit.seconds - mostFollowers * settings.shutdownSeconds - shutdownLeft(settings);
}

function isDeclared({ container }: ContainerFacts, { settings }: PodFacts): boolean {
  return settings.hookSeconds.has(container.name);
}

export function setGrace(pod: PodFacts, value: number): Fix {
  return { target: "pod", path: pod.subject.gracePath, value };
}

/** The grace period that all containers need, as far as it is known. */
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

/** The shortest grace period that leaves this container its shutdown time, as far as the length of hooks is known. */
function ownNeed({ plannedTurn }: ContainerFacts, { settings }: PodFacts): number {
  return plannedTurn + shutdownLeft(settings);
}

/** A grace period that needs a higher limit: in the namespace, in the configuration, or in both. */
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
 * The parts of the printed grace period: the longest hook + shutdown + the sidecars that stop after it, rounded up.
 * Seconds.
 */
export interface GraceSum {
  readonly hook: number;
  readonly shutdown: number;
  /** How many sidecars shut down one after the other, after the main containers or the sidecar with that hook. */
  readonly sidecars: number;
  readonly rounded: boolean;
}

/**
 * How a longer grace period is computed: a sum, told to the container with the longest hook and to the sidecars that wait
 * for that container. Undefined if the fix is a different one.
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

/** ` (35 hook + 10 shutdown + 10 sidecar)`: follows the grace period that is the sum. */
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
 * The length of a shorter hook, as the alternative to a longer grace period. Undefined if no hook would be left, or if
 * it is not enough: a sidecar also waits for its turn, and a declaration would have to change, too.
 */
export function shorterHook(pod: PodFacts, one: HookedContainer): number | undefined {
  if (one.container.sidecar || isDeclared(one, pod)) return undefined;
  const seconds = pod.graceSeconds - shutdownLeft(pod.settings);
  return seconds >= 1 ? seconds : undefined;
}

/** The limit that does not allow a longer grace period. */
export function limitBelowNeed({ settings: { limit }, graceNeeded }: PodFacts): Limit | undefined {
  return limit !== undefined && graceNeeded > limit.seconds ? limit : undefined;
}

/** Whether the fix itself raises the limit. */
export function raisesLimit(fix: readonly Fix[]): boolean {
  return fix.some(({ target }) => target !== "pod");
}
