import { graceOf } from "../../termination/pod.ts";
import type { Addition, Injection, InjectionRequest } from "../injection/decide.ts";
import { guardedInjection, withInjection } from "../injection/guard.ts";
import type { RequestContext } from "../model/context.ts";
import { INJECT_LABEL } from "../model/keys.ts";
import type { LocatedPod, PodOrTemplate } from "../model/pod.ts";
import type { Settings } from "../settings/resolve.ts";

/** The pod that the validating webhook is expected to get, as far as injection can be predicted. */
export interface ExpectedPods {
  readonly subject: PodOrTemplate;
  /** False if the pod may still get a hook. */
  readonly settled: boolean;
  /** The pod with the sleep of an injection, set only if it is not known yet whether injection will add the sleep. */
  readonly alternative: PodOrTemplate | undefined;
}

/**
 * The pods of a template as the validating webhook will see them, after injection. The namespace and the kind of the
 * owner decide whether the pods get a sleep. If the input is a pod and not a template, the pod is returned unchanged.
 *
 * | namespace       | owner   | the pods                       |
 * |-----------------|---------|--------------------------------|
 * | inject: enabled | known   | with the sleep                 |
 * | inject: enabled | unknown | without, and with the sleep    |
 * | anything else   | any     | without the sleep              |
 * | not known       | any     | without, and with the sleep    |
 */
export function expectedPods(
  template: LocatedPod,
  settings: Settings,
  context: RequestContext,
): ExpectedPods {
  if (template.role === "pod") return { subject: template, settled: true, alternative: undefined };
  const subject = created(template);
  const { hooksBy } = template.place;
  if (hooksBy !== undefined) return { subject, settled: false, alternative: undefined };
  const { namespace } = context;
  if (namespace !== undefined && !isInjected(context))
    return { subject, settled: true, alternative: undefined };
  const result = injectionInto({ subject, settings }, context);
  if (result.kind === "skipped")
    return { subject, settled: !upToNamespace(result) || namespace !== undefined, alternative: undefined };
  const sleeping = withInjection(subject, result);
  return namespace !== undefined && subject.podOwner !== undefined
    ? { subject: sleeping, settled: true, alternative: undefined }
    : { subject, settled: false, alternative: sleeping };
}

/** The pod as it would be if it were created now, in the namespace of the context. */
export function recreated(subject: LocatedPod, settings: Settings, context: RequestContext): PodOrTemplate {
  if (!isInjected(context)) return subject;
  const result = injectionInto({ subject, settings }, context);
  return result.kind === "added" ? withInjection(subject, result) : subject;
}

/** Predicts the injection into a pod, or into the pods of a template, of a manifest. */
export function injectionOf(located: LocatedPod, settings: Settings, context: RequestContext): Injection {
  const subject = located.role === "pod" ? located : created(located);
  return injectionInto({ subject, settings }, context);
}

/** Predicts the injection into a pod, or into the pods of a template, if they were created now. */
export function injectionInto(
  { subject, settings }: Pick<InjectionRequest, "subject" | "settings">,
  context: RequestContext,
): Injection {
  const { configuration, namespace } = context;
  return guardedInjection({ subject, settings, configuration, namespace, madeByNode: false }, context);
}

function isInjected({ namespace }: RequestContext): boolean {
  return namespace?.labels.get(INJECT_LABEL) === "enabled";
}

/** Whether an annotation of the namespace could change the result of injection, by another limit or another sleep. */
function upToNamespace({ reason }: Exclude<Injection, Addition>): boolean {
  return reason === "over-limit" || reason === "unsafe-number";
}

/**
 * The pod that is created from a template. A negative grace period becomes 1 in the pod (core/v1 conversion.go, from
 * 1.21).
 */
function created(template: PodOrTemplate): PodOrTemplate {
  const { spec } = template;
  return { ...template, spec: { ...spec, graceSeconds: spec.graceSeconds && graceOf(spec) } };
}
