import { isKnown } from "../../../hook/interval.ts";
import { isEndless, leastGraceWith, shutdownLeft } from "../../assess/build-facts.ts";
import { quote } from "../../messages/quote.ts";
import { inSeconds, plainNumber, printedGrace } from "../../messages/seconds.ts";
import type { Fix, Violation } from "../../model/finding.ts";
import { MAX_GRACE_SECONDS } from "../../model/keys.ts";
import type { ContainerFacts, PodFacts } from "../../model/pod-facts.ts";
import type { Limit } from "../../settings/resolve.ts";
import { declare } from "./declaration.ts";
import { gracePath, type HookedContainer, hooked, hookPath } from "./fix-text.ts";

/**
 * The change that gives each container the time it needs, and all others of the pod with it: a longer grace; under a
 * limit that is too low for that, shorter hooks; where no shorter hook would do, a higher limit.
 */
export function graceFixes(pod: PodFacts): (container: ContainerFacts) => readonly Fix[] {
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
    if (together || container.container.sidecar) return all;
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
    ...long.map((one) => ({ path: hookPath(one), shortenTo: room })),
    ...(news.size > 0 ? [declare(pod, news)] : []),
    setGrace(pod, limit.seconds),
  ];
}

/** The change that gives a container room for a hook that it has not yet; undefined where the limit forbids that. */
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

function setGrace(pod: PodFacts, value: number): Fix {
  return { path: gracePath(pod), value };
}

/** The shortest grace that leaves this container its shutdown time, as far as the length of hooks is known. */
function ownNeed({ plannedTurn }: ContainerFacts, { settings }: PodFacts): number {
  return plannedTurn + shutdownLeft(settings);
}

/** A grace for which the limit has to be higher: the namespace's, the configuration's, or both. */
export function raiseLimit(pod: PodFacts, limit: Limit, seconds: number): readonly Fix[] {
  const raise = (path: string, now: number | undefined): readonly Fix[] =>
    now !== undefined && now < seconds ? [{ path, value: seconds }] : [];
  return [
    ...raise(NAMESPACE_LIMIT, limit.ofNamespace),
    ...raise(CONFIGURATION_LIMIT, limit.ofConfiguration),
    setGrace(pod, seconds),
  ];
}

const NAMESPACE_LIMIT = `namespace annotation ${MAX_GRACE_SECONDS}`;
const CONFIGURATION_LIMIT = "maxGraceSeconds of the gracekeeper configuration";
const LIMITS: readonly string[] = [NAMESPACE_LIMIT, CONFIGURATION_LIMIT];

/** ` (45 hook + 10 shutdown)`, where one container decides the sum and no other; empty otherwise. */
export function graceSum(pod: PodFacts, [first, ...others]: readonly Violation[]): string {
  const hook = first?.container?.hook;
  if (hook === undefined || first?.container?.container.sidecar || others.length > 0) return "";
  if (first === undefined || !isRaise(first) || !isKnown(hook.seconds)) return "";
  const sum = hook.seconds.max + pod.settings.shutdownSeconds;
  if (printedGrace(sum) !== pod.graceNeeded) return "";
  const rounded = sum === pod.graceNeeded ? "" : ", rounded up";
  return ` (${plainNumber(hook.seconds.max)} hook + ${pod.settings.shutdownSeconds} shutdown${rounded})`;
}

/** Whether what is asked for is a longer grace and nothing else. */
export function isRaise({ fix }: Violation): boolean {
  return fix.length === 1 && fix.every((one) => "value" in one && typeof one.value === "number");
}

/**
 * `, or shorten the hook to 20s`, where that leaves a hook at all and is enough: a sidecar also waits for its turn, and a
 * declared hook would have to be declared anew. Under a limit, whom to ask.
 */
export function orShorten(pod: PodFacts, findings: readonly Violation[]): string {
  const [container] = findings.flatMap((found) => found.container ?? []);
  if (container === undefined || container.container.sidecar || isDeclared(container, pod)) return "";
  if (findings.some(({ fix }) => fix.length > 1)) return underLimit(pod) === "" ? "" : orAsk(pod, findings);
  const seconds = pod.graceSeconds - shutdownLeft(pod.settings);
  return seconds >= 1 ? `, or shorten the hook to ${plainNumber(seconds)}s` : "";
}

/** `; 410s would be above the 300s limit of namespace "shop"`, where a limit stands in the way of a longer grace. */
export function underLimit(pod: PodFacts): string {
  const { limit } = pod.settings;
  if (limit === undefined || pod.graceNeeded <= limit.seconds) return "";
  return `; ${inSeconds(pod.graceNeeded)} would be above ${limitWords(limit)}`;
}

/** `the 300s limit of namespace "shop"`. */
export function limitWords({ seconds, namespace }: Limit): string {
  const of = namespace === undefined ? "this cluster" : `namespace ${quote(namespace)}`;
  return `the ${inSeconds(seconds)} limit of ${of}`;
}

/** `, or ask the owner of the namespace`, where what is to be done stays below a limit that they may lift. */
export function orAsk({ settings: { limit } }: PodFacts, findings: readonly Violation[]): string {
  const raised = findings.some(({ fix }) => fix.some(({ path }) => LIMITS.includes(path)));
  if (limit === undefined || raised) return "";
  return `, or ask the owner of the ${limit.namespace === undefined ? "cluster" : "namespace"}`;
}
