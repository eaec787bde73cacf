import { PREFIX } from "../../policy/model/keys.ts";
import type { LocatedPod } from "../../policy/model/pod.ts";

/**
 * Everything that judging reads of an object's templates, in one text: equal texts are judged equal. An update that
 * leaves it as it was is not judged: labels, replicas, images and finalizers can be written whatever we think of the rest.
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
