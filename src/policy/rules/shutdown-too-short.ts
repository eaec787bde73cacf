import { type Interval, isKnown, isPoint } from "../../hook/interval.ts";
import { MINIMUM_SECONDS } from "../../termination/stop-container.ts";
import { isSurelyEndless } from "../assess/build-facts.ts";
import { graceNote } from "../messages/names.ts";
import { inSeconds } from "../messages/seconds.ts";
import type { Action } from "../model/action.ts";
import type { Rule, Violation } from "../model/finding.ts";
import type { ContainerFacts, PodFacts } from "../model/pod-facts.ts";
import { isShutdownAsked, type Settings } from "../settings/resolve.ts";
import { fixWithoutGrace, type GraceSum, graceFixes, graceSums, sumText } from "./fix/grace-fix.ts";

interface ShortEvidence {
  readonly graceSeconds: number;
  readonly shutdownSeconds: number;
  /** Where the shutdown time comes from. */
  readonly from: Settings["shutdownFrom"];
  /**
   * What takes time before the stop signal: the hook, the wait of a sidecar for other containers (`turn`), or nothing.
   */
  readonly spentOn: "hook" | "turn" | "nothing";
  readonly spent: Interval;
  /**
   * The seconds until the stop signal, if each hook takes the duration that its author seems to intend. The message
   * prints these seconds if the time until the stop signal has no upper bound.
   */
  readonly meant: number;
  /** Whether even the shortest run of the hook leaves too little time. */
  readonly sure: boolean;
  /** The seconds that are left after the stop signal: in the best case if `sure` is true, else in the worst case. */
  readonly left: number;
  readonly sum: GraceSum | undefined;
}

/**
 * shutdown-too-short: the hook leaves the app less time after the stop signal than the app needs.
 *
 * Fields:  lifecycle.preStop, spec.terminationGracePeriodSeconds, annotation gracekeeper.dev/shutdown-seconds.
 * Allowed: grace period - hook is at least the shutdown time. For a sidecar, the wait for the main containers and the
 *          later sidecars is subtracted, too.
 * Unset:   the grace period is 30 s. The shutdown time comes from the configuration, or is assumed. Without the
 *          annotation shutdown-seconds, the rule reports no injected hook, and no hook whose intended duration is as
 *          long as the grace period.
 * Default: Deny if even the shortest run of the hook leaves less than the shutdown time that the pod or namespace sets.
 *          For a main container, Audit if the hook stops the app so early that the app shuts down during the hook, or
 *          if nobody sets a shutdown time and at least 2 s are left. Warn in all other cases. A pod is never denied
 *          only because of the duration that the hook's author seems to intend.
 * Source:  pkg/kubelet/kuberuntime/kuberuntime_container.go `killContainer` (1.29 to 1.36): the time from the stop
 *          signal to the kill is the part of the grace period that is left after the hook and the wait of a sidecar.
 */
export const shutdownTooShort: Rule<ShortEvidence> = {
  id: "shutdown-too-short",
  action: "Warn",
  actionNote:
    "Deny if the pod or namespace sets a shutdown time, and even the shortest run of the hook leaves less. Audit for a main container if the hook itself stops the app in time, or if no shutdown time is set and at least 2 s are left",
  when: "the hook fits the grace period, but leaves the app too little time after the stop signal",
  why: "After the stop signal, the app has only the time that the hook leaves of the grace period. A sidecar has even less time, because it stops after the main containers and after the later sidecars.",
  advice:
    "Raise the grace period. If the app needs less time, set the annotation gracekeeper.dev/shutdown-seconds.",
  find: (pod) => {
    const found = candidates(pod).map((container) => ({ container, action: actionFor(container, pod) }));
    if (found.every(({ action }) => action === undefined)) return [];
    const [path, time, sum] = [pod.subject.gracePath, graceFixes(pod), graceSums(pod)];
    return found.flatMap(({ container, action }): readonly Violation<ShortEvidence>[] => {
      if (action === undefined) return [];
      const { hook } = container;
      const shorter = hook && fixWithoutGrace(pod, { ...container, hook });
      const fix = shorter ?? time(container);
      const atMost = isProven(container, pod) ? {} : ({ atMost: "Warn" } as const);
      const evidence = { ...evidenceOf(container, pod), sum: sum(container, fix) };
      return [{ container, action, path, fix, evidence, ...atMost }];
    });
  },
  describe: ({ evidence }) => {
    const { graceSeconds, spentOn } = evidence;
    const left = leftText(evidence);
    const leaving = `leaving ${left} to shut down after the stop signal`;
    const brief = `${left} of ${inSeconds(graceSeconds)}${wanted(evidence)}`;
    return {
      whole: `${spentText(evidence)}${graceNote(graceSeconds)}, ${leaving}`,
      problem: `${spentText(evidence)}, ${leaving}`,
      consequence: wanted(evidence),
      brief: `${spentOn === "hook" ? "preStop leaves" : "has"} ${brief}`,
      fixNote: sumText(evidence.sum),
    };
  },
  summarize: ([first]) => ({
    headline: `get too little of the ${inSeconds(first?.evidence.graceSeconds ?? 0)} grace to shut down`,
    consequence: first === undefined ? "" : wanted(first.evidence),
  }),
  detail: ({ evidence }) => leftText(evidence),
};

/**
 * The containers to check: those with a hook that may leave some time. A container without a hook, or with an injected
 * sleep, is checked only if the pod or namespace sets a shutdown time. While injection may still add a hook, containers
 * without a hook are not checked.
 */
