import type { Interval } from "../../hook/interval.ts";
import { CORRECT_ALL, correctionText } from "../messages/fix-text.ts";
import { invalidValueText, keyName, knownKeysText } from "../messages/invalid-value.ts";
import { keyPath, quote } from "../messages/quote.ts";
import { spanOf } from "../messages/seconds.ts";
import type { Fix, Rule, Statement, Subject, Violation } from "../model/finding.ts";
import { HOOK_SECONDS } from "../model/keys.ts";
import type { PodFacts } from "../model/pod-facts.ts";
import type { InvalidValue } from "../settings/read-value.ts";
import { declarationPath, declare, isUnread, namesNoContainer } from "./fix/declaration.ts";

type AnnotationEvidence =
  | { readonly kind: "invalid"; readonly value: InvalidValue }
  | { readonly kind: "misplaced"; readonly metadataPath: string }
  | { readonly kind: "contradiction"; readonly declared: Interval; readonly read: Interval }
  | { readonly kind: "unknown-container"; readonly value: string };

/**
 * bad-annotation: a gracekeeper label or annotation on the pod has an invalid value, or contradicts the hook.
 *
 * Fields:  metadata.annotations gracekeeper.dev/hook-seconds, shutdown-seconds, prestop-sleep-seconds, ignore;
 *          metadata.labels gracekeeper.dev/inject; any gracekeeper key on a workload instead of its template.
 * Allowed: whole seconds in their range. CONTAINER=SECONDS or CONTAINER=FIRST-LAST, separated by commas. Ids of
 *          findings that the configuration lets a pod ignore, separated by commas.
 * Unset:   nothing to find.
 * Default: Deny, because a typing error here would otherwise silently weaken a check. Warn if the error weakens no
 *          check.
 */
export const badAnnotation: Rule<AnnotationEvidence> = {
  id: "bad-annotation",
  action: "Deny",
  actionNote: "Warn for an unknown key or container: such an error makes no check weaker",
  when: "a gracekeeper label or annotation on the pod is invalid, or contradicts the hook",
  why: "Without this finding, a typing error would silently make a check weaker. An unknown gracekeeper key is usually a typing error, too, so it gets a warning.",
  advice: "Correct the value as the message says, or remove the label or annotation.",
  find: (pod) => [
    ...pod.settings.invalid.map((value) => invalid(pod, value)),
    ...pod.subject.misplaced.map((one) => misplaced(one, pod.subject.metadataPath)),
    ...contradictions(pod),
    ...unknownContainers(pod),
  ],
  describe: (found) => ({
    ...statement(found),
    subject: subjectOf(found),
    fix: correctionText(found.fix[0]),
  }),
  summarize: () => ({ noun: "values", headline: "cannot be used", fix: CORRECT_ALL }),
  detail: (found) => statement(found).problem,
};

function invalid(pod: PodFacts, value: InvalidValue): Violation<AnnotationEvidence> {
  const { where, key, instead, harmless } = value;
  const path = keyPath(`${pod.subject.metadataPath}.${where}`, key);
  const fix: Fix = key === HOOK_SECONDS ? declare(pod) : { target: "pod", path, value: instead };
  const evidence = { kind: "invalid", value } as const;
  return { container: undefined, path, fix: [fix], evidence, ...(harmless && { action: "Warn" }) };
}

function misplaced(
  { path, key }: PodFacts["subject"]["misplaced"][number],
  metadataPath: string,
): Violation<AnnotationEvidence> {
  const at = keyPath(path, key);
  const fix: Fix = { target: "pod", path: at, value: undefined };
  const evidence = { kind: "misplaced", metadataPath } as const;
  return { container: undefined, path: at, fix: [fix], evidence, action: "Warn" };
}

/** An annotation with an invalid value is a finding already, so it is not compared with the hook. */
function contradictions(pod: PodFacts): readonly Violation<AnnotationEvidence>[] {
  if (isUnread(pod)) return [];
  let fix: readonly Fix[] | undefined;
  return pod.containers.flatMap((container) => {
    const declared = container.hook?.contradiction;
    if (container.hook === undefined || declared === undefined) return [];
    fix ??= [declare(pod)];
    const evidence = { kind: "contradiction", declared, read: container.hook.reading.seconds } as const;
    return [{ container, path: declarationPath(pod), fix, evidence }];
  });
}

/** Declarations for containers that do not exist in the pod. */
function unknownContainers(pod: PodFacts): readonly Violation<AnnotationEvidence>[] {
  const { subject, settings } = pod;
  if (isUnread(pod) || ![...settings.hookSeconds.keys()].some(namesNoContainer(pod))) return [];
  const evidence = { kind: "unknown-container", value: subject.annotations.get(HOOK_SECONDS) ?? "" } as const;
  return [
    { container: undefined, path: declarationPath(pod), fix: [declare(pod)], evidence, action: "Warn" },
  ];
}

function subjectOf({ path, evidence }: Violation<AnnotationEvidence>): Subject {
  switch (evidence.kind) {
    case "invalid":
      return { name: path, short: keyName(evidence.value.where, evidence.value.key) };
    case "misplaced":
      return { name: path, short: path };
    case "contradiction":
    case "unknown-container":
      return { name: path, short: keyName("annotations", HOOK_SECONDS) };
  }
}

function statement({
  container,
  evidence,
}: Violation<AnnotationEvidence>): Omit<Statement, "subject" | "fix"> {
  switch (evidence.kind) {
    case "invalid":
      return { ...invalidValueText(evidence.value), consequence: knownKeysText(evidence.value) };
    case "misplaced":
      return { problem: `does nothing here, it belongs in ${evidence.metadataPath}` };
    case "contradiction": {
      const name = quote(container?.container.name ?? "");
      const { declared, read } = evidence;
      const says = `says ${spanOf(declared)} for`;
      const takes = `but its preStop takes ${spanOf(read)}`;
      return { problem: `${says} container ${name}, ${takes}`, brief: `${says} ${name}, ${takes}` };
    }
    case "unknown-container":
      return {
        problem: `${quote(evidence.value, LONGEST_VALUE)} names a container that does not exist in this pod`,
      };
  }
}

const LONGEST_VALUE = 40;
