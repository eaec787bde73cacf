import { ENDLESS_SECONDS, isKnown } from "../../hook/interval.ts";
import { isEndless, shutdownLeft } from "../assess/build-facts.ts";
import { printable, quote } from "../messages/quote.ts";
import { inSeconds, plainNumber, printedGrace } from "../messages/seconds.ts";
import type { Fix, Rule, Sentence, Violation } from "../model/finding.ts";
import { HOOK_SECONDS } from "../model/keys.ts";
import type { ContainerFacts, PodFacts } from "../model/pod-facts.ts";
import { declarationPath, listed, soundDeclarations } from "./fix/declaration.ts";
import {
  fixSentence,
  fixWords,
  gracePath,
  type HookedContainer,
  hooked,
  hookPath,
  hookRuns,
  named,
  nameOf,
  only,
  removeHook,
} from "./fix/fix-text.ts";
import { graceFixes } from "./fix/grace-fix.ts";

/**
 * hook-length-unknown: nobody can tell from the pod how long the hook runs.
 *
 * Fields:  lifecycle.preStop, annotation gracekeeper.dev/hook-seconds
 * Allowed: a hook whose longest run can be read, or is declared by the annotation
 * Unset:   nothing to find
 * Default: Audit. Most such hooks are fine; saying so of each would be noise.
 * Source:  pkg/kubelet/lifecycle/handlers.go `Run` (1.29 to 1.36): neither exec nor httpGet has a time limit of its own
 */
export const hookLengthUnknown: Rule = {
  id: "hook-length-unknown",
  action: "Audit",
  when: "nobody can tell from the pod how long the hook runs",
  why: "A script, an httpGet or a loop may run as long as it likes; only the grace ends it. Most such hooks are fine, so this is only noted. gracekeeper never guesses a number.",
  advice:
    "If you know how long it runs, declare it: annotation gracekeeper.dev/hook-seconds. Or give it a limit: `timeout 20 ./drain.sh`.",
  find: (pod) => {
    const found = hookRuns(pod).filter(({ hook }) => !isKnown(hook.seconds) && !isEndless(hook));
    if (found.length === 0) return [];
    const [before, room] = [listed(soundDeclarations(pod)), graceFixes(pod)];
    return found.map((container): Violation => {
      const shorter = shortened(container, room(container));
      const fix = shorter ?? declaredFix(container, before, pod) ?? removeHook(container);
      return { container, path: hookPath(container), fix };
    });
  },
  deny: (findings, pod) => {
    const one = only(findings);
    const clause = `, so it cannot be shown to fit the ${inSeconds(pod.graceSeconds)} grace`;
    const fix = `. ${asked(findings, pod, true)}.`;
    return { ...said(findings, LONGEST_DENIED_LABEL), ...(one && { clause }), brief: BRIEF, fix };
  },
  warn: (findings, pod) => {
    const fix = `; ${asked(findings, pod, false)}`;
    return { ...said(findings, LONGEST_WARNED_LABEL), brief: briefFor(findings, fix), fix };
  },
};

function said(findings: readonly Violation[], longest: number): Pick<Sentence, "what"> {
  const one = only(findings);
  if (one !== undefined)
    return { what: `${nameOf(one)}: cannot tell how long preStop ${label(one.container, longest)} runs` };
  const names = longest === LONGEST_DENIED_LABEL ? `: ${named(findings, () => "")}` : "";
  return { what: `cannot tell how long preStop runs in ${findings.length} containers${names}` };
}

/** A declaration names the container once more; other fixes do not. */
function briefFor(findings: readonly Violation[], fix: string): string {
  const one = only(findings);
  if (one !== undefined && !fix.includes("=N")) return `${quote(one.container.container.name)}: ${BRIEFEST}`;
  return fix.length > LONGEST_FIX ? BRIEFEST : BRIEF;
}

const BRIEF = "cannot tell how long preStop runs";

/** The same where the fix is a long one. */
const BRIEFEST = "cannot tell hook time";

/** A fix with which BRIEF still makes 150 characters. */
const LONGEST_FIX = 93;

const LONGEST_DENIED_LABEL = 80;
const LONGEST_WARNED_LABEL = 40;
const LONGEST_DECLARATION = 80;
const MOST_DECLARED = 10;

function label({ hook }: ContainerFacts, longest: number): string {
  return quote(hook?.reading.label ?? "", longest);
}

