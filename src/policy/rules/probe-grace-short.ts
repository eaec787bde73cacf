import { isKnown, isPoint, NO_TIME } from "../../hook/interval.ts";
import { isEndless } from "../assess/build-facts.ts";
import { quote } from "../messages/quote.ts";
import { inSeconds, printedGrace, spanOf } from "../messages/seconds.ts";
import type { Rule, Violation } from "../model/finding.ts";
import type { ContainerFacts, PodFacts } from "../model/pod-facts.ts";
import { type ContainerFinding, fixSentence, fixWords, hookRuns, nameOf, only } from "./fix/fix-text.ts";
import { plannedSeconds } from "./fix/grace-fix.ts";

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
export const probeGraceShort: Rule = {
  id: "probe-grace-short",
  action: "Warn",
  when: "a liveness or startup probe has a grace of its own that is too short for hook + shutdown",
  why: "When the probe fails, the kubelet restarts the container under the probe's grace, and the hook runs there too. What does not fit is cut off, and the app is killed in the middle of its shutdown.",
  advice: "Give the probe a grace that holds both, or remove it: then the pod's grace holds.",
  find: (pod) =>
    hookRuns(pod)
      .filter(({ hook }) => !isEndless(hook))
      .flatMap((container) => PROBES.flatMap((probe) => shortProbe(probe, container, pod))),
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
    const what = `${nameOf(one)}: ${probe} grace ${inSeconds(grace)} < ${hook}`;
    const needed = inSeconds(needs(one.container, pod));
    return {
      what,
      brief: `${quote(one.container.container.name)}: grace ${inSeconds(grace)} < ${needed}`,
      fix,
    };
  },
};

const FIELD = "terminationGracePeriodSeconds";

type Probe = "livenessProbe" | "startupProbe";

const PROBES: readonly Probe[] = ["livenessProbe", "startupProbe"];

function graceOfProbe({ container }: ContainerFacts, probe: Probe): number | undefined {
  return probe === "livenessProbe" ? container.livenessGraceSeconds : container.startupGraceSeconds;
}

/** A hook that we added was not written with the probe in mind: it counts where somebody asked for a shutdown time. */
function shortProbe(probe: Probe, container: ContainerFacts, pod: PodFacts): readonly Violation[] {
  const grace = graceOfProbe(container, probe);
  const asked = container.hook?.addedByUs !== true || pod.settings.shutdownAskedBy !== undefined;
  const needed = needs(container, pod);
  if (grace === undefined || !asked || grace >= needed || !Number.isSafeInteger(printedGrace(needed)))
    return [];
  const path = `${container.path}.${probe}.${FIELD}`;
  return [{ container, path, fix: [{ path, value: printedGrace(needed) }] }];
}

function needs({ hook }: ContainerFacts, { settings }: PodFacts): number {
  return (hook === undefined ? 0 : plannedSeconds(hook)) + settings.shutdownSeconds;
}

function probeOf({ container, path }: ContainerFinding): { readonly probe: Probe; readonly grace: number } {
  const probe = path.includes(".startupProbe.") ? "startupProbe" : "livenessProbe";
  return { probe, grace: graceOfProbe(container, probe) ?? 0 };
}

/** Whether even the shortest run of the hook is cut off. */
function cuts({ hook }: ContainerFacts, grace: number): boolean {
  return hook !== undefined && hook.seconds.min > grace;
}

/** `preStop 20s`, `preStop 5s + 10s shutdown`; of a hook whose time nobody can tell only what is sure. */
function wanted({ hook }: ContainerFacts, { settings }: PodFacts, cut: boolean): string {
  const seconds = hook?.seconds ?? NO_TIME;
  const shutdown = `${inSeconds(settings.shutdownSeconds)} shutdown`;
  if (!isKnown(seconds) && seconds.min === 0) return shutdown;
  const span = `preStop ${isKnown(seconds) && !isPoint(seconds) && !cut ? `up to ${inSeconds(seconds.max)}` : spanOf(seconds)}`;
  return cut ? span : `${span} + ${shutdown}`;
}
