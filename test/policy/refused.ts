import type { JsonObject } from "../../src/json.ts";
import { isChecked } from "../../src/policy/configuration/patterns.ts";
import { type Container, graceOf, runningContainers } from "../../src/termination/pod.ts";
import type { Situation } from "../arbitraries/situations.ts";
import { CONTEXT, subjectOf } from "../reviews.ts";

/**
 * These minor versions come from the feature gates PodLifecycleSleepAction and PodLifecycleSleepActionAllowZero
 * (pkg/features/kube_features.go).
 */
const FIRST_MINOR_WITH_SLEEP = 30;
const FIRST_MINOR_WITH_SLEEP_OF_ZERO = 33;

/**
 * An API server's validation error that a change of the pod causes. Source: `validateLifecycle`, `validateSleepAction`
 * and `validateProbe` in pkg/apis/core/validation/validation.go.
 */
export function refusedByServer(before: Situation, after: Situation): string | undefined {
  const known = new Set(refusals(before));
  return refusals(after).find((one) => !known.has(one));
}

function refusals(situation: Situation): readonly string[] {
  const { spec } = subjectOf(situation.object, situation.group, situation.kind);
  const grace = graceOf(spec);
  return [
    ...(Number.isSafeInteger(grace) ? [] : ["the grace"]),
    ...runningContainers(spec)
      .filter((container) => isChecked(container, CONTEXT.configuration))
      .flatMap((container) => [
        ...ofSleep(container, grace, situation.kubernetesMinor),
        ...ofProbes(container),
      ]),
    ...handlersOf(situation.object),
  ];
}

function ofSleep({ name, preStop }: Container, grace: number, minor: number | undefined): readonly string[] {
  if (preStop?.kind !== "sleep") return [];
  const { seconds } = preStop;
  const least = minor !== undefined && minor < FIRST_MINOR_WITH_SLEEP_OF_ZERO ? 1 : 0;
  const unsupported = minor !== undefined && minor < FIRST_MINOR_WITH_SLEEP;
  return seconds > grace || seconds < least || unsupported ? [`the sleep of ${name}`] : [];
}

function ofProbes({ name, livenessGraceSeconds = 1, startupGraceSeconds = 1 }: Container): readonly string[] {
  return livenessGraceSeconds < 1 || startupGraceSeconds < 1 ? [`a probe of ${name}`] : [];
}

/** Hooks that do not have exactly one handler. */
function handlersOf(value: unknown, path = ""): readonly string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value as JsonObject).flatMap(([key, member]) => {
    const hook = (key === "preStop" || key === "postStart") && typeof member === "object" && member !== null;
    const wrong = hook && Object.keys(member).length !== 1;
    return [...(wrong ? [`${path}.${key}`] : []), ...handlersOf(member, `${path}.${key}`)];
  });
}
