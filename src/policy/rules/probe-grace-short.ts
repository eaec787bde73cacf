import { isKnown, isPoint } from "../../hook/interval.ts";
import { isEndless } from "../assess/build-facts.ts";
import { hookSpan, plannedSpan } from "../messages/names.ts";
import { inSeconds, printedGrace } from "../messages/seconds.ts";
import type { Rule, Violation } from "../model/finding.ts";
import type { ContainerFacts, HookedContainer, HookFacts, PodFacts } from "../model/pod-facts.ts";
import { isShutdownAsked } from "../settings/resolve.ts";
import { setField } from "./containers.ts";
import { LONGEST_ADVISED_SECONDS } from "./fix/grace-fix.ts";

interface ProbeEvidence {
  readonly probe: Probe;
  /** The grace period of the probe. */
  readonly graceSeconds: number;
  readonly shutdownSeconds: number;
  readonly hook: HookFacts;
}

/**
 * probe-grace-short: when a probe fails, the grace period of the probe applies, and is too short for hook and shutdown.
 *
 * Fields:  livenessProbe.terminationGracePeriodSeconds, startupProbe.terminationGracePeriodSeconds, lifecycle.preStop.
 * Allowed: a grace period of the probe that is at least hook + shutdown time.
 * Unset:   the grace period of the pod applies, which other rules check.
 * Default: Warn.
 * Source:  pkg/kubelet/kuberuntime/kuberuntime_container.go `setTerminationGracePeriod` (1.28 to 1.36): after a
 *          liveness or startup failure, the grace period of the probe replaces that of the pod. The API server compares
 *          a sleep only with the grace period of the pod.
 */
export const probeGraceShort: Rule<ProbeEvidence> = {
  id: "probe-grace-short",
  action: "Warn",
  when: "a liveness or startup probe has its own grace period, which is too short for hook + shutdown",
  why: "When the probe fails, the kubelet restarts the container with the probe's grace period, and this restart also runs the hook. If the grace period is too short, the hook is cut off, or the app is killed in the middle of its shutdown.",
  advice:
    "Give the probe a grace period that is long enough for hook and shutdown. Or remove the field, so that the pod's grace period applies.",
  find: (pod) =>
    pod.hookRuns
      .filter((one) => !isEndless(one.hook) && !one.runsUntilKill)
      .flatMap((container) => PROBES.flatMap((probe) => shortProbe(probe, container, pod))),
  describe: ({ fix, evidence }) => {
    const { probe, graceSeconds } = evidence;
    const grace = inSeconds(graceSeconds);
    const harm = cutsHook(evidence) ? "cuts the hook off" : "kills the app during its shutdown";
    const isRemoval = fix.every((one) => "value" in one && one.value === undefined);
    return {
      problem: `${probe}Probe.${FIELD} ${grace} is shorter than ${needed(evidence)}`,
      consequence: `, so a ${probe} restart ${harm}`,
      brief: `${probe}Probe grace ${grace} < ${needed(evidence)}`,
      fixNote: isRemoval ? " to use the pod value" : ", or remove it to use the pod value",
    };
  },
  summarize: () => ({ noun: "probes", headline: "have a grace that is too short for preStop and shutdown" }),
  detail: ({ evidence }) => `${evidence.probe}Probe ${inSeconds(evidence.graceSeconds)}`,
};

const FIELD = "terminationGracePeriodSeconds";

type Probe = "liveness" | "startup";

const PROBES: readonly Probe[] = ["liveness", "startup"];

function graceOfProbe({ container }: ContainerFacts, probe: Probe): number | undefined {
  return probe === "liveness" ? container.livenessGraceSeconds : container.startupGraceSeconds;
}

/**
 * The violation of one probe. An injected hook was not written for the probe, so it is reported only if the pod or
 * namespace sets a shutdown time.
 */
function shortProbe(
  probe: Probe,
  container: HookedContainer,
  { settings }: PodFacts,
): readonly Violation<ProbeEvidence>[] {
  const { hook } = container;
  const graceSeconds = graceOfProbe(container, probe);
  const { shutdownSeconds } = settings;
  const counts = !hook.addedByUs || isShutdownAsked(settings);
  const least = hook.known + shutdownSeconds;
  if (graceSeconds === undefined || !counts || graceSeconds >= least) return [];
  const grace = printedGrace(least);
  const field = `.${probe}Probe.${FIELD}`;
  const fix = [setField(container, field, grace > LONGEST_ADVISED_SECONDS ? undefined : grace)];
  const evidence = { probe, graceSeconds, shutdownSeconds, hook };
  const proven = isKnown(hook.seconds) || graceSeconds < hook.seconds.min + shutdownSeconds;
  return [
    {
      container,
      path: `${container.path}${field}`,
      fix,
      evidence,
      ...(!proven && { atMost: "Warn" as const }),
    },
  ];
}

/** Whether even the shortest run of the hook is cut off. */
function cutsHook({ hook, graceSeconds }: ProbeEvidence): boolean {
  return hook.seconds.min > graceSeconds;
}

/**
 * Names the times that the grace period of the probe must cover: `preStop 20s`, or `preStop 5s + 10s shutdown`. If the
 * duration of the hook has no upper bound, the text has the duration that the hook's author seems to intend.
 */
function needed(evidence: ProbeEvidence): string {
  const { hook, shutdownSeconds } = evidence;
  const { seconds, known } = hook;
  const shutdown = `${inSeconds(shutdownSeconds)} shutdown`;
  if (!isKnown(seconds) && known === 0) return shutdown;
  if (cutsHook(evidence)) return hookSpan(hook);
  const span =
    isKnown(seconds) && !isPoint(seconds) ? `preStop up to ${inSeconds(seconds.max)}` : plannedSpan(hook);
  return `${span} + ${shutdown}`;
}
