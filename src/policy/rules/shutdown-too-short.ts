import { type Interval, isKnown, isPoint } from "../../hook/interval.ts";
import { isEndless } from "../assess/build-facts.ts";
import { inSeconds } from "../messages/seconds.ts";
import type { Action } from "../model/action.ts";
import type { Rule, Violation } from "../model/finding.ts";
import type { ContainerFacts, PodFacts } from "../model/pod-facts.ts";
import { gracePath, hookRuns } from "./containers.ts";
import { graceFixes } from "./fix/grace-fix.ts";

interface ShortEvidence {
  readonly graceSeconds: number;
  readonly shutdownSeconds: number;
  /** What asks for that time; undefined if it comes from the configuration. */
  readonly askedBy: "pod" | "namespace" | undefined;
  /** What takes up the grace before the stop signal: the hook, for a sidecar the wait for its turn, or nothing. */
  readonly spentOn: "hook" | "turn" | "nothing";
  readonly spent: Interval;
  /** Whether even the shortest run leaves too little. */
  readonly sure: boolean;
  /** What is left of the grace in the worst case, or at most where `sure`. */
  readonly left: number;
}

/**
 * shutdown-too-short: the hook leaves the app less time after the stop signal than it needs.
 *
 * Fields:  lifecycle.preStop, spec.terminationGracePeriodSeconds, annotation gracekeeper.dev/shutdown-seconds
 * Allowed: grace - hook is at least the shutdown time; for a sidecar what counts is what is left at its turn, after
 *          the main containers and the later sidecars
 * Unset:   the grace is 30; the shutdown time is the configuration's, and then only a hook of the pod's own that is
 *          known to fit is looked at
 * Default: Deny where the shutdown time was asked for and even the shortest run leaves less; Audit where the hook itself
 *          stops the app early enough, so that it shuts down while the hook runs; else Warn
 * Source:  pkg/kubelet/kuberuntime/kuberuntime_container.go `killContainer` (1.29 to 1.36): what the hook and the wait
 *          leave of the grace is the time from the stop signal to the kill
 */
export const shutdownTooShort: Rule<ShortEvidence> = {
  id: "shutdown-too-short",
  action: "Warn",
  actionNote:
    "Deny if the pod or namespace asks for that time and even the shortest run leaves less; Audit if the hook itself stops the app in time",
  when: "the hook fits, but leaves the app less time after the stop signal than it needs",
  why: "The rest of the grace period after the hook is all the time that the app has from the stop signal to the kill. A sidecar has what is left at its turn, after the main containers and the later sidecars.",
  advice:
    "Raise the grace period. If the app needs less time, set the annotation gracekeeper.dev/shutdown-seconds.",
  find: (pod) => {
    const found = candidates(pod).map((container) => ({ container, action: actionFor(container, pod) }));
    if (found.every(({ action }) => action === undefined)) return [];
    const [path, time] = [gracePath(pod), graceFixes(pod)];
    return found.flatMap(({ container, action }): readonly Violation<ShortEvidence>[] =>
      action === undefined
        ? []
        : [{ container, action, path, fix: time(container), evidence: evidenceOf(container, pod) }],
    );
  },
  describe: ({ evidence }) => {
    const { shutdownSeconds, graceSeconds, spentOn } = evidence;
    const left = leftText(evidence);
    const brief = `${left} of ${inSeconds(graceSeconds)} for shutdown (want ${inSeconds(shutdownSeconds)})`;
    return {
      problem: `${spentText(evidence)}, leaving ${left} to shut down after the stop signal`,
      consequence: wanted(evidence),
      brief: `${spentOn === "hook" ? "preStop leaves" : "has"} ${brief}`,
    };
  },
  summarize: ([first]) => ({
    headline: `get too little of the ${inSeconds(first?.evidence.graceSeconds ?? 0)} grace to shut down`,
    consequence: first === undefined ? "" : wanted(first.evidence),
  }),
  detail: ({ evidence }) => leftText(evidence),
};

/**
 * Containers whose hook may leave some time. A container without a hook, or with an injected sleep, counts only if pod or
 * namespace ask for a shutdown time. While injection may still add a hook, containers without a hook do not count.
 */
