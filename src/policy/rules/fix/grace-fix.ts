import { isKnown } from "../../../hook/interval.ts";
import { isEndless, leastGraceWith, shutdownLeft } from "../../assess/build-facts.ts";
import { keyPath } from "../../messages/quote.ts";
import { printedGrace } from "../../messages/seconds.ts";
import type { Fix } from "../../model/finding.ts";
import { MAX_GRACE_SECONDS } from "../../model/keys.ts";
import type { ContainerFacts, PodFacts } from "../../model/pod-facts.ts";
import type { Limit } from "../../settings/resolve.ts";
import { gracePath, type HookedContainer, hooked, hookPath } from "../containers.ts";
import { declare } from "./declaration.ts";

/**
 * The change that gives each container the time it needs, and all others of the pod with it: a longer grace; under a
 * limit that is too low for that, shorter hooks; where no shorter hook would do, a higher limit.
 */
export function graceFixes(pod: PodFacts): (container: ContainerFacts | undefined) => readonly Fix[] {
  const { limit } = pod.settings;
  if (limit === undefined || pod.graceNeeded <= limit.seconds) {
    const longer = [setGrace(pod, pod.graceNeeded)];
    return () => longer;
  }
  const all = fitLimit(pod, limit);
  const shorter = new Map(all.flatMap((fix) => ("shortenTo" in fix ? [[fix.path, fix] as const] : [])));
  // Where the grace gets shorter, or the annotation changes, all hooks change together.
  const together = pod.graceSeconds > limit.seconds || all.length !== shorter.size + 1;
  return (container) => {
    if (together || container === undefined || container.container.sidecar) return all;
    const own = shorter.get(hookPath(container));
    return [...(own === undefined ? [] : [own]), setGrace(pod, limit.seconds)];
  };
}

/** The changes that make the pod stop within its limit. */
export function fitLimit(pod: PodFacts, limit: Limit): readonly Fix[] {
  const crowded = pod.containers.some((one) => isLookedAt(one, pod) && ownNeed(one, pod) > limit.seconds);
  if (!crowded) return [setGrace(pod, limit.seconds)];
  const room = longestHook(pod, limit);
  const long = hooked(pod).filter(({ hook }) => !isEndless(hook) && plannedSeconds(hook) > room);
  if (room < 1 || long.some(({ hook }) => hook.addedByUs)) return raiseLimit(pod, limit, pod.graceNeeded);
  const declared = long.filter((one) => isDeclared(one, pod));
  const news = new Map(declared.map(({ container }) => [container.name, `${room}`]));
  return [
    ...long.map(
      (one): Fix => ({ target: "pod", path: hookPath(one), container: one.container.name, shortenTo: room }),
    ),
    ...(news.size > 0 ? [declare(pod, news)] : []),
    setGrace(pod, limit.seconds),
  ];
}

/** The change that makes room for a hook that the container does not have yet; undefined if the limit forbids it. */
export function fixForNewHook(
  container: ContainerFacts,
  seconds: number,
  pod: PodFacts,
): readonly Fix[] | undefined {
  const least = leastGraceWith(pod, container, seconds);
  const { limit } = pod.settings;
  if (least <= Math.min(pod.graceSeconds, limit?.seconds ?? Number.POSITIVE_INFINITY)) return [];
  const grace = printedGrace(least);
  if (limit === undefined || grace <= limit.seconds) return [setGrace(pod, grace)];
  return least <= limit.seconds ? [setGrace(pod, limit.seconds)] : undefined;
}

/** The longest run where it is known, else the shortest. */
export function plannedSeconds({ seconds }: Pick<HookedContainer["hook"], "seconds">): number {
  return isKnown(seconds) ? seconds.max : seconds.min;
}

/** Containers that findings ask time for: those with a hook, and all where pod or namespace say what apps need. */
function isLookedAt({ hook }: ContainerFacts, { settings, settled }: PodFacts): boolean {
  const asked = settings.shutdownAskedBy !== undefined;
  return hook === undefined ? asked && settled : asked || !hook.addedByUs;
}

/** All hooks start at once; then the main containers shut down, and after them one sidecar after the other. */
export function longestHook({ mostFollowers, settings }: PodFacts, limit: Limit): number {
  return limit.seconds - mostFollowers * settings.shutdownSeconds - shutdownLeft(settings);
}

function isDeclared({ container }: ContainerFacts, { settings }: PodFacts): boolean {
  return settings.hookSeconds.has(container.name);
}

export function setGrace(pod: PodFacts, value: number): Fix {
  return { target: "pod", path: gracePath(pod), value };
}

/** The shortest grace that leaves this container its shutdown time, as far as the length of hooks is known. */
function ownNeed({ plannedTurn }: ContainerFacts, { settings }: PodFacts): number {
  return plannedTurn + shutdownLeft(settings);
}

/** A grace for which the limit has to be higher: the namespace's, the configuration's, or both. */
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

/** How the printed grace comes about, where one container decides it: hook + shutdown, rounded up. Seconds. */
export interface GraceSum {
  readonly hook: number;
  readonly shutdown: number;
  readonly rounded: boolean;
}

/** The sum behind a longer grace; undefined where more than one hook decides it, or something else is asked for. */
export function graceSum(
  pod: PodFacts,
  { container, hook }: HookedContainer,
  fix: readonly Fix[],
): GraceSum | undefined {
  if (container.sidecar || !isRaise(fix) || !isKnown(hook.seconds)) return undefined;
  const shutdown = pod.settings.shutdownSeconds;
  const sum = hook.seconds.max + shutdown;
  if (printedGrace(sum) !== pod.graceNeeded) return undefined;
  return { hook: hook.seconds.max, shutdown, rounded: sum !== pod.graceNeeded };
}

/** Whether a longer grace is asked for and nothing else. */
export function isRaise(fix: readonly Fix[]): boolean {
  return fix.length === 1 && fix.every((one) => "value" in one && typeof one.value === "number");
}

/**
 * The length to which the hook can be shortened instead of a longer grace. Undefined where that leaves no hook, or is not
 * enough: a sidecar also waits for its turn, and a declared hook would have to be declared anew.
 */
export function shorterHook(pod: PodFacts, one: HookedContainer): number | undefined {
  if (one.container.sidecar || isDeclared(one, pod)) return undefined;
  const seconds = pod.graceSeconds - shutdownLeft(pod.settings);
  return seconds >= 1 ? seconds : undefined;
}

/** The limit that stands in the way of a longer grace. */
export function limitBelowNeed({ settings: { limit }, graceNeeded }: PodFacts): Limit | undefined {
  return limit !== undefined && graceNeeded > limit.seconds ? limit : undefined;
}

/** Whether the fix itself raises the limit. */
export function raisesLimit(fix: readonly Fix[]): boolean {
  return fix.some(({ target }) => target !== "pod");
}
