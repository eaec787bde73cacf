import { isServing, runsToCompletion } from "../../termination/pod.ts";
import { leastGraceWith } from "../assess/build-facts.ts";
import { FIRST_MINOR_WITH_SLEEP_EVERYWHERE } from "../injection/sleep-action.ts";
import { printedGrace } from "../messages/seconds.ts";
import type { Fix, Rule } from "../model/finding.ts";
import type { ContainerFacts, PodFacts } from "../model/pod-facts.ts";
import { hookPath, PRE_STOP, setField } from "./containers.ts";
import { declare } from "./fix/declaration.ts";
import { longestHook, raiseLimit, setGrace } from "./fix/grace-fix.ts";

/**
 * hook-missing: a container stops listening while traffic still comes.
 *
 * Fields:  ports, readinessProbe, lifecycle.preStop, spec.restartPolicy.
 * Allowed: a hook, or a namespace where a hook is injected; a pod that runs to completion.
 * Unset:   restartPolicy is Always.
 * Default: Audit, because many apps handle late traffic themselves.
 * Source:  pkg/kubelet/kuberuntime/kuberuntime_container.go `killContainer` (1.36): without a hook the stop signal is
 *          sent at once. The endpoints are changed when the stop signal is sent, not earlier.
 */
export const hookMissing: Rule = {
  id: "hook-missing",
  action: "Audit",
  when: "a container with ports or a readiness probe has no hook, and gracekeeper does not add one",
  why: "The app gets the stop signal at the moment when the endpoints change. Until every node and load balancer knows the change, requests still arrive at a port that the app has closed.",
  advice: "Let gracekeeper add a hook (namespace label gracekeeper.dev/inject: enabled), or write a hook.",
  find: (pod) => {
    const { spec } = pod.subject;
    const hurried = spec.graceSeconds !== undefined && spec.graceSeconds <= 1;
    if (runsToCompletion(spec.restartPolicy) || hurried || !pod.settled) return [];
    const serving = pod.containers.filter(isMissing);
    const [first] = serving;
    if (first === undefined) return [];
    const { seconds, more } = planned(first, pod);
    const declared = serving.filter(({ container }) => pod.settings.hookSeconds.has(container.name));
    const news = new Map(declared.map(({ container }) => [container.name, `${seconds}`]));
    const rest = [...(news.size > 0 ? [declare(pod, news)] : []), ...more];
    return serving.map((container) => ({
      container,
      path: hookPath(container),
      fix: [sleepFix(container, seconds, pod), ...rest],
      evidence: undefined,
    }));
  },
  describe: () => ({
    problem: "no preStop",
    consequence: ", so the app may close its port while requests still arrive",
  }),
  summarize: () => ({ headline: "have no preStop" }),
};

/**
 * Whether a serving container lacks a hook. An app that runs until the kill needs no hook, because it listens until the
 * kill.
 */
function isMissing({ container, hook, runsUntilKill }: ContainerFacts): boolean {
  return isServing(container) && hook === undefined && !container.sidecar && !runsUntilKill;
}

/**
 * The sleep that injection would add, and the longer grace period. If the longer grace period is above the limit, the
 * sleep is shortened to fit the limit.
 */
function planned(
  container: ContainerFacts,
  pod: PodFacts,
): { readonly seconds: number; readonly more: readonly Fix[] } {
  const { limit, prestopSleepSeconds: seconds } = pod.settings;
  const grace = printedGrace(Math.max(pod.graceSeconds + seconds, leastGraceWith(pod, container, seconds)));
  const set = (value: number): readonly Fix[] =>
    value <= pod.graceSeconds || !Number.isSafeInteger(value) ? [] : [setGrace(pod, value)];
  if (limit === undefined || grace <= limit.seconds) return { seconds, more: set(grace) };
  const room = Math.min(seconds, longestHook(pod, limit));
  return room < 1
    ? { seconds, more: raiseLimit(pod, limit, grace) }
    : { seconds: room, more: set(limit.seconds) };
}

function sleepFix(
  container: ContainerFacts,
  seconds: number,
  { settings: { kubernetesMinor } }: PodFacts,
): Fix {
  const native = kubernetesMinor !== undefined && kubernetesMinor >= FIRST_MINOR_WITH_SLEEP_EVERYWHERE;
  return native
    ? setField(container, `${PRE_STOP}.sleep.seconds`, seconds)
    : setField(container, `${PRE_STOP}.exec.command`, ["sleep", `${seconds}`]);
}
