import { applyPatch } from "rfc6902";
import { readReview } from "../../src/admission/review.ts";
import { validate } from "../../src/admission/validate.ts";
import { asObject, type JsonObject } from "../../src/json.ts";
import type { Context } from "../../src/policy/model/context.ts";
import { INJECTED } from "../../src/policy/model/keys.ts";
import { type Patched, reviewOf } from "../reviews.ts";

/** Properties that every patch for every pod must have. Each function throws if its property is violated. */

const PATHS = [
  /^\/spec\/containers\/\d+\/lifecycle(\/preStop)?$/,
  /^\/spec\/terminationGracePeriodSeconds$/,
  /^\/metadata\/annotations(\/gracekeeper\.dev~1injected)?$/,
];

/** Applies a patch to a copy of the object, as RFC 6902 says. */
export function patched(object: JsonObject, patch: readonly Patched[]): JsonObject {
  const copy = structuredClone(object);
  if (patch.some(({ op }) => op !== "add")) throw new Error("a patch holds something else than add");
  const stray = patch.find(({ path }) => !PATHS.some((one) => one.test(path)));
  if (stray !== undefined) throw new Error(`a patch touches ${stray.path}`);
  const errors = applyPatch(copy, patch as never).filter((error) => error !== null);
  if (errors.length > 0)
    throw new Error(`the patch does not apply: ${errors.map(({ message }) => message).join()}`);
  return copy;
}

export function graceIn(object: JsonObject): number {
  return Number(asObject(object["spec"])?.["terminationGracePeriodSeconds"] ?? 30);
}

export function containersIn(object: JsonObject): readonly JsonObject[] {
  return (asObject(object["spec"])?.["containers"] ?? []) as readonly JsonObject[];
}

export function preStopOf(container: JsonObject): JsonObject | undefined {
  return asObject(asObject(asObject(container["lifecycle"])?.["preStop"]));
}

/** The seconds of a container's hook if it only sleeps; otherwise undefined. */
export function sleepOf(container: JsonObject): number | undefined {
  const preStop = preStopOf(container);
  const seconds = asObject(preStop?.["sleep"])?.["seconds"];
  if (seconds !== undefined) return Number(seconds);
  const [program, operand, ...others] = (asObject(preStop?.["exec"])?.["command"] ?? []) as string[];
  return program === "sleep" && others.length === 0 ? Number(operand) : undefined;
}

/**
 * Injection changes only hooks, the grace period and the annotation gracekeeper.dev/injected. Injection does not
 * replace or lower existing values.
 */
export function onlyOursChanged(before: JsonObject, after: JsonObject): void {
  if (graceIn(after) < graceIn(before)) throw new Error("the grace was lowered");
  const now = containersIn(after);
  for (const [index, container] of containersIn(before).entries()) {
    const hook = preStopOf(container);
    if (hook !== undefined && JSON.stringify(preStopOf(now[index] ?? {})) !== JSON.stringify(hook))
      throw new Error(`the hook of container ${index} was replaced`);
  }
  const [was, is] = [without(before), without(after)];
  if (was !== is) throw new Error(`something else changed: ${was} -> ${is}`);
}

/**
 * The object as JSON without the three injected fields and without parents that are then empty. The order of members is
 * kept.
 */
function without(object: JsonObject): string {
  const copy = structuredClone(object) as {
    metadata: { annotations?: Record<string, string> | null };
    spec: Record<string, unknown>;
  };
  delete copy.metadata.annotations?.[INJECTED];
  if (Object.keys(copy.metadata.annotations ?? {}).length === 0) delete copy.metadata.annotations;
  delete copy.spec["terminationGracePeriodSeconds"];
  for (const container of copy.spec["containers"] as { lifecycle?: { preStop?: unknown } | null }[]) {
    const { lifecycle } = container;
    if (lifecycle) delete lifecycle.preStop;
    if (!lifecycle || Object.keys(lifecycle).length === 0) delete container.lifecycle;
  }
  return JSON.stringify(copy);
}

/**
 * The errors of the API server about hooks and grace period (pkg/apis/core/validation/validation.go `validateHandler`
 * and
 * `validateSleepAction`, 1.28 to 1.36).
 */
export function refusals(object: JsonObject, minor: number | undefined): readonly string[] {
  const grace = graceIn(object);
  return containersIn(object).flatMap((container, index) => {
    const preStop = preStopOf(container);
    if (preStop === undefined) return [];
    const handlers = Object.keys(preStop).filter(
      (key) => minor === undefined || minor >= 30 || key !== "sleep",
    );
    const seconds = asObject(preStop["sleep"])?.["seconds"];
    const command = asObject(preStop["exec"])?.["command"];
    return [
      ...(handlers.length === 1 ? [] : [`${index}: must specify one handler type`]),
      ...(seconds !== undefined && Number(seconds) > grace ? [`${index}: sleep above grace`] : []),
      ...(seconds !== undefined && Number(seconds) < (minor !== undefined && minor < 33 ? 1 : 0)
        ? [`${index}: sleep too short`]
        : []),
      ...(preStop["exec"] !== undefined && !(Array.isArray(command) && command.length > 0)
        ? [`${index}: exec without a command`]
        : []),
    ];
  });
}

/** gracekeeper's denials for a pod in enforce mode, without the numbers in their texts. */
export function denials(object: JsonObject, context: Context): readonly string[] {
  const { response } = validate(readReview(reviewOf(object)), "enforce", context).response;
  const { details } = (response.status ?? {}) as { details?: { causes?: { message: string }[] } };
  return response.allowed
    ? []
    : (details?.causes ?? []).map(({ message }) => message.replaceAll(/\d+/g, "N").replace(/^.*\[/, "["));
}
