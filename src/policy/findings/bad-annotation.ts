import type { FindingKind, Found } from "../finding.ts";
import type { JudgedContainer, JudgedPod } from "../judged-pod.ts";
import { HOOK_SECONDS } from "../keys.ts";
import { quote } from "../quote.ts";
import type { UnreadableValue } from "../read-value.ts";
import { spanOf } from "../seconds.ts";
import { correction, saying } from "./unreadable.ts";

/**
 * bad-annotation: a value of ours on the pod cannot be read, or contradicts the hook.
 *
 * Fields:  metadata.annotations gracekeeper.dev/hook-seconds, shutdown-seconds, prestop-sleep-seconds, ignore;
 *          metadata.labels gracekeeper.dev/inject; anything of ours on a workload instead of its template
 * Allowed: whole seconds in their range; CONTAINER=SECONDS or CONTAINER=FIRST-LAST, comma separated; ids of findings
 *          that the configuration lets a pod ignore, comma separated
 * Unset:   nothing to find
 * Default: Deny. A typing error here would otherwise loosen a check in silence. Warn for what loosens nothing.
 */
export const badAnnotation: FindingKind = {
  id: "bad-annotation",
  action: "Deny",
  actionNote: "Warn where it loosens nothing: a key or container that is not there",
  when: "a value of ours on the pod cannot be read, or contradicts its hook",
  why: "A typing error in a value would otherwise make a check looser in silence. A key of ours that does nothing where it stands is most often one too, so it is warned about.",
  advice: "Write the value as the message says, or remove it.",
  find: (pod) => [
    ...pod.values.unreadable.map((value) => unreadable(pod, value)),
    ...pod.subject.misplaced.map(misplaced),
    ...contradictions(pod),
    ...strangers(pod),
  ],
  deny: (findings, pod) => ({
    what: saying(findings, (found) => what(found, pod)),
    fix: correction(findings, "."),
  }),
  warn: (findings, pod) => ({
    what: saying(findings, (found) => what(found, pod)),
    fix: correction(findings, ""),
  }),
};

function unreadable(pod: JudgedPod, { where, key, instead, harmless }: UnreadableValue): Found {
  const path = `${pod.subject.metadataPath}.${where}["${key}"]`;
  return {
    container: undefined,
    path,
    fix: [{ path, value: instead }],
    ...(harmless && { action: "Warn" as const }),
  };
}

function misplaced({ path, key }: JudgedPod["subject"]["misplaced"][number]): Found {
  const at = `${path}["${key}"]`;
  return { container: undefined, path: at, fix: [{ path: at, value: undefined }], action: "Warn" };
}

function contradictions(pod: JudgedPod): readonly Found[] {
  return pod.containers
    .filter(({ hook }) => hook?.contradiction !== undefined)
    .map((container) => declared(pod, container));
}

/** Declarations for containers that the pod has not. A template's may still be added. */
function strangers(pod: JudgedPod): readonly Found[] {
  if (pod.subject.role === "template") return [];
  const { spec } = pod.subject;
  const there = new Set([...spec.containers, ...spec.initContainers].map(({ name }) => name));
  const missing = [...pod.values.hookSeconds.keys()].some((name) => !there.has(name));
  return missing ? [{ ...declared(pod, undefined), action: "Warn" }] : [];
}

function declared(pod: JudgedPod, container: JudgedContainer | undefined): Found {
  const path = `${pod.subject.metadataPath}.annotations["${HOOK_SECONDS}"]`;
  return { container, path, fix: [{ path, value: undefined }] };
}

const LONGEST_VALUE = 40;

function what({ container, path }: Found, pod: JudgedPod): string {
  if (container?.hook?.contradiction !== undefined) {
    const { contradiction, reading } = container.hook;
    const name = quote(container.container.name);
    return `${path}: says ${spanOf(contradiction)} for container ${name}, but its preStop takes ${spanOf(reading.seconds)}`;
  }
  const fault = pod.values.unreadable.find(
    ({ where, key }) => path === `${pod.subject.metadataPath}.${where}["${key}"]`,
  );
  if (fault !== undefined) {
    const { value, because } = fault;
    return `${path}: ${quote(value, LONGEST_VALUE)}${because.startsWith(":") ? "" : " "}${because}`;
  }
  if (path.endsWith(`["${HOOK_SECONDS}"]`) && path.startsWith(pod.subject.metadataPath)) {
    const value = pod.subject.annotations.get(HOOK_SECONDS) ?? "";
    return `${path}: ${quote(value, LONGEST_VALUE)} names a container that the pod has not`;
  }
  return `${path}: does nothing here, pods are read at ${pod.subject.metadataPath}`;
}
