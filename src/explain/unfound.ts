import type { PodAssessment } from "../policy/assess/assess.ts";
import { quote } from "../policy/messages/quote.ts";
import type { Finding } from "../policy/model/finding.ts";
import type { PodFacts, RunningContainer } from "../policy/model/pod-facts.ts";
import { graceZero } from "../policy/rules/grace-zero.ts";
import { hookLengthUnknown } from "../policy/rules/hook-length-unknown.ts";
import { hookMayExceed } from "../policy/rules/hook-may-exceed.ts";
import { hookOverGrace } from "../policy/rules/hook-over-grace.ts";
import { noShutdownTime } from "../policy/rules/no-shutdown-time.ts";
import { shutdownTooShort } from "../policy/rules/shutdown-too-short.ts";
import { isShutdownAsked } from "../policy/settings/resolve.ts";
import type { ContainerTimeline } from "../termination/stop-container.ts";

/** Findings with these ids report that a container is killed, or may be killed. */
const KILLED: ReadonlySet<string> = new Set(
  [graceZero, hookOverGrace, noShutdownTime, hookMayExceed, shutdownTooShort, hookLengthUnknown].map(
    ({ id }) => id,
  ),
);

/**
 * Computes why no finding reports a container, although it is or may be killed. The result is undefined for a container
 * with a finding, and for a container that ignores the stop signal, which stop-signal-unheard reports.
 */
export type WhyUnfound = (ended: ContainerTimeline, container: RunningContainer) => string | undefined;

export function whyUnfound({ pod, findings, ignored }: PodAssessment, isSilent: boolean): WhyUnfound {
  const checked = new Set(pod.containers.map(({ path }) => path));
  const told = findings.filter(({ id }) => KILLED.has(id));
  const found = new Set(told.map(placeOf));
  const silenced = new Map(ignored.filter(({ id }) => KILLED.has(id)).map((one) => [placeOf(one), one.id]));
  const awaited = told.find(({ container }) => container !== undefined)?.container?.container.name;
  return (ended, container) => {
    const mayBeKilled = ended.exitedBy === "kill" || ended.exitedBy === "cannot-tell";
    if (!mayBeKilled || container.runsUntilKill || found.has(container.path) || found.has(undefined))
      return undefined;
    if (isSilent) return "the namespace is exempt, or has the label gracekeeper.dev/validate: off";
    if (!checked.has(container.path)) return "the configuration leaves this container out of the checks";
    const id = silenced.get(container.path) ?? silenced.get(undefined);
    if (id !== undefined) return `the pod's annotation ignores ${id}`;
    return withoutFinding(container, pod) ?? behindAnother(ended, pod, checked) ?? elsewhere(ended, awaited);
  };
}

/** The path of the container that the finding is about; undefined if it is about the whole pod, as grace-zero is. */
function placeOf({ id, container }: Finding): string | undefined {
  return id === graceZero.id ? undefined : container?.path;
}

/** The reason why no rule applies to the container. */
function withoutFinding({ hook }: RunningContainer, pod: PodFacts): string | undefined {
  if (hook !== undefined && !hook.addedByUs && hook.reading.cannotRun === undefined) return undefined;
  if (!isShutdownAsked(pod.settings))
    return "the container has no hook, and no annotation sets the shutdown time of the app";
  return pod.settled ? undefined : "injection may still add a hook to the pods";
}

/** A sidecar may be killed because it waits for a container that ignores its stop signal, or that is not checked. */
function behindAnother(
  { role }: ContainerTimeline,
  { running }: PodFacts,
  checked: ReadonlySet<string>,
): string | undefined {
  const deaf = running.find(({ runsUntilKill }) => runsUntilKill);
  const other = running.find(({ path, hook }) => hook !== undefined && !checked.has(path));
  if (role !== "sidecar") return undefined;
  if (deaf !== undefined)
    return `the sidecar waits for ${quote(deaf.container.name)}, which ignores its stop signal`;
  if (other === undefined) return undefined;
  return `the sidecar waits for ${quote(other.container.name)}, which the configuration leaves out of the checks`;
}

/** The reason if none of the other reasons applies. `awaited` is the name of the first container with a finding. */
function elsewhere({ exitedBy, role }: ContainerTimeline, awaited: string | undefined): string {
  if (role === "sidecar" && awaited !== undefined)
    return `the sidecar waits for ${quote(awaited)}, which has the finding`;
  return exitedBy === "cannot-tell"
    ? "the container is killed only if a hook of the pod runs longer than expected"
    : "no rule covers this container, or the configuration turns the finding off";
}
