import { PREFIX } from "../../policy/model/keys.ts";
import type { LocatedPod } from "../../policy/model/pod.ts";
import { PROXY_ANNOTATIONS } from "../../policy/proxies/known.ts";
import type { Container } from "../../termination/pod.ts";

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
      spec.sharesProcesses,
      spec.isForWindows,
      [...spec.containers, ...spec.initContainers].map(
        ({ image: _, hasLifecycle: __, hasLivenessProbe: ___, env, ...container }) => [
          container,
          literals(env),
        ],
      ),
      read(annotations),
      read(labels),
      misplaced,
    ]),
  );
}

/** A variable from elsewhere changes only the known run of a hook and the time of a proxy, which never deny. */
function literals(env: Container["env"]): readonly unknown[] {
  return [...env].filter(([, value]) => value !== undefined);
}

function read(all: ReadonlyMap<string, string>): readonly (readonly [string, string])[] {
  return [...all].filter(([key]) => key.startsWith(PREFIX) || PROXY_ANNOTATIONS.includes(key)).sort();
}
