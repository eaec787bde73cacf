import { isKnown, isPoint } from "../../hook/interval.ts";
import { isEndless } from "../assess/build-facts.ts";
import { inSeconds } from "../messages/seconds.ts";
import type { Action } from "../model/action.ts";
import type { Rule, Violation } from "../model/finding.ts";
import type { ContainerFacts, PodFacts } from "../model/pod-facts.ts";
import { fixSentence, fixWords, gracePath, hookRuns, named, nameOf, only } from "./fix/fix-text.ts";
import { graceFixes } from "./fix/grace-fix.ts";

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
export const shutdownTooShort: Rule = {
  id: "shutdown-too-short",
  action: "Warn",
  actionNote:
    "Deny where pod or namespace asked for that time and even the shortest run leaves less; Audit where the hook stops the app itself in time",
  when: "the hook fits, and leaves the app less time than it needs after the stop signal",
  why: "What the hook leaves of the grace is all the app has from the stop signal to the kill. For a sidecar it is what is left when its turn comes, after the main containers and the later sidecars.",
  advice:
    "Raise the grace. If the app needs less than is assumed, say so: annotation gracekeeper.dev/shutdown-seconds.",
  find: (pod) => {
    const found = candidates(pod).map((container) => ({ container, action: actionFor(container, pod) }));
    if (found.every(({ action }) => action === undefined)) return [];
    const [path, room] = [gracePath(pod), graceFixes(pod)];
    return found.flatMap(({ container, action }): readonly Violation[] =>
      action === undefined ? [] : [{ container, action, path, fix: room(container) }],
    );
  },
  deny: (findings, pod) => {
    const wants = `(${asksFor(pod)} ${inSeconds(pod.settings.shutdownSeconds)})`;
    const fix = `. ${fixSentence(findings)}.`;
    const one = only(findings);
    if (one === undefined) {
      const grace = inSeconds(pod.graceSeconds);
      const names = named(findings, (container) => left(container, pod));
      return {
        what: `${findings.length} containers get too little of the ${grace} grace to shut down: ${names}`,
        clause: ` ${wants}`,
        fix,
      };
    }
    const what = `${nameOf(one)}: ${uses(one.container, pod)}, leaving ${left(one.container, pod)} to shut down after the stop signal`;
    return { what, clause: ` ${wants}`, fix };
  },
  warn: (findings, pod) => {
    const grace = inSeconds(pod.graceSeconds);
    const want = `(want ${inSeconds(pod.settings.shutdownSeconds)})`;
    const fix = `; ${fixWords(findings)}`;
    const one = only(findings);
    if (one === undefined) {
      const names = named(findings, (container) => left(container, pod));
      const brief = `${findings.length} containers get too little of ${grace} for shutdown ${want}`;
      return { what: `${brief}: ${names}`, brief, fix };
    }
    const ownHook = !isHookless(one.container) && !waitsLonger(one.container);
    return {
      what: `${nameOf(one)}: ${ownHook ? "preStop leaves" : "has"} ${left(one.container, pod)} of ${grace} for shutdown ${want}`,
      fix,
    };
  },
};

/**
 * Hooks that do not surely fill the grace. A container without a hook, or with one that we added, only where pod or
 * namespace say what it needs; where its hook may still be added, the pod is judged when it comes.
 */
function candidates(pod: PodFacts): readonly ContainerFacts[] {
  const own = hookRuns(pod).filter(({ hook }) => hook.seconds.min < pod.graceSeconds);
  if (pod.settings.shutdownAskedBy === undefined) return own.filter(({ hook }) => !hook.addedByUs);
  if (!pod.settled || pod.graceSeconds <= 0) return own;
  const paths = new Set(own.map(({ path }) => path));
  return pod.containers.filter((one) => isHookless(one) || paths.has(one.path));
}

/** A hook that cannot run takes no time, and one without end is judged as if it were gone. */
function isHookless({ hook }: ContainerFacts): boolean {
  return hook === undefined || hook.reading.cannotRun !== undefined || isEndless(hook);
}

/** What is surely too little is denied to a pod that asked; what may be, or what nobody asked for, is a warning. */
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

function asksFor({ settings: { shutdownAskedBy } }: PodFacts): string {
  return shutdownAskedBy === undefined ? "wanted:" : `this ${shutdownAskedBy} asks for`;
}

function uses(container: ContainerFacts, pod: PodFacts): string {
  const grace = `the ${inSeconds(pod.graceSeconds)} grace`;
  if (waitsLonger(container))
    return `its turn to stop comes ${spanned(container, pod, container.turn)} into ${grace}`;
  if (container.hook === undefined || isHookless(container))
    return `the pod has a ${inSeconds(pod.graceSeconds)} grace`;
  return `preStop uses ${spanned(container, pod, container.hook.seconds)} of ${grace}`;
}

/** `29s`, `at least 25s` of what is surely too long, `up to 85s` of what may be. */
function spanned(container: ContainerFacts, pod: PodFacts, seconds: ContainerFacts["turn"]): string {
  if (isPoint(seconds)) return inSeconds(seconds.min);
  return surely(container, pod) ? `at least ${inSeconds(seconds.min)}` : `up to ${inSeconds(seconds.max)}`;
}

/** Whether a sidecar's turn comes later than the end of its own hook. */
function waitsLonger({ container, turn, hook }: ContainerFacts): boolean {
  return container.sidecar && turn.max > (hook?.seconds.max ?? 0);
}

/** What is left of the grace; a turn that comes after its end leaves nothing of it. */
function left(container: ContainerFacts, pod: PodFacts): string {
  const { turn } = container;
  const certain = surely(container, pod) && !isPoint(turn);
  const seconds = Math.max(0, pod.graceSeconds - (certain ? turn.min : turn.max));
  return `${certain ? "at most " : ""}${inSeconds(seconds)}`;
}
