import { isPoint } from "../../../hook/interval.ts";
import { keyPath } from "../../messages/quote.ts";
import type { Fix } from "../../model/finding.ts";
import { HOOK_SECONDS } from "../../model/keys.ts";
import type { PodFacts } from "../../model/pod-facts.ts";

/** Path of the annotation that declares how long hooks take. */
export function declarationPath({ subject }: PodFacts): string {
  return keyPath(`${subject.metadataPath}.annotations`, HOOK_SECONDS);
}

/** Whether the annotation gracekeeper.dev/hook-seconds has an invalid value. */
export function isUnread({ settings }: PodFacts): boolean {
  return settings.invalid.some(({ key }) => key === HOOK_SECONDS);
}

/**
 * Whether a declaration names a container that does not exist. In a template every name is accepted, because another
 * container may still be added to the pods.
 */
export function namesNoContainer({ subject: { role, spec } }: PodFacts): (name: string) => boolean {
  if (role === "template") return () => false;
  const there = new Set([...spec.containers, ...spec.initContainers].map(({ name }) => name));
  return (name) => !there.has(name);
}

/**
 * The declarations to keep: those whose container exists or may still be added, and whose hook does not contradict
 * them.
 */
export function soundDeclarations(pod: PodFacts): ReadonlyMap<string, string> {
  const isUnknown = namesNoContainer(pod);
  const contradicted = new Set(
    pod.containers.flatMap(({ container, hook }) =>
      hook?.contradiction === undefined ? [] : [container.name],
    ),
  );
  return new Map(
    [...pod.settings.hookSeconds]
      .filter(([name]) => !isUnknown(name) && !contradicted.has(name))
      .map(([name, span]) => [name, isPoint(span) ? `${span.min}` : `${span.min}-${span.max}`]),
  );
}

/** The fix of the annotation: the corrected value, or the removal of the annotation if no declaration is left. */
export function declare(pod: PodFacts, more: ReadonlyMap<string, string> = new Map()): Fix {
  const text = listed(new Map([...soundDeclarations(pod), ...more]));
  return { target: "pod", path: declarationPath(pod), value: text === "" ? undefined : text };
}

/** `web=20,worker=5-20`. */
export function listed(declarations: ReadonlyMap<string, string>): string {
  return [...declarations].map(([name, span]) => `${name}=${span}`).join(",");
}
