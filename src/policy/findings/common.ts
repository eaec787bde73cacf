import { isKnown } from "../../hook/interval.ts";
import type { Fix, FixValue, Found } from "../finding.ts";
import type { JudgedContainer, JudgedHook, JudgedPod } from "../judged-pod.ts";
import { MAX_GRACE_SECONDS } from "../keys.ts";
import { quote } from "../quote.ts";
import { inSeconds, plainNumber, printedGrace, spanOf } from "../seconds.ts";

/** A container that has a preStop hook. */
export interface HookedContainer extends JudgedContainer {
  readonly hook: JudgedHook;
}

/** No more texts than this are made to choose from: a pod may have thousands of containers. */
const MOST_LISTED = 10;

/** Characters for the containers that are named in one message. */
const NAMED_CHARACTERS = 120;

export function hooked(pod: JudgedPod): readonly HookedContainer[] {
  return pod.containers.filter((one): one is HookedContainer => one.hook !== undefined);
}

/** Containers whose hook the kubelet starts: under a grace of 0 it starts none. */
export function hookStarts(pod: JudgedPod): readonly HookedContainer[] {
  const grace = pod.subject.spec.graceSeconds;
  return grace !== undefined && grace <= 0 ? [] : hooked(pod);
}

/** Containers whose hook starts and can do what it says; one that cannot takes no time. */
export function hookRuns(pod: JudgedPod): readonly HookedContainer[] {
  return hookStarts(pod).filter(({ hook }) => hook.reading.cannotRun === undefined);
}

export function gracePath({ subject }: JudgedPod): string {
  return subject.gracePath;
}

export function hookPath(container: JudgedContainer): string {
  return `${container.path}.lifecycle.preStop`;
}

/**
 * The change that gives this container the time it needs: a longer grace for all hooks of a known length and all apps;
 * under a limit that is too low for that, a shorter hook; where no shorter hook would do, a higher limit.
 */
export function roomFix(container: JudgedContainer, pod: JudgedPod): readonly Fix[] {
  const { graceNeeded, values } = pod;
  if (graceNeeded === undefined) return [];
  const { limit, shutdownSeconds } = values;
  const grace = (value: number): Fix => ({ path: gracePath(pod), value });
  if (limit === undefined || graceNeeded <= limit.seconds) return [grace(graceNeeded)];
  if (ownNeed(container, pod) <= limit.seconds) return [grace(limit.seconds)];
  const room = Math.floor(limit.seconds - shutdownSeconds);
  if (!container.container.sidecar && container.hook !== undefined && room >= 1)
    return [{ path: hookPath(container), shortenTo: room }, grace(limit.seconds)];
  return [{ path: limitPath(pod), value: graceNeeded }, grace(graceNeeded)];
}

/** The shortest grace that leaves this container its shutdown time, as far as the length of its hook is known. */
export function ownNeed({ turn }: JudgedContainer, { values }: JudgedPod): number {
  return (isKnown(turn) ? turn.max : turn.min) + values.shutdownSeconds;
}

/** Where the limit is set, in words. */
export function limitPath({ values }: JudgedPod): string {
  return values.limit?.namespace === undefined
    ? "maxGraceSeconds of the gracekeeper configuration"
    : `namespace annotation ${MAX_GRACE_SECONDS}`;
}

export function removeHook(container: JudgedContainer): readonly Fix[] {
  return [{ path: hookPath(container), value: undefined }];
}

/** Characters for the fields that are named in one message; the first is named however long it is. */
const FIX_CHARACTERS = 110;

/** `set spec.terminationGracePeriodSeconds: 55`: the changes that the findings ask for, each once. */
export function fixWords(findings: readonly Found[]): string {
  const byPath = new Map(findings.flatMap(({ fix }) => fix).map((fix) => [fix.path, fix]));
  const shortened = [...byPath.values()].filter((fix) => "shortenTo" in fix).length;
  const words = [...byPath.values()].slice(0, MOST_LISTED).map((fix) => changeWords(fix, shortened > 1));
  return andMore(words, " and ", FIX_CHARACTERS, byPath.size, " likewise");
}

function changeWords(fix: Fix, several: boolean): string {
  if ("shortenTo" in fix)
    return `shorten ${several ? fix.path : "the hook"} to ${plainNumber(fix.shortenTo)}s`;
  const { path, value } = fix;
  return value === undefined ? `remove ${path}` : `set ${path}${fixValue(value)}`;
}

