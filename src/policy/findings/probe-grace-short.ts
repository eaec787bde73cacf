import { isKnown, NO_TIME } from "../../hook/interval.ts";
import type { FindingKind, Found } from "../finding.ts";
import type { JudgedContainer, JudgedPod } from "../judged-pod.ts";
import { inSeconds, printedGrace, spanOf } from "../seconds.ts";
import { type ContainerFinding, fixSentence, fixWords, hookRuns, nameOf, only } from "./common.ts";

/**
 * probe-grace-short: when a probe fails, its own grace is too short for hook and shutdown.
 *
 * Fields:  livenessProbe.terminationGracePeriodSeconds, startupProbe.terminationGracePeriodSeconds, lifecycle.preStop
 * Allowed: a probe's grace of at least hook + shutdown time
 * Unset:   the pod's grace holds, which other findings look at
 * Default: Warn
 * Source:  pkg/kubelet/kuberuntime/kuberuntime_container.go `setTerminationGracePeriod` (1.28 to 1.36): on a liveness or
 *          startup failure the probe's grace stands for the pod's; the API server compares a sleep with the pod's only
 */
export const probeGraceShort: FindingKind = {
  id: "probe-grace-short",
  action: "Warn",
  when: "a liveness or startup probe has a grace of its own that is too short for hook + shutdown",
  why: "When the probe fails, the kubelet restarts the container under the probe's grace, and the hook runs there too. What does not fit is cut off, and the app is killed in the middle of its shutdown.",
  advice: "Give the probe a grace that holds both, or remove it: then the pod's grace holds.",
  find: (pod) =>
    hookRuns(pod).flatMap((container) => PROBES.flatMap((probe) => shortProbe(probe, container, pod))),
  deny: (findings, pod) => {
    const one = only(findings);
    if (one === undefined) {
      return {
        what: `${findings.length} probes have a grace that is too short for preStop and shutdown`,
        fix: `. ${fixSentence(findings)}.`,
      };
    }
    const { probe, grace } = probeOf(one);
    const cut = cuts(one.container, grace);
    return {
      what: `${nameOf(one)}: ${probe}.${FIELD} ${inSeconds(grace)} is shorter than ${wanted(one.container, pod, cut)}`,
      clause: `, so a restart by that probe ${cut ? "cuts the hook off" : "kills the app in its shutdown"}`,
      fix: `. ${fixSentence(findings)}, or remove it to use the pod value.`,
    };
  },
  warn: (findings, pod) => {
    const fix = `; ${fixWords(findings)}`;
    const one = only(findings);
    if (one === undefined)
      return { what: `${findings.length} probes have too short a grace for preStop`, fix };
    const { probe, grace } = probeOf(one);
    const hook = wanted(one.container, pod, cuts(one.container, grace));
    return { what: `${nameOf(one)}: ${probe} grace ${inSeconds(grace)} < ${hook}`, fix };
  },
};

const FIELD = "terminationGracePeriodSeconds";

type Probe = "livenessProbe" | "startupProbe";

const PROBES: readonly Probe[] = ["livenessProbe", "startupProbe"];

function graceOfProbe({ container }: JudgedContainer, probe: Probe): number | undefined {
  return probe === "livenessProbe" ? container.livenessGraceSeconds : container.startupGraceSeconds;
}

/** A hook that we added was not written with the probe in mind: it counts where somebody asked for a shutdown time. */
function shortProbe(probe: Probe, container: JudgedContainer, pod: JudgedPod): readonly Found[] {
  const grace = graceOfProbe(container, probe);
  const asked = container.hook?.addedByUs !== true || pod.values.shutdownAskedBy !== undefined;
  const needed = planned(container) + pod.values.shutdownSeconds;
  if (grace === undefined || !asked || grace >= needed || !Number.isSafeInteger(printedGrace(needed)))
    return [];
  const path = `${container.path}.${probe}.${FIELD}`;
  return [{ container, path, fix: [{ path, value: printedGrace(needed) }] }];
}

/** The longest run where it is known, else the shortest. */
function planned({ hook }: JudgedContainer): number {
  const seconds = hook?.seconds;
  if (seconds === undefined) return 0;
  return isKnown(seconds) ? seconds.max : seconds.min;
}

function probeOf({ container, path }: ContainerFinding): { readonly probe: Probe; readonly grace: number } {
  const probe = path.includes(".startupProbe.") ? "startupProbe" : "livenessProbe";
  return { probe, grace: graceOfProbe(container, probe) ?? 0 };
}

/** Whether even the shortest run of the hook is cut off. */
function cuts({ hook }: JudgedContainer, grace: number): boolean {
  return hook !== undefined && hook.seconds.min > grace;
}

/** `preStop 20s`, `preStop 5s + 10s shutdown`. */
function wanted({ hook }: JudgedContainer, { values }: JudgedPod, cut: boolean): string {
  const span = `preStop ${spanOf(hook?.seconds ?? NO_TIME)}`;
  return cut ? span : `${span} + ${inSeconds(values.shutdownSeconds)} shutdown`;
}