/** The longest run that the grace has room for, or undefined where that is too little and the grace must grow. */
function atMost({ hook }: HookedContainer, pod: PodFacts): number | undefined {
  const grace = Math.min(pod.graceSeconds, pod.settings.limit?.seconds ?? ENDLESS_SECONDS, ENDLESS_SECONDS);
  const seconds = grace - shutdownLeft(pod.settings);
  return seconds >= shortest(hook) ? seconds : undefined;
}

/** A declared run is in whole seconds, and one of 0 would say that there is no hook. */
function shortest({ seconds }: HookedContainer["hook"]): number {
  return Math.max(1, Math.ceil(seconds.min));
}

/**
 * What to write if the hook runs as long as it may; the author's own number can only be smaller. Undefined where even
 * the shortest run is above the limit.
 */
function declaredFix(container: HookedContainer, before: string, pod: PodFacts): readonly Fix[] | undefined {
  const { limit } = pod.settings;
  const most = atMost(container, pod);
  const seconds = most ?? shortest(container.hook);
  const needed = seconds + shutdownLeft(pod.settings);
  if (most === undefined && limit !== undefined && needed > limit.seconds) return undefined;
  const value = `${before === "" ? "" : `${before},`}${container.container.name}=${seconds}`;
  const declared = { path: declarationPath(pod), value };
  const grace = Math.min(printedGrace(needed), limit?.seconds ?? Number.POSITIVE_INFINITY);
  return most === undefined ? [declared, { path: gracePath(pod), value: grace }] : [declared];
}

/** Where the hook is too long for the limit however it runs, there is no use in declaring it. */
function shortened(container: HookedContainer, room: readonly Fix[]): readonly Fix[] | undefined {
  const path = hookPath(container);
  return room.some((fix) => "shortenTo" in fix && fix.path === path) ? room : undefined;
}

/** `Set metadata.annotations["gracekeeper.dev/hook-seconds"] to "web=N", N its longest run, at most 20`. */
function asked(findings: readonly Violation[], pod: PodFacts, long: boolean): string {
  if (!findings.every(isDeclared)) return long ? fixSentence(findings) : fixWords(findings);
  const paths = new Set(findings.map(({ path }) => path));
  const containers = hooked(pod).filter((container) => paths.has(hookPath(container)));
  const room = containers.map((container) => atMost(container, pod));
  const grows = room.includes(undefined);
  const most = grows ? limitedTo(pod) : room[0];
  const grace = `${gracePath(pod)}: N + ${shutdownLeft(pod.settings)}`;
  const bound = most === undefined ? "" : `at most ${plainNumber(most)}`;
  if (long)
    return `${declarationSentence(containers, pod)}, N its longest run${bound && `, ${bound}`}${grows ? `, and set ${grace}` : ""}`;
  const { sound, value } = declaration(containers, pod);
  const key = `${sound ? "add to" : "set"} ${grows ? "" : "annotation "}${HOOK_SECONDS}`;
  return `${key}: ${value}${grows ? ` and ${grace}` : ""}${bound && ` (${bound})`}`;
}

/** Whether what is asked for is a declaration, and no other hook. */
function isDeclared({ fix }: Violation): boolean {
  return fix.every((one) => "value" in one && one.value !== undefined);
}

/** The longest run that still fits where the grace has grown to its limit. */
function limitedTo({ settings }: PodFacts): number | undefined {
  return settings.limit && settings.limit.seconds - shutdownLeft(settings);
}

function declarationSentence(containers: readonly HookedContainer[], pod: PodFacts): string {
  const { sound, value } = declaration(containers, pod);
  const path = declarationPath(pod);
  return sound ? `Add "${value}" to ${path}` : `Set ${path} to "${value}"`;
}

/** `web=N,worker=N`, to be added to a sound annotation, or with what is sound of one that is not. */
function declaration(
  containers: readonly HookedContainer[],
  pod: PodFacts,
): { readonly sound: boolean; readonly value: string } {
  const kept = soundDeclarations(pod);
  const { hookSeconds, invalid } = pod.settings;
  const readable = !invalid.some(({ key }) => key === HOOK_SECONDS);
  const sound = readable && kept.size > 0 && kept.size === hookSeconds.size;
  const news = containers.slice(0, MOST_DECLARED).map(({ container }) => `${printable(container.name)}=N`);
  const all = [...(sound || kept.size === 0 ? [] : [listed(kept)]), ...news].join(",");
  const whole = news.length === containers.length && all.length <= LONGEST_DECLARATION;
  return { sound, value: whole ? all : `${news[0]},...` };
}