/** As many of the texts as there is room for, at least one, and how many more there are. */
export function andMore(
  texts: readonly string[],
  separator: string,
  room: number,
  total = texts.length,
  likewise = "",
): string {
  let shown = texts[0] ?? "";
  let count = Math.min(1, texts.length);
  for (const text of texts.slice(1)) {
    if (shown.length + separator.length + text.length > room) break;
    shown += `${separator}${text}`;
    count += 1;
  }
  return total > count ? `${shown} and ${total - count} more${likewise}` : shown;
}

/** `Set spec.terminationGracePeriodSeconds: 55`, as a sentence of its own. */
export function fixSentence(findings: readonly Found[]): string {
  const words = fixWords(findings);
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
}

function fixValue(value: FixValue): string {
  if (typeof value === "number") return `: ${plainNumber(value)}`;
  if (typeof value === "object" && "sleep" in value)
    return `.sleep.seconds: ${plainNumber(value.sleep.seconds)}`;
  if (typeof value === "object" && "exec" in value)
    return `.exec.command: ${JSON.stringify(value.exec.command)}`;
  return `: ${JSON.stringify(value)}`;
}

/** ` (45 hook + 10 shutdown)`, where one container decides the sum and no other; empty otherwise. */
export function graceSum(pod: JudgedPod, [first, ...others]: readonly Found[]): string {
  if (first?.container?.hook === undefined || first.container.container.sidecar || others.length > 0)
    return "";
  if (!isRaise(first)) return "";
  if (!isKnown(first.container.hook.seconds)) return "";
  const hookSeconds = first.container.hook.seconds.max;
  const sum = hookSeconds + pod.values.shutdownSeconds;
  if (printedGrace(sum) !== pod.graceNeeded) return "";
  const rounded = sum === pod.graceNeeded ? "" : ", rounded up";
  return ` (${plainNumber(hookSeconds)} hook + ${pod.values.shutdownSeconds} shutdown${rounded})`;
}

/** Whether what is asked for is a longer grace and nothing else. */
export function isRaise({ fix }: Found): boolean {
  return fix.length === 1 && fix.every((one) => "value" in one && typeof one.value === "number");
}

/** `, or shorten the hook to 20s`, where that leaves a hook at all and is not asked for already. */
export function orShorten(pod: JudgedPod, findings: readonly Found[]): string {
  if (findings.some(({ fix }) => fix.length > 1)) return "";
  const seconds = pod.graceSeconds - pod.values.shutdownSeconds;
  return seconds >= 1 ? `, or shorten the hook to ${plainNumber(seconds)}s` : "";
}

/** `, above the 300s limit of namespace "shop"`, where a limit stands in the way of a longer grace. */
export function underLimit(pod: JudgedPod): string {
  const { limit } = pod.values;
  if (limit === undefined || pod.graceNeeded === undefined || pod.graceNeeded <= limit.seconds) return "";
  return `; ${inSeconds(pod.graceNeeded)} would be above ${limitWords(pod)}`;
}

/** `the 300s limit of namespace "shop"`. */
export function limitWords({ values: { limit } }: JudgedPod): string {
  const of = limit?.namespace === undefined ? "this cluster" : `namespace ${quote(limit.namespace)}`;
  return `the ${inSeconds(limit?.seconds ?? 0)} limit of ${of}`;
}

/** A finding of one container. */
export interface ContainerFinding extends Found {
  readonly container: JudgedContainer;
}

/** The finding where there is just one, of a container; several are said in one sentence. */
export function only([first, ...others]: readonly Found[]): ContainerFinding | undefined {
  const alone = first?.container !== undefined && others.length === 0;
  return alone ? (first as ContainerFinding) : undefined;
}

export function nameOf({ container }: Found): string {
  return `${container?.container.sidecar ? "sidecar" : "container"} ${quote(container?.container.name ?? "")}`;
}

/** `"web" preStop 45s, "worker" preStop 40s and 3 more`. */
export function named(findings: readonly Found[], detail: (container: JudgedContainer) => string): string {
  const names = findings
    .slice(0, MOST_LISTED)
    .flatMap(({ container }) =>
      container === undefined ? [] : `${quote(container.container.name)} ${detail(container)}`.trimEnd(),
    );
  return andMore(names, ", ", NAMED_CHARACTERS, findings.length);
}

/** `preStop 45s`, `preStop at least 130s`. */
export function hookSpan(container: JudgedContainer | undefined): string {
  return container?.hook === undefined ? "no preStop" : `preStop ${spanOf(container.hook.seconds)}`;
}
