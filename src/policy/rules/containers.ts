import type { Fix, SetFix } from "../model/finding.ts";
import type { ContainerFacts } from "../model/pod-facts.ts";

/** The fields of a container that a fix changes. */

export function hookPath({ path }: Pick<ContainerFacts, "path">): string {
  return `${path}${PRE_STOP}`;
}

/**
 * The fix that sets a field of the container, such as `.lifecycle.preStop`, or removes the field if `value` is
 * undefined.
 */
export function setField(container: ContainerFacts, field: string, value: SetFix["value"]): Fix {
  return { target: "pod", path: `${container.path}${field}`, value, container: container.container.name };
}

export function removeHook(container: ContainerFacts): readonly Fix[] {
  return [setField(container, PRE_STOP, undefined)];
}

export const PRE_STOP = ".lifecycle.preStop";
