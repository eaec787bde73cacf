import { buildFacts } from "../assess/build-facts.ts";
import { evaluate } from "../assess/evaluate.ts";
import type { Finding } from "../model/finding.ts";
import type { PodOrTemplate } from "../model/pod.ts";
import type { Context } from "../model/pod-facts.ts";
import { withInjection } from "../with-injection.ts";
import { type Injection, type InjectionRequest, injection } from "./decide.ts";

/**
 * The injection, unless it would turn a pod that is let in into one that is denied.
 *
 * Under the default actions there is no such pod: the grace only grows, by as much as our hook takes. An owner who moves
 * findings to Deny can make one, such as `probe-grace-short` where a probe has a grace of its own: we cannot raise that.
 */
export function safeInjection(request: InjectionRequest, judgedBy: Context): Injection {
  const result = injection(request);
  if (result.kind === "skipped" || judgedBy.configuration.actions.size === 0) return result;
  if (denying(request.subject, judgedBy) !== undefined) return result;
  const made = denying(withInjection(request.subject, result), judgedBy);
  if (made === undefined) return result;
  const because = `with a sleep of ${result.injected.sleepSeconds}s it would be denied: ${made.id}`;
  return { kind: "skipped", reason: "would-be-denied", because };
}

function denying(subject: PodOrTemplate, judgedBy: Context): Finding | undefined {
  const { findings } = evaluate(
    buildFacts(subject, judgedBy, true),
    judgedBy.configuration,
    "after-validation",
  );
  return findings.find(({ action }) => action === "Deny");
}
