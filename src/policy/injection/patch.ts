import type { Container } from "../../termination/pod.ts";
import { INJECTED } from "../model/keys.ts";
import type { PodOrTemplate } from "../model/pod.ts";

/** RFC 6902 `add`: creates or replaces the member, whose parent must exist. */
export interface AddOperation {
  readonly op: "add";
  readonly path: string;
  readonly value: unknown;
}

/** JSON pointer of the grace period in a pod. */
export const GRACE_POINTER = "/spec/terminationGracePeriodSeconds";

/** What injection changes in a pod. */
interface Change {
  /** The containers that get the hook. */
  readonly containers: readonly Container[];
  /** The preStop handler as JSON of the Kubernetes API. */
  readonly preStop: object;
  /** Seconds. */
  readonly graceAfter: number;
  /** The value of the annotation gracekeeper.dev/injected. */
  readonly record: string;
}

/**
 * Makes the patch, with only `add` operations. Every parent exists or is created first, because the request fails if
 * the patch cannot be applied.
 */
export function injectionPatch(
  subject: PodOrTemplate,
  { containers, preStop, graceAfter, record }: Change,
): readonly AddOperation[] {
  const hooks = containers.map(({ index, hasLifecycle }): AddOperation => {
    const path = `/spec/containers/${index}/lifecycle`;
    return hasLifecycle ? add(`${path}/preStop`, preStop) : add(path, { preStop });
  });
  const grace = subject.spec.graceSeconds === graceAfter ? [] : [add(GRACE_POINTER, graceAfter)];
  return [...hooks, ...grace, annotate(subject, record)];
}

/**
 * The maximum size in bytes of all annotations of an object, keys and values together (apimachinery
 * pkg/api/validation/objectmeta.go `TotalAnnotationSizeLimitB`, 1.36).
 */
const MOST_ANNOTATION_BYTES = 256 * 1024;

/** Whether the annotation gracekeeper.dev/injected would make the annotations too large for the API server. */
export function annotationsFull({ annotations }: PodOrTemplate, record: string): boolean {
  const encoder = new TextEncoder();
  const bytes = [...new Map(annotations).set(INJECTED, record)].reduce(
    (sum, [key, value]) => sum + encoder.encode(key).length + encoder.encode(value).length,
    0,
  );
  return bytes > MOST_ANNOTATION_BYTES;
}

function annotate(subject: PodOrTemplate, value: string): AddOperation {
  if (subject.hasAnnotations) return add(`/metadata/annotations/${pointer(INJECTED)}`, value);
  const annotations = { [INJECTED]: value };
  return subject.hasMetadata ? add("/metadata/annotations", annotations) : add("/metadata", { annotations });
}

function add(path: string, value: unknown): AddOperation {
  return { op: "add", path, value };
}

/** Escapes an annotation key for use as one step of a JSON pointer (RFC 6901). */
function pointer(key: string): string {
  return key.replaceAll("~", "~0").replaceAll("/", "~1");
}