function candidates(pod: PodFacts): readonly ContainerFacts[] {
  const own = pod.hookRuns.filter(({ hook }) => hook.seconds.min < pod.graceSeconds);
  if (!isShutdownAsked(pod.settings)) return own.filter(({ hook }) => !hook.addedByUs);
  if (!pod.settled || pod.graceSeconds <= 0) return own;
  const paths = new Set(own.map(({ path }) => path));
  return pod.containers.filter((one) => isHookless(one) || paths.has(one.path));
}

/**
 * Whether the rule treats the container as if it had no hook. A hook that cannot run takes no time, and a hook that
 * never ends has to be removed.
 */
function isHookless({ hook }: ContainerFacts): boolean {
  return hook === undefined || hook.reading.cannotRun !== undefined || isSurelyEndless(hook);
}

/**
 * Deny if the time is certainly too short, and the pod or namespace sets the shutdown time. Warn if the time may be too
 * short. For a main container, Audit if the hook itself stops the app in time, or if nobody sets a shutdown time and at
 * least 2 s are left. Undefined means that there is no finding.
 */
function actionFor(container: ContainerFacts, pod: PodFacts): Action | undefined {
  if (isShutdownAsked(pod.settings) && surely(container, pod)) return "Deny";
  // An app that ignores its stop signal takes the whole grace period, which stop-signal-unheard reports.
  if (container.runsUntilKill) return undefined;
  const fits =
    container.hook === undefined || isHookless(container) || container.hook.known < pod.graceSeconds;
  if (!fits || container.plannedTurn + pod.settings.shutdownSeconds <= pod.graceSeconds) return undefined;
  return shutsDownInHook(container, pod) || mayBeEnough(container, pod) ? "Audit" : "Warn";
}

/**
 * Whether the bounds of the hook durations prove that the time is too short. The duration that an author seems to
 * intend is not a proof.
 */
function isProven(container: ContainerFacts, pod: PodFacts): boolean {
  return isKnown(container.turn) || surely(container, pod);
}

/**
 * Whether the time after the hook may be enough. If nobody sets a shutdown time, only the author of the app knows how
 * long the app takes. In public manifests, authors chose 2 s to 9 s on purpose. The kubelet always gives 2 s.
 */
function mayBeEnough(
  { container, plannedTurn }: ContainerFacts,
  { settings, graceSeconds }: PodFacts,
): boolean {
  const left = graceSeconds - plannedTurn;
  return settings.shutdownFrom === "assumed" && !container.sidecar && left >= MINIMUM_SECONDS;
}

/** Whether the app shuts down during the hook. A hook that stops the app usually waits until the app has ended. */
function shutsDownInHook({ container, hook }: ContainerFacts, { settings, graceSeconds }: PodFacts): boolean {
  const from = hook?.reading.stopsAppAfter;
  return from !== undefined && !container.sidecar && from + settings.shutdownSeconds <= graceSeconds;
}

/** Whether even the shortest run of the hook leaves less than the shutdown time. */
function surely({ turn }: ContainerFacts, pod: PodFacts): boolean {
  return turn.min + pod.settings.shutdownSeconds > pod.graceSeconds;
}

function evidenceOf(container: ContainerFacts, pod: PodFacts): Omit<ShortEvidence, "sum"> {
  const { graceSeconds, settings } = pod;
  const { turn, plannedTurn, hook } = container;
  const waits = container.container.sidecar && plannedTurn > (hook?.known ?? 0);
  const spentOn = waits ? "turn" : isHookless(container) ? "nothing" : "hook";
  const spent = (spentOn === "hook" ? hook?.seconds : undefined) ?? turn;
  // The text "at least 0s" would say nothing.
  const sure = surely(container, pod) && (spent.min > 0 || isPoint(spent));
  return {
    graceSeconds,
    shutdownSeconds: settings.shutdownSeconds,
    from: settings.shutdownFrom,
    spentOn,
    spent,
    meant: (spentOn === "hook" ? hook?.known : undefined) ?? plannedTurn,
    sure,
    left: Math.max(0, graceSeconds - (sure ? turn.min : plannedTurn)),
  };
}

/** Formats the shutdown time: ` (the namespace asks for 10s)`, or ` (10s assumed)`. */
function wanted({ from, shutdownSeconds }: ShortEvidence): string {
  const seconds = inSeconds(shutdownSeconds);
  return from === "assumed" ? ` (${seconds} assumed)` : ` (the ${from} asks for ${seconds})`;
}

function spentText(evidence: ShortEvidence): string {
  const grace = inSeconds(evidence.graceSeconds);
  switch (evidence.spentOn) {
    case "turn":
      return `is stopped ${timeText(evidence)} into the ${grace} grace`;
    case "nothing":
      return `the pod has a ${grace} grace`;
    case "hook":
      return `preStop uses ${timeText(evidence)} of the ${grace} grace`;
  }
}

/**
 * Formats the time until the stop signal: exact (`29s`), a minimum (`at least 25s`) or a maximum (`up to 85s`). The
 * form `about 25s` is for a time without an upper bound.
 */
function timeText({ spent, meant, sure }: ShortEvidence): string {
  if (isPoint(spent)) return inSeconds(spent.min);
  if (sure) return `at least ${inSeconds(spent.min)}`;
  return isKnown(spent) ? `up to ${inSeconds(spent.max)}` : `about ${inSeconds(meant)}`;
}

function leftText({ left, sure, spent }: ShortEvidence): string {
  const bound = isPoint(spent) ? "" : sure ? "at most " : isKnown(spent) ? "" : "about ";
  return `${bound}${inSeconds(left)}`;
}
