import type { Fix, SetFix } from "../model/finding.ts";
import type { ContainerFacts, HookFacts, PodFacts } from "../model/pod-facts.ts";

/** The containers that a rule looks at, and the fields in them that a fix changes. */

/** A container that has a preStop hook. */
export interface HookedContainer extends ContainerFacts {
  readonly hook: HookFacts;
}

export function hooked(pod: PodFacts): readonly HookedContainer[] {
  return pod.containers.filter((one): one is HookedContainer => one.hook !== undefined);
}

/** Containers whose hook gets time. Under a grace period of 0 a hook gets 1 s, and grace-zero reports that. */
export function hookStarts(pod: PodFacts): readonly HookedContainer[] {
  const grace = pod.subject.spec.graceSeconds;
  return grace !== undefined && grace <= 0 ? [] : hooked(pod);
}

/** Containers whose hook can run. A hook that cannot run takes no time. */
export function hookRuns(pod: PodFacts): readonly HookedContainer[] {
  return hookStarts(pod).filter(({ hook }) => hook.reading.cannotRun === undefined);
}

export function gracePath({ subject }: PodFacts): string {
  return subject.gracePath;
}

export function hookPath({ path }: Pick<ContainerFacts, "path">): string {
  return `${path}.lifecycle.preStop`;
}

/** Sets, or removes, a field of this container: `.lifecycle.preStop`. */
export function setField(container: ContainerFacts, field: string, value: SetFix["value"]): Fix {
  return { target: "pod", path: `${container.path}${field}`, value, container: container.container.name };
}

export function removeHook(container: ContainerFacts): readonly Fix[] {
  return [setField(container, PRE_STOP, undefined)];
}

export const PRE_STOP = ".lifecycle.preStop";
