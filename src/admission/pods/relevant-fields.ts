import { PREFIX } from "../../policy/model/keys.ts";
import type { LocatedPod } from "../../policy/model/pod.ts";
import { PROXY_ANNOTATIONS } from "../../policy/proxies/known.ts";
import type { Container } from "../../termination/pod.ts";

/**
 * Writes all template fields that the checks read into one string. Equal strings mean equal findings. An update that
 * leaves the string unchanged is not checked, so labels, replicas, images and finalizers can always be updated.
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

/**
 * The environment variables with a literal value. Variables without a literal value affect only the intended duration
 * of a hook and the drain time of a proxy: neither time can cause a denial.
 */
function literals(env: Container["env"]): readonly unknown[] {
  return [...env].filter(([, value]) => value !== undefined);
}

function read(all: ReadonlyMap<string, string>): readonly (readonly [string, string])[] {
  return [...all].filter(([key]) => key.startsWith(PREFIX) || PROXY_ANNOTATIONS.includes(key)).sort();
}
