import { graceOf } from "../../termination/pod.ts";
import type { Addition, Injection, InjectionRequest } from "../injection/decide.ts";
import { guardedInjection, withInjection } from "../injection/guard.ts";
import type { RequestContext } from "../model/context.ts";
import { INJECT_LABEL } from "../model/keys.ts";
import type { LocatedPod, PodOrTemplate } from "../model/pod.ts";
import type { Settings } from "../settings/resolve.ts";

/** A pod as the webhook will see it, as far as that is known now. */
export interface ExpectedPods {
  readonly subject: PodOrTemplate;
  /** False where it may still get a hook. */
  readonly settled: boolean;
  /** The same pod with the sleep that injection adds. Set if it is not known whether injection will add it. */
  readonly alternative: PodOrTemplate | undefined;
}

/**
 * The pods of a template as validation will see them: after injection. Their namespace and the kind of their owner
 * decide whether they get a sleep. A pod itself stays as it is.
 *
 * | namespace       | owner   | the pods                    |
 * |-----------------|---------|-----------------------------|
 * | inject: enabled | known   | with what injection adds    |
 * | inject: enabled | unknown | as they are, or with it     |
 * | anything else   | any     | as they are                 |
 * | not known       | any     | as they are, or with it     |
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

/** What injection would do with a pod, or the pods of a template, in a manifest. */
export function injectionOf(located: LocatedPod, settings: Settings, context: RequestContext): Injection {
  const subject = located.role === "pod" ? located : created(located);
  return injectionInto({ subject, settings }, context);
}

/** What injection would do with a pod, or with the pods of a template, if they were created now. */
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

/** Whether the namespace could change this result: it may set another limit and another sleep. */
function upToNamespace({ reason }: Exclude<Injection, Addition>): boolean {
  return reason === "over-limit" || reason === "unsafe-number";
}

/** core/v1 conversion.go (from 1.21): a negative grace period in a template becomes 1 in its pods. */
function created(template: PodOrTemplate): PodOrTemplate {
  const { spec } = template;
  return { ...template, spec: { ...spec, graceSeconds: spec.graceSeconds && graceOf(spec) } };
}
