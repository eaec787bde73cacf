import { buildFacts } from "../assess/build-facts.ts";
import { firstDenial } from "../assess/evaluate.ts";
import type { RequestContext } from "../model/context.ts";
import { INJECTED } from "../model/keys.ts";
import type { PodOrTemplate } from "../model/pod.ts";
import type { Settings } from "../settings/resolve.ts";
import { type Addition, type Injection, type InjectionRequest, injection } from "./decide.ts";
import { injectedAnnotation } from "./record.ts";

/**
 * Decides on the injection. A pod is skipped if it is allowed without the sleep, but would be denied with it.
 *
 * With the default actions the sleep never causes a denial, because the grace period grows by as much as the added hook
 * takes. With other actions the sleep may cause a denial: `probe-grace-short: Deny` denies a pod whose probe has its
 * own grace period, which injection does not raise.
 */
export function guardedInjection(request: InjectionRequest, context: RequestContext): Injection {
  const result = injection(request);
  if (result.kind === "skipped" || context.configuration.actions.size === 0) return result;
  const { subject, settings } = request;
  if (denyingRule(subject, settings, context) !== undefined) return result;
  const rule = denyingRule(withInjection(subject, result), settings, context);
  if (rule === undefined) return result;
  const { sleepSeconds } = result.injected;
  return { kind: "skipped", reason: "would-be-denied", sleepSeconds, rule };
}

/** The pod, or the pods of the template, after the injection. */
export function withInjection(
  subject: PodOrTemplate,
  { containers, handler, injected }: Addition,
): PodOrTemplate {
  const added = new Set(containers);
  return {
    ...subject,
    annotations: new Map(subject.annotations).set(INJECTED, injectedAnnotation(injected)),
    spec: {
      ...subject.spec,
      graceSeconds: injected.graceAfter,
      containers: subject.spec.containers.map((container) =>
        added.has(container.name) && container.preStop === undefined
          ? { ...container, preStop: handler }
          : container,
      ),
    },
  };
}

/** The id of the rule that would deny the pod in mode enforce; undefined if no rule would. */
function denyingRule(
  subject: PodOrTemplate,
  settings: Settings,
  context: RequestContext,
): string | undefined {
  const facts = buildFacts({ subject, settings, settled: true }, context);
  return firstDenial(facts, context.configuration)?.id;
}
