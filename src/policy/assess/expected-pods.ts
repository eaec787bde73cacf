import { graceOf } from "../../termination/pod.ts";
import type { Addition, Injection } from "../injection/decide.ts";
import { safeInjection } from "../injection/guard.ts";
import { INJECT_LABEL } from "../model/keys.ts";
import type { LocatedPod, PodOrTemplate } from "../model/pod.ts";
import type { Context } from "../model/pod-facts.ts";
import { resolveSettings } from "../settings/resolve.ts";
import { withInjection } from "../with-injection.ts";

/** A pod as it will be judged, as far as anybody can know that now. */
export interface ExpectedPods {
  readonly subject: PodOrTemplate;
  /** False where it may still get a hook. */
  readonly settled: boolean;
  /** What it may be as well: with the sleep that injection adds, where nobody knows whether it will be there. */
  readonly otherwise: PodOrTemplate | undefined;
}

/**
 * What will become of a template's pods. They pass injection before they are judged, and whether they get a sleep is up
 * to their namespace and to the kind of their owner. A pod that comes to be judged is what it is.
 *
 * | namespace      | owner   | the pods                     |
 * |----------------|---------|------------------------------|
 * | inject: enabled | known  | with what injection adds     |
 * | inject: enabled | unknown | as they are, or with it     |
 * | anything else  | any     | as they are                  |
 * | not known      | any     | as they are, or with it      |
 */
export function expectedPods(template: LocatedPod, context: Context): ExpectedPods {
  if (template.role === "pod") return { subject: template, settled: true, otherwise: undefined };
  const subject = created(template);
  if (template.place.hooksBy !== undefined) return { subject, settled: false, otherwise: undefined };
  const { namespace } = context;
  if (namespace !== undefined && !isInjected(context))
    return { subject, settled: true, otherwise: undefined };
  const { podOwner } = template.place;
  const result = injectionInto(subject, podOwner, context);
  if (result.kind === "skipped")
    return { subject, settled: !upToNamespace(result) || namespace !== undefined, otherwise: undefined };
  const sleeping = withInjection(subject, result);
  return namespace !== undefined && podOwner !== undefined
    ? { subject: sleeping, settled: true, otherwise: undefined }
    : { subject, settled: false, otherwise: sleeping };
}

/** The pod as it would be if it were created now, in the namespace of the context. */
export function recreated(subject: PodOrTemplate, context: Context): PodOrTemplate {
  if (!isInjected(context)) return subject;
  const result = injectionInto(subject, subject.controller?.kind, context);
  return result.kind === "added" ? withInjection(subject, result) : subject;
}

/** What injection would do with a pod that this kind of controller makes; undefined where none does, or nobody knows. */
export function injectionInto(
  subject: PodOrTemplate,
  owner: string | undefined,
  context: Context,
): Injection {
  const { configuration, namespace } = context;
  const controller = owner === undefined ? undefined : { kind: owner, name: "" };
  const settings = resolveSettings(subject, namespace, configuration);
  const request = { subject: { ...subject, controller }, settings, configuration, madeByNode: false };
  return safeInjection(request, context);
}

function isInjected({ namespace }: Context): boolean {
  return namespace?.labels.get(INJECT_LABEL) === "enabled";
}

/** Whether another limit or another sleep could have had another result: a namespace may set both. */
function upToNamespace({ reason }: Exclude<Injection, Addition>): boolean {
  return reason === "over-limit" || reason === "unsafe-number";
}

/** core/v1 conversion.go (from 1.21): a pod made from a template with a negative grace has a grace of 1. */
function created(template: PodOrTemplate): PodOrTemplate {
  const { spec } = template;
  return { ...template, spec: { ...spec, graceSeconds: spec.graceSeconds && graceOf(spec) } };
}
