import { asObject } from "../json.ts";
import { readAllHooks } from "../policy/assess/assess.ts";
import { buildFacts } from "../policy/assess/build-facts.ts";
import { firstDenial } from "../policy/assess/evaluate.ts";
import { recreated } from "../policy/assess/expected-pods.ts";
import { gist } from "../policy/messages/messages.ts";
import type { Configuration } from "../policy/model/configuration.ts";
import type { Context } from "../policy/model/context.ts";
import { MIRROR_POD, VALIDATE_LABEL } from "../policy/model/keys.ts";
import {
  NAMESPACE_ANNOTATIONS,
  NAMESPACE_LABELS,
  type Namespace,
  namespaceOf,
} from "../policy/model/namespace.ts";
import { readNamespace } from "../policy/settings/namespace.ts";
import type { InvalidValue } from "../policy/settings/read-value.ts";
import { resolveSettings, unknownKeys } from "../policy/settings/resolve.ts";
import { BadRequest } from "./bad-request.ts";
import type { Untouched } from "./decision.ts";
import { objectAt, stringMapAt, wrongType } from "./pods/fields.ts";
import { readSubjects } from "./pods/read-pod.ts";
import { workloadOf } from "./pods/workloads.ts";
import { exemption } from "./requester.ts";
import type { Review } from "./review.ts";

/** A CREATE or UPDATE of a Namespace, with the labels and annotations that gracekeeper reads. */
export interface NamespaceWrite {
  readonly kind: "write";
  /** The gracekeeper labels and annotations of the namespace after the write. */
  readonly namespace: Namespace;
  /**
   * `introduced` are the invalid values that this write adds; `standing` are the invalid values that were there before.
   */
  readonly introduced: readonly InvalidValue[];
  readonly standing: readonly InvalidValue[];
  /** The gracekeeper annotations that this write adds or changes. */
  readonly annotations: readonly string[];
  /** The new mode, if the answer should say what the mode means for the running pods; else undefined. */
  readonly preview: "enforce" | "warn" | undefined;
}

/**
 * Reads the write of a namespace. Returns a reason instead if the write does not concern gracekeeper.
 *
 * @throws BadRequest if a field has a type that the API server cannot send.
 */
export function readNamespaceWrite(review: Review, configuration: Configuration): NamespaceWrite | Untouched {
  const { group, kind } = review.kind;
  if (group !== "" || kind !== "Namespace" || review.subResource !== "") return NO_NAMESPACE;
  if (review.operation !== "CREATE" && review.operation !== "UPDATE")
    return { kind: "untouched", reason: "nothing is written" };
  if (review.object === undefined) return NO_NAMESPACE;
  const after = readNamespaceObject(review.object, review.name);
  const before =
    review.oldObject === undefined ? undefined : readNamespaceObject(review.oldObject, review.name);
  const exempt = exemption({ ...review, namespace: after.namespace.name }, configuration);
  if (exempt !== undefined) return { kind: "exempt", exemption: exempt };
  const known = new Set(before?.invalid.map(keyOf));
  const changed = NAMESPACE_LABELS.some(
    (key) => after.namespace.labels.get(key) !== before?.namespace.labels.get(key),
  );
  const mode = after.namespace.labels.get(VALIDATE_LABEL);
  const switchedOn = review.operation === "UPDATE" && changed && (mode === "enforce" || mode === "warn");
  return {
    kind: "write",
    namespace: after.namespace,
    introduced: after.invalid.filter((value) => !known.has(keyOf(value))),
    standing: after.invalid.filter((value) => known.has(keyOf(value))),
    annotations: [...after.namespace.annotations]
      .filter(([key, value]) => before?.namespace.annotations.get(key) !== value)
      .map(([key]) => key),
    preview: switchedOn ? mode : undefined,
  };
}

const NO_NAMESPACE: Untouched = { kind: "untouched", reason: "no namespace" };

function keyOf({ where, key, value }: InvalidValue): string {
  return JSON.stringify([where, key, value]);
}

/** A namespace, with the invalid gracekeeper labels and annotations on it. */
export interface ReadNamespace {
  readonly namespace: Namespace;
  readonly invalid: readonly InvalidValue[];
}

/** @throws BadRequest that names the field and its expected type. */
export function readNamespaceObject(object: unknown, requested = ""): ReadNamespace {
  const root = asObject(object) ?? wrongType("Namespace", "an object", object);
  const metadata = objectAt(root, "metadata", "Namespace") ?? {};
  const labels = stringMapAt(metadata, "labels", "metadata");
  const annotations = stringMapAt(metadata, "annotations", "metadata");
  const name = requested === "" ? String(metadata["name"] ?? "") : requested;
  const namespace = namespaceOf(name, Object.fromEntries(labels), Object.fromEntries(annotations));
  const unknown = [
    ...unknownKeys("labels", labels, NAMESPACE_LABELS),
    ...unknownKeys("annotations", annotations, NAMESPACE_ANNOTATIONS),
  ];
  return { namespace, invalid: [...readNamespace(namespace).invalid, ...unknown] };
}

/** A running pod that would be denied if it were created again. */
export interface DeniedPod {
  readonly name: string;
  readonly gist: string;
}

/**
 * Checks a running pod as if it were created again after the namespace write, with the sleep that injection would add.
 * Returns undefined for a pod that would be allowed, and for a mirror pod, which is never checked. Each pod gets a new
 * budget for the analysis of its hooks, as in the request that creates a pod.
 */
export function deniedPod(
  pod: unknown,
  { namespace }: NamespaceWrite,
  context: Context,
): DeniedPod | undefined {
  const workload = workloadOf("", "Pod", context.configuration);
  const [running] = workload === undefined ? [] : subjectsOf(pod, workload);
  if (running === undefined || running.annotations.has(MIRROR_POD)) return undefined;
  const there = readAllHooks({ ...context, namespace }, [running]);
  const settings = resolveSettings(running, namespace, context.configuration);
  const subject = recreated(running, settings, there);
  const facts = buildFacts({ subject, settings, settled: true }, there);
  const denies = firstDenial(facts, context.configuration);
  if (denies === undefined) return undefined;
  const name = asObject(asObject(pod)?.["metadata"])?.["name"];
  return { name: typeof name === "string" ? name : "", gist: gist(denies) };
}

/**
 * Reads a running pod. A pod that cannot be read is skipped, because the author of the namespace write did not send it.
 */
function subjectsOf(
  pod: unknown,
  workload: Parameters<typeof readSubjects>[1],
): ReturnType<typeof readSubjects> {
  try {
    return readSubjects(pod, workload);
  } catch (error) {
    if (error instanceof BadRequest) return [];
    throw error;
  }
}
