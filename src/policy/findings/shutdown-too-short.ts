import { isKnown } from "../../hook/interval.ts";
import type { Finding, FindingKind } from "../finding.ts";
import type { JudgedContainer, JudgedPod } from "../judged-pod.ts";
import { inSeconds } from "../seconds.ts";
import { fixSentence, fixWords, graceFix, gracePath, hookRuns, named, nameOf } from "./common.ts";

/**
 * shutdown-too-short: the hook fits, but leaves the app less time after the stop signal than it needs.
 *
 * Fields:  lifecycle.preStop, spec.terminationGracePeriodSeconds, annotation gracekeeper.dev/shutdown-seconds
 * Allowed: grace - hook is at least the shutdown time; for a sidecar what counts is what is left at its turn, after
 *          the main containers and the later sidecars
 * Unset:   the grace is 30; the shutdown time is the configuration's, and then only containers with a hook of their own
 *          are looked at
 * Default: Deny where the shutdown time was asked for, else Warn
 * Source:  pkg/kubelet/kuberuntime/kuberuntime_container.go `killContainer` (1.29 to 1.36): what the hook and the wait
 *          leave of the grace is the time from the stop signal to the kill
 */
export const shutdownTooShort: FindingKind = {
  id: "shutdown-too-short",
  find: (pod) =>
    candidates(pod)
      .filter(({ leftSeconds }) => leftSeconds !== undefined && leftSeconds < pod.values.shutdownSeconds)
      .map((container): Finding => {
        const action = pod.values.shutdownAskedFor ? "Deny" : "Warn";
        return { id: "shutdown-too-short", action, container, path: gracePath(pod), fix: graceFix(pod) };
      }),
  deny: (findings, pod) => {
    const wants = pod.values.shutdownAskedFor ? "this pod asks for" : "wanted:";
    const [first, ...others] = findings;
    if (first?.container === undefined || others.length > 0) {
      return {
        what: `${findings.length} containers get too little of the ${inSeconds(pod.graceSeconds)} grace to shut down: ${named(findings, gets)}`,
        clause: ` (${wants} ${inSeconds(pod.values.shutdownSeconds)})`,
        fix: `. ${fixSentence(findings)}.`,
      };
    }
    return {
      what: `${nameOf(first)}: ${uses(first.container, pod)}, leaving ${leftOf(first.container)} to shut down after the stop signal`,
      clause: ` (${wants} ${inSeconds(pod.values.shutdownSeconds)})`,
      fix: `. ${fixSentence(findings)}.`,
    };
  },
  warn: (findings, pod) => {
    const want = `(want ${inSeconds(pod.values.shutdownSeconds)})`;
    const [first, ...others] = findings;
    if (first?.container === undefined || others.length > 0) {
      return {
        what: `${findings.length} containers get too little of ${inSeconds(pod.graceSeconds)} for shutdown ${want}: ${named(findings, gets)}`,
        fix: `; ${fixWords(findings)}`,
      };
    }
    const grace = inSeconds(pod.graceSeconds);
    const { hook } = first.container;
    const what =
      hook === undefined || waitsLonger(first.container, pod)
        ? `${nameOf(first)}: has ${leftOf(first.container)} of ${grace} for shutdown ${want}`
        : `${nameOf(first)}: preStop leaves ${leftOf(first.container)} of ${grace} for shutdown ${want}`;
    return { what, fix: `; ${fixWords(findings)}` };
  },
};

/**
 * Hooks that end within the grace. A container without a hook, or with one that we added, only where the pod itself says
 * what it needs; in a template its hook may still be added, so there the pod is judged when it comes.
 */
function candidates(pod: JudgedPod): readonly JudgedContainer[] {
  const own = hookRuns(pod)
    .filter(({ hook }) => isKnown(hook.seconds) && hook.seconds.max < pod.graceSeconds)
    .filter(({ hook }) => !hook.addedByUs || pod.values.shutdownAskedFor);
  if (!pod.values.shutdownAskedFor || pod.subject.role === "template" || pod.graceSeconds <= 0) return own;
  return [...own, ...pod.containers.filter(({ hook }) => hook === undefined)];
}

function uses(container: JudgedContainer, pod: JudgedPod): string {
  const grace = inSeconds(pod.graceSeconds);
  if (waitsLonger(container, pod))
    return `its turn to stop comes ${inSeconds(turn(container, pod))} into the ${grace} grace`;
  return container.hook === undefined
    ? `the pod has a ${grace} grace`
    : `preStop uses ${inSeconds(container.hook.seconds.max)} of the ${grace} grace`;
}

/** Whether a sidecar's turn comes later than the end of its own hook. */
function waitsLonger(container: JudgedContainer, pod: JudgedPod): boolean {
  return container.container.sidecar && turn(container, pod) > (container.hook?.seconds.max ?? 0);
}

function turn({ leftSeconds }: JudgedContainer, pod: JudgedPod): number {
  return pod.graceSeconds - (leftSeconds ?? 0);
}

/** A turn that comes after the grace is over leaves nothing of it. */
function leftOf({ leftSeconds }: JudgedContainer): string {
  return inSeconds(Math.max(0, leftSeconds ?? 0));
}

function gets(container: JudgedContainer): string {
  return leftOf(container);
}
