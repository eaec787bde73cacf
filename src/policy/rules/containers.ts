import type { Fix, SetFix } from "../model/finding.ts";
import type { ContainerFacts } from "../model/pod-facts.ts";

/** The fields of a container that a fix changes. */

export function hookPath({ path }: Pick<ContainerFacts, "path">): string {
  return `${path}${PRE_STOP}`;
}

/** Sets, or removes, a field of this container: `.lifecycle.preStop`. */
export function setField(container: ContainerFacts, field: string, value: SetFix["value"]): Fix {
  return { target: "pod", path: `${container.path}${field}`, value, container: container.container.name };
}

export function removeHook(container: ContainerFacts): readonly Fix[] {
  return [setField(container, PRE_STOP, undefined)];
}

export const PRE_STOP = ".lifecycle.preStop";
