import { BadRequest } from "../admission/bad-request.ts";
import { decideManifest } from "../admission/manifest-decision.ts";
import { type ReadNamespace, readNamespaceObject } from "../admission/namespace-write.ts";
import { readTemplates } from "../admission/pods/read-pod.ts";
import { WORKLOADS, workloadOf } from "../admission/pods/workloads.ts";
import { lostFields } from "../explain/lost-fields.ts";
import { asObject, type JsonObject } from "../json.ts";
import { identify, type KubernetesObject } from "../manifest/identify.ts";
import type { ManifestItem } from "../manifest/objects.ts";
import { refusalText, Unreadable } from "../manifest/unreadable.ts";
import { actionOf, toFinding } from "../policy/assess/evaluate.ts";
import { matchesAny } from "../policy/configuration/patterns.ts";
import { explained } from "../policy/messages/messages.ts";
import { namespaceDenial } from "../policy/messages/namespace-messages.ts";
import { weaker } from "../policy/model/action.ts";
import type { LocatedPod } from "../policy/model/pod.ts";
import { groupOf, type Workload } from "../policy/model/workload.ts";
import { badNamespaceValue, namespaceViolation } from "../policy/rules/bad-namespace-value.ts";
import type { Checked, Remark } from "./finding.ts";
import type { CheckOptions } from "./options.ts";
import { type About, nameOf, reported } from "./reported.ts";

/** The findings and faults of one object. */
export interface Part extends Partial<Omit<Checked, "foreign">> {
  readonly foreign?: true;
}

/** The text that contains the object, and the options of the check. */
export interface CheckedText
  extends Omit<CheckOptions, "withEdits">,
    Pick<About, "text" | "editsOf" | "comments"> {}

export function checkItem(item: ManifestItem, around: CheckedText): Part {
  if (item.value instanceof Unreadable) {
    const { line, column } = item.value;
    return { faults: [{ line, column, text: refusalText(item.value) }] };
  }
  const object = identify(item.value);
  if (!object.ok)
    return looksLikeOne(item.value) ? { faults: [remarkAt(item, "", object.problem)] } : { foreign: true };
  try {
    return checkObject(object, item, around);
  } catch (error) {
    if (!(error instanceof BadRequest)) throw error;
    return { faults: [remarkAt(item, error.path ?? "", `${error.message} Correct the manifest.`)] };
  }
}

/**
 * Whether a value without apiVersion or kind is probably an incomplete Kubernetes object. `kind` alone is not enough,
 * because files of other programs also have it.
 */
export function looksLikeOne(value: unknown): boolean {
  const { apiVersion, kind, spec } = asObject(value) ?? {};
  const isWorkload = WORKLOADS.some((one) => one.kind === kind);
  return isWorkload || (typeof apiVersion === "string" && asObject(spec) !== undefined);
}

function remarkAt(item: ManifestItem, path: string, text: string): Remark {
  const { line, column } = item.locate(path);
  return { line, column, text };
}

function checkObject(object: KubernetesObject, item: ManifestItem, around: CheckedText): Part {
  const { root, apiVersion, kind } = object;
  const { configuration, text, editsOf, comments, hidesAudits = false } = around;
  const about = { object: nameOf(object), item, text, editsOf, comments, hidesAudits };
  const isNamespace = kind === "Namespace" && apiVersion === "v1";
  const namespace = isNamespace ? about.object.name : about.object.namespace;
  if (matchesAny(configuration.exempt.namespaces, namespace)) return { skipped: [kind] };
  if (isNamespace) return checkNamespace(readNamespaceObject(root), about, around);
  const workload = workloadOf(groupOf(apiVersion), kind, configuration);
  if (workload === undefined) return { skipped: [kind] };
  const { subjects, unread } = readTemplates(root, workload);
  const notes = [
    ...lostNotes(root, workload, item),
    ...(unread === undefined ? [] : [remarkAt(item, "", `a pod template was not read: ${unread}`)]),
  ];
  return { ...checkPods(subjects, about, around), notes };
}

/** Notes on termination fields at paths where Kubernetes ignores them. */
function lostNotes(root: JsonObject, workload: Workload, item: ManifestItem): readonly Remark[] {
  return lostFields(root, workload).map(({ path, rightPath }) =>
    remarkAt(item, path, `${path} does nothing here. Write ${rightPath}.`),
  );
}

function checkPods(subjects: readonly LocatedPod[], about: About, around: CheckedText): Part {
  const { assessed } = decideManifest(subjects, about.object.namespace, around);
  const findings = assessed
    .flatMap((one) => one.findings)
    // The check of the Namespace object already reports this finding.
    .filter(({ id }) => id !== badNamespaceValue.id)
    .map((found) => ({ ...found, message: () => explained(found) }));
  const ignored = assessed.reduce((sum, one) => sum + one.ignored.length, 0);
  const part = reported(findings, about);
  return { ...part, ignored: part.ignored + ignored };
}

/** A value that makes no check weaker gets at most the action Warn, because the webhook admits it. */
function checkNamespace({ invalid }: ReadNamespace, about: About, { configuration }: CheckedText): Part {
  const action = actionOf(badNamespaceValue, undefined, configuration);
  const findings = invalid.map((value) => ({
    ...toFinding(badNamespaceValue, namespaceViolation(value), configuration),
    action: value.harmless ? weaker(action, "Warn") : action,
    message: () => namespaceDenial([value]),
  }));
  return reported(findings, about);
}