function candidates(pod: PodFacts): readonly ContainerFacts[] {
  const own = hookRuns(pod).filter(({ hook }) => hook.seconds.min < pod.graceSeconds);
  if (pod.settings.shutdownAskedBy === undefined) return own.filter(({ hook }) => !hook.addedByUs);
  if (!pod.settled || pod.graceSeconds <= 0) return own;
  const paths = new Set(own.map(({ path }) => path));
  return pod.containers.filter((one) => isHookless(one) || paths.has(one.path));
}

/** A hook that cannot run takes no time. An endless hook counts as removed. */
function isHookless({ hook }: ContainerFacts): boolean {
  return hook === undefined || hook.reading.cannotRun !== undefined || isEndless(hook);
}

/**
 * Deny if the time is surely too short and pod or namespace asked for it. Warn if it may be too short, Audit if the hook
 * itself stops the app in time. Undefined: no finding.
 */
function actionFor(container: ContainerFacts, pod: PodFacts): Action | undefined {
  if (pod.settings.shutdownAskedBy !== undefined && surely(container, pod)) return "Deny";
  const fits =
    container.hook === undefined || isHookless(container) || container.hook.seconds.max < pod.graceSeconds;
  const short =
    fits && isKnown(container.turn) && container.turn.max + pod.settings.shutdownSeconds > pod.graceSeconds;
  if (!short) return undefined;
  return shutsDownInHook(container, pod) ? "Audit" : "Warn";
}

/** A hook that stops the app itself waits for its shutdown, mostly: that takes place inside the hook, not after it. */
function shutsDownInHook({ container, hook }: ContainerFacts, { settings, graceSeconds }: PodFacts): boolean {
  const from = hook?.reading.stopsAppAfter;
  return from !== undefined && !container.sidecar && from + settings.shutdownSeconds <= graceSeconds;
}

/** Even the shortest run leaves less than what is wanted. */
function surely({ turn }: ContainerFacts, pod: PodFacts): boolean {
  return turn.min + pod.settings.shutdownSeconds > pod.graceSeconds;
}

function evidenceOf(container: ContainerFacts, pod: PodFacts): ShortEvidence {
  const { graceSeconds, settings } = pod;
  const { turn, hook } = container;
  const sure = surely(container, pod);
  const waits = container.container.sidecar && turn.max > (hook?.seconds.max ?? 0);
  const spentOn = waits ? "turn" : isHookless(container) ? "nothing" : "hook";
  return {
    graceSeconds,
    shutdownSeconds: settings.shutdownSeconds,
    askedBy: settings.shutdownAskedBy,
    spentOn,
    spent: (spentOn === "hook" ? hook?.seconds : undefined) ?? turn,
    sure,
    left: Math.max(0, graceSeconds - (sure ? turn.min : turn.max)),
  };
}

/** ` (this namespace asks for 10s)`. */
function wanted({ askedBy, shutdownSeconds }: ShortEvidence): string {
  return ` (${askedBy === undefined ? "wanted:" : `this ${askedBy} asks for`} ${inSeconds(shutdownSeconds)})`;
}

function spentText(evidence: ShortEvidence): string {
  const grace = inSeconds(evidence.graceSeconds);
  switch (evidence.spentOn) {
    case "turn":
      return `its turn to stop comes ${timeText(evidence)} into the ${grace} grace`;
    case "nothing":
      return `the pod has a ${grace} grace`;
    case "hook":
      return `preStop uses ${timeText(evidence)} of the ${grace} grace`;
  }
}

/** `29s`, `at least 25s` where that is surely too long, `up to 85s` where it may be. */
function timeText({ spent, sure }: ShortEvidence): string {
  if (isPoint(spent)) return inSeconds(spent.min);
  return sure ? `at least ${inSeconds(spent.min)}` : `up to ${inSeconds(spent.max)}`;
}

function leftText({ left, sure, spent }: ShortEvidence): string {
  return `${sure && !isPoint(spent) ? "at most " : ""}${inSeconds(left)}`;
}
