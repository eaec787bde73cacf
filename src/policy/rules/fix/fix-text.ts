import { quote } from "../../messages/quote.ts";
import { plainNumber, spanOf } from "../../messages/seconds.ts";
import type { Fix, HandlerValue, Violation } from "../../model/finding.ts";
import type { ContainerFacts, HookFacts, PodFacts } from "../../model/pod-facts.ts";

/** A container that has a preStop hook. */
export interface HookedContainer extends ContainerFacts {
  readonly hook: HookFacts;
}

/** No more texts than this are made to choose from: a pod may have thousands of containers. */
const MOST_LISTED = 10;

/** Characters for the containers that are named in one message. */
const NAMED_CHARACTERS = 120;

export function hooked(pod: PodFacts): readonly HookedContainer[] {
  return pod.containers.filter((one): one is HookedContainer => one.hook !== undefined);
}

/** Containers whose hook gets time: under a grace of 0 that is 1 s, and grace-zero says so. */
export function hookStarts(pod: PodFacts): readonly HookedContainer[] {
  const grace = pod.subject.spec.graceSeconds;
  return grace !== undefined && grace <= 0 ? [] : hooked(pod);
}

/** Containers whose hook starts and can do what it says; one that cannot takes no time. */
export function hookRuns(pod: PodFacts): readonly HookedContainer[] {
  return hookStarts(pod).filter(({ hook }) => hook.reading.cannotRun === undefined);
}

export function gracePath({ subject }: PodFacts): string {
  return subject.gracePath;
}

export function hookPath(container: ContainerFacts): string {
  return `${container.path}.lifecycle.preStop`;
}

export function removeHook(container: ContainerFacts): readonly Fix[] {
  return [{ path: hookPath(container), value: undefined }];
}

/** Characters for the hooks and probes that are named in one message; the first is named however long it is. */
const FIX_CHARACTERS = 110;

/**
 * `set spec.terminationGracePeriodSeconds: 55`: the changes that the findings ask for, each once. Of those inside of
 * containers the last ones may go unnamed; grace and limit never do.
 */
export function fixWords(findings: readonly Violation[]): string {
  const byPath = new Map<string, Fix>();
  // Findings that ask for the same changes share one list: a pod may have thousands of both.
  for (const fix of [...new Set(findings.map((found) => found.fix))].flat()) {
    const other = byPath.get(fix.path);
    byPath.set(fix.path, other === undefined ? fix : larger(fix, other));
  }
  const all = [...byPath.values()];
  const shorter = all.filter((fix) => "shortenTo" in fix);
  const one = only(findings);
  const places = new Set(one === undefined ? findings.map(({ container }) => container?.path) : []);
  const isInside = (fix: Fix): boolean => places.has(containerPath(fix)) || shorter.length > 1;
  const inside = all.filter((fix) => containerPath(fix) !== undefined && isInside(fix));
  const named = new Set(inside);
  const outside = all.filter((fix) => !named.has(fix));
  const words = (fix: Fix): string => changeWords(fix, all.length <= 2 ? one : undefined);
  return [
    ...alike(inside).map((fixes) =>
      andMore(fixes.slice(0, MOST_LISTED).map(words), " and ", FIX_CHARACTERS, fixes.length, " likewise"),
    ),
    ...outside.map(words),
  ].join(" and ");
}

/** By what is to be done, so that `likewise` says what that is. */
function alike(fixes: readonly Fix[]): readonly (readonly Fix[])[] {
  const shorter = fixes.filter((fix) => "shortenTo" in fix);
  const removals = fixes.filter((fix) => "value" in fix && fix.value === undefined);
  const others = fixes.filter((fix) => "value" in fix && fix.value !== undefined);
  return [removals, shorter, others].filter((group) => group.length > 0);
}

/** Of a field in a container, the path of that. */
function containerPath({ path }: Fix): string | undefined {
  return /^.*ontainers\[\d+\](?=\.)/.exec(path)?.[0];
}

/** Where containers ask for different graces, the longest does for all. */
function larger(one: Fix, other: Fix): Fix {
  const numbers = "value" in one && "value" in other ? [one.value, other.value].map(Number) : [];
  return Number(numbers[0]) < Number(numbers[1]) ? other : one;
}

/** A longer text would have to be cut, and what is cut must not be followed. */
const LONGEST_VALUE = 80;

function changeWords(fix: Fix, one: ContainerFinding | undefined): string {
  if ("shortenTo" in fix)
    return `shorten ${one !== undefined && fix.path === hookPath(one.container) ? "the hook" : fix.path} to ${plainNumber(fix.shortenTo)}s`;
  const { path, value } = fix;
  if (value === undefined) return `remove ${path}`;
  if (typeof value === "number") return `set ${path}: ${plainNumber(value)}`;
  if (typeof value === "string" && value.length > LONGEST_VALUE) return `bring ${path} in line with that`;
  if (typeof value === "string" || Array.isArray(value)) return `set ${path}: ${JSON.stringify(value)}`;
  return `use ${path}${handlerWords(value as HandlerValue)}`;
}

/** Said of a hook that has another handler: a hook may have only one. */
function handlerWords(value: HandlerValue): string {
  return "sleep" in value
    ? `.sleep.seconds: ${plainNumber(value.sleep.seconds)}`
    : `.exec.command: ${JSON.stringify(value.exec.command)}`;
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
export function fixSentence(findings: readonly Violation[]): string {
  const words = fixWords(findings);
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
}

/** A finding of one container. */
export interface ContainerFinding extends Violation {
  readonly container: ContainerFacts;
}

/** The finding where there is just one, of a container; several are said in one sentence. */
export function only([first, ...others]: readonly Violation[]): ContainerFinding | undefined {
  const alone = first?.container !== undefined && others.length === 0;
  return alone ? (first as ContainerFinding) : undefined;
}

export function nameOf({ container }: Violation): string {
  return `${container?.container.sidecar ? "sidecar" : "container"} ${quote(container?.container.name ?? "")}`;
}

/** `"web" preStop 45s, "worker" preStop 40s and 3 more`. */
export function named(findings: readonly Violation[], detail: (container: ContainerFacts) => string): string {
  const names = findings
    .slice(0, MOST_LISTED)
    .flatMap(({ container }) =>
      container === undefined ? [] : `${quote(container.container.name)} ${detail(container)}`.trimEnd(),
    );
  return andMore(names, ", ", NAMED_CHARACTERS, findings.length);
}

/** `preStop 45s`, `preStop at least 130s`. */
export function hookSpan(container: ContainerFacts | undefined): string {
  return container?.hook === undefined ? "no preStop" : `preStop ${spanOf(container.hook.seconds)}`;
}
