import { isKnown } from "../../hook/interval.ts";
import type { Finding, Fix } from "../finding.ts";
import type { JudgedContainer, JudgedHook, JudgedPod } from "../judged-pod.ts";
import { quote } from "../quote.ts";
import { plainNumber, printedGrace, spanOf } from "../seconds.ts";

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

export function gracePath(pod: JudgedPod): string {
  return `${pod.subject.specPath}.terminationGracePeriodSeconds`;
}

export function hookPath(container: JudgedContainer): string {
  return `${container.path}.lifecycle.preStop`;
}

/** Raise the grace so that every hook of a known length and every app fits. */
export function graceFix(pod: JudgedPod): readonly Fix[] {
  return pod.graceNeeded === undefined ? [] : [{ path: gracePath(pod), value: pod.graceNeeded }];
}

export function removeHook(container: JudgedContainer): readonly Fix[] {
  return [{ path: hookPath(container), value: undefined }];
}

/** Characters for the fields that are named in one message; the first is named however long it is. */
const FIX_CHARACTERS = 110;

/** `set spec.terminationGracePeriodSeconds: 55`: the changes that the findings ask for, each once. */
export function fixWords(findings: readonly Finding[]): string {
  const byPath = new Map(findings.flatMap(({ fix }) => fix).map((fix) => [fix.path, fix.value]));
  const words = [...byPath]
    .slice(0, MOST_LISTED)
    .map(([path, value]) => (value === undefined ? `remove ${path}` : `set ${path}: ${fixValue(value)}`));
  return andMore(words, " and ", FIX_CHARACTERS, byPath.size, " likewise");
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
export function fixSentence(findings: readonly Finding[]): string {
  const words = fixWords(findings);
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
}

function fixValue(value: NonNullable<Fix["value"]>): string {
  return typeof value === "number" ? plainNumber(value) : JSON.stringify(value);
}

/** ` (45 hook + 10 shutdown)`, where one container decides the sum and no other; empty otherwise. */
export function graceSum(pod: JudgedPod, [first, ...others]: readonly Finding[]): string {
  if (first?.container?.hook === undefined || first.container.container.sidecar || others.length > 0)
    return "";
  if (!isKnown(first.container.hook.seconds)) return "";
  const hookSeconds = first.container.hook.seconds.max;
  const sum = hookSeconds + pod.values.shutdownSeconds;
  if (printedGrace(sum) !== pod.graceNeeded) return "";
  const rounded = sum === pod.graceNeeded ? "" : ", rounded up";
  return ` (${plainNumber(hookSeconds)} hook + ${pod.values.shutdownSeconds} shutdown${rounded})`;
}

/** `, or shorten the hook to 20s`, where that leaves a hook at all. */
export function orShorten(pod: JudgedPod): string {
  const seconds = pod.graceSeconds - pod.values.shutdownSeconds;
  return seconds >= 1 ? `, or shorten the hook to ${plainNumber(seconds)}s` : "";
}

/** A finding of one container. */
export interface ContainerFinding extends Finding {
  readonly container: JudgedContainer;
}

/** The finding where there is just one, of a container; several are said in one sentence. */
export function only([first, ...others]: readonly Finding[]): ContainerFinding | undefined {
  const alone = first?.container !== undefined && others.length === 0;
  return alone ? (first as ContainerFinding) : undefined;
}

export function nameOf({ container }: Finding): string {
  return `${container?.container.sidecar ? "sidecar" : "container"} ${quote(container?.container.name ?? "")}`;
}

/** `"web" preStop 45s, "worker" preStop 40s and 3 more`. */
export function named(findings: readonly Finding[], detail: (container: JudgedContainer) => string): string {
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
