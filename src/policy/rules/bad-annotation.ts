import { keyPath, quote } from "../messages/quote.ts";
import { spanOf } from "../messages/seconds.ts";
import type { Rule, Violation } from "../model/finding.ts";
import { HOOK_SECONDS } from "../model/keys.ts";
import type { PodFacts } from "../model/pod-facts.ts";
import type { InvalidValue } from "../settings/read-value.ts";
import { correction, saying, sayingFirst } from "./fix/correction.ts";
import { declarationPath, declare } from "./fix/declaration.ts";

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
export const badAnnotation: Rule = {
  id: "bad-annotation",
  action: "Deny",
  actionNote: "Warn where it loosens nothing: a key or container that is not there",
  when: "a value of ours on the pod cannot be read, or contradicts its hook",
  why: "A typing error in a value would otherwise make a check looser in silence. A key of ours that does nothing where it stands is most often one too, so it is warned about.",
  advice: "Write the value as the message says, or remove it.",
  find: (pod) => [
    ...pod.settings.invalid.map((value) => invalid(pod, value)),
    ...pod.subject.misplaced.map(misplaced),
    ...contradictions(pod),
    ...strangers(pod),
  ],
  deny: (findings, pod) => ({
    what: saying(findings, (found) => `${found.path}: ${fault(found, pod, LONGEST_VALUE)}`),
    brief: sayingFirst(findings, (found) => `${found.path}: ${fault(found, pod, LONGEST_VALUE)}`),
    fix: correction(findings, "."),
  }),
  warn: (findings, pod) => ({
    what: saying(findings, (found) => `${keyOf(found, pod)}: ${fault(found, pod, LONGEST_VALUE)}`),
    brief: sayingFirst(
      findings,
      (found) =>
        `${keyOf(found, pod).replace(/^\w+ /, "")}: ${fault(found, pod, SHORT_VALUE).replace(/; .*/, "")}`,
    ),
    fix: correction(findings, ""),
  }),
};

function invalid(pod: PodFacts, { where, key, instead, harmless }: InvalidValue): Violation {
  const path = keyPath(`${pod.subject.metadataPath}.${where}`, key);
  const fix = key === HOOK_SECONDS ? declare(pod) : { path, value: instead };
  return { container: undefined, path, fix: [fix], ...(harmless && { action: "Warn" as const }) };
}

function misplaced({ path, key }: PodFacts["subject"]["misplaced"][number]): Violation {
  const at = keyPath(path, key);
  return { container: undefined, path: at, fix: [{ path: at, value: undefined }], action: "Warn" };
}

/** What is meant by an annotation that cannot be read is not held against the hook as well. */
function contradictions(pod: PodFacts): readonly Violation[] {
  if (pod.settings.invalid.some(({ key }) => key === HOOK_SECONDS)) return [];
  const found = pod.containers.filter(({ hook }) => hook?.contradiction !== undefined);
  const [path, fix] = [declarationPath(pod), found.length > 0 ? [declare(pod)] : []];
  return found.map((container) => ({ container, path, fix }));
}

/** Declarations for containers that the pod has not. A template's may still be added. */
function strangers(pod: PodFacts): readonly Violation[] {
  const { role, spec } = pod.subject;
  const unread = pod.settings.invalid.some(({ key }) => key === HOOK_SECONDS);
  if (role === "template" || unread) return [];
  const there = new Set([...spec.containers, ...spec.initContainers].map(({ name }) => name));
  const missing = [...pod.settings.hookSeconds.keys()].some((name) => !there.has(name));
  if (!missing) return [];
  return [{ container: undefined, path: declarationPath(pod), fix: [declare(pod)], action: "Warn" }];
}

const LONGEST_VALUE = 40;

/** In a warning that is too long otherwise. */
const SHORT_VALUE = 12;

/** `annotation gracekeeper.dev/hook-seconds`, or the path of one that stands in the wrong place. */
function keyOf({ path }: Violation, { subject }: PodFacts): string {
  const [, where, key] =
    /^\.(annotation|label)s\["(.*)"\]$/s.exec(path.slice(subject.metadataPath.length)) ?? [];
  if (key === undefined || !path.startsWith(subject.metadataPath)) return path;
  return /^[\w./-]+$/.test(key) ? `${where} ${key}` : `${where} "${key}"`;
}

/** What is wrong with it, after its key: `"soon" is not a whole number of seconds from 0 to 86400`. */
function fault({ container, path }: Violation, pod: PodFacts, longest: number): string {
  if (container?.hook?.contradiction !== undefined) {
    const { contradiction, reading } = container.hook;
    const name = quote(container.container.name);
    return `says ${spanOf(contradiction)} for container ${name}, but its preStop takes ${spanOf(reading.seconds)}`;
  }
  const { metadataPath, annotations } = pod.subject;
  const value = pod.settings.invalid.find(
    ({ where, key }) => path === keyPath(`${metadataPath}.${where}`, key),
  );
  if (value !== undefined) {
    const piece = value.because.startsWith(": ");
    if (piece && longest < LONGEST_VALUE) return value.because.slice(2);
    return `${quote(value.value, longest)}${piece ? "" : " "}${value.because}`;
  }
  if (path === declarationPath(pod))
    return `${quote(annotations.get(HOOK_SECONDS) ?? "", longest)} names a container that the pod has not`;
  return `does nothing here, pods are read at ${metadataPath}`;
}
