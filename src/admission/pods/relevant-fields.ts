import { PREFIX } from "../../policy/model/keys.ts";
import type { LocatedPod } from "../../policy/model/pod.ts";

/**
 * All fields of an object's templates that checks read, as one text. Equal texts have equal findings. An update that does
 * not change it is not checked, so labels, replicas, images and finalizers can always be written.
 */
export function relevantFields(subjects: readonly LocatedPod[]): string {
  return JSON.stringify(
    subjects.map(({ spec, annotations, labels, misplaced, identity }) => [
      identity,
      spec.graceSeconds,
      spec.restartPolicy,
      [...spec.containers, ...spec.initContainers].map(
        ({ image: _, hasLifecycle: __, env, ...container }) => [container, [...env]],
      ),
      ours(annotations),
      ours(labels),
      misplaced,
    ]),
  );
}

function ours(all: ReadonlyMap<string, string>): readonly (readonly [string, string])[] {
  return [...all].filter(([key]) => key.startsWith(PREFIX)).sort();
}
