import type { Finding, FindingKind } from "../finding.ts";
import type { JudgedPod } from "../judged-pod.ts";
import { HOOK_SECONDS } from "../keys.ts";
import { quote } from "../quote.ts";
import { spanOf } from "../seconds.ts";
import type { UnreadableValue } from "../values.ts";
import { andMore } from "./common.ts";

/**
 * bad-annotation: a value of ours on the pod cannot be read, or contradicts the hook.
 *
 * Fields:  metadata.annotations gracekeeper.dev/hook-seconds, shutdown-seconds, prestop-sleep-seconds
 * Allowed: whole seconds in their range; CONTAINER=SECONDS or CONTAINER=FIRST-LAST, comma separated
 * Unset:   nothing to find
 * Default: Deny. A typing error here would otherwise loosen a check in silence.
 */
export const badAnnotation: FindingKind = {
  id: "bad-annotation",
  find: (pod) => [...pod.values.unreadable.map((value) => unreadable(pod, value)), ...contradictions(pod)],
  deny: (findings, pod) => ({
    what: listed(findings, pod),
    fix: fixes(findings, "."),
  }),
  warn: (findings, pod) => ({
    what: listed(findings, pod),
    fix: fixes(findings, ""),
  }),
};

function unreadable(pod: JudgedPod, { key, instead }: UnreadableValue): Finding {
  const path = annotationPath(pod, key);
  const fix = [{ path, value: instead }];
  return { id: "bad-annotation", action: "Deny", container: undefined, path, fix };
}

function contradictions(pod: JudgedPod): readonly Finding[] {
  const path = annotationPath(pod, HOOK_SECONDS);
  return pod.containers
    .filter(({ hook }) => hook?.contradiction !== undefined)
    .map((container) => ({
      id: "bad-annotation",
      action: "Deny",
      container,
      path,
      fix: [{ path, value: undefined }],
    }));
}

/** Each says its key and value, so one message holds one or two. */
function listed(findings: readonly Finding[], pod: JudgedPod): string {
  return andMore(
    findings.slice(0, 2).map((finding) => what(finding, pod)),
    "; ",
    LISTED_CHARACTERS,
    findings.length,
  );
}

const LISTED_CHARACTERS = 200;
const LONGEST_VALUE = 40;

function what({ container, path }: Finding, pod: JudgedPod): string {
  if (container?.hook?.contradiction !== undefined) {
    const { contradiction, reading } = container.hook;
    const name = quote(container.container.name);
    return `${path}: says ${spanOf(contradiction)} for container ${name}, but its preStop takes ${spanOf(reading.seconds)}`;
  }
  const fault = pod.values.unreadable.find(({ key }) => path === annotationPath(pod, key));
  const because = fault?.because ?? "";
  return `${path}: ${quote(fault?.value ?? "", LONGEST_VALUE)}${because.startsWith(":") ? "" : " "}${because}`;
}

function fixes(findings: readonly Finding[], end: string): string {
  const known = findings.flatMap(({ fix }) => fix).filter(({ value }) => value !== undefined);
  const text =
    known.length === 1 && findings.length === 1
      ? `Set it to ${JSON.stringify(known[0]?.value)}`
      : "Correct it or remove it";
  return `. ${text}${end}`;
}

function annotationPath(pod: JudgedPod, key: string): string {
  return `${pod.subject.metadataPath}.annotations["${key}"]`;
}
