import { assess, type PodAssessment, readAllHooks } from "../policy/assess/assess.ts";
import { matchesAny } from "../policy/configuration/patterns.ts";
import { type Action, weaker } from "../policy/model/action.ts";
import type { Context, RequestContext } from "../policy/model/context.ts";
import { VALIDATE_LABEL } from "../policy/model/keys.ts";
import { type Namespace, SILENT_NAMESPACE } from "../policy/model/namespace.ts";
import type { LocatedPod, PodOrTemplate } from "../policy/model/pod.ts";
import { atMost } from "./validate.ts";

/** The context for the manifests of one input. */
export interface ManifestContext extends Pick<Context, "configuration" | "readHooks"> {
  /** The namespaces that the input declares, by name. In any other one the mode is enforce, and nothing is injected. */
  readonly namespaces: ReadonlyMap<string, Namespace>;
}

export interface ManifestDecision {
  readonly request: RequestContext;
  /** The findings with their actions in the namespace, without those that are off there. */
  readonly assessed: readonly PodAssessment[];
  /** The strongest action there. */
  readonly ceiling: Action;
}

/**
 * The decision of the webhook on the pods and templates of an object, before anything is applied. Templates are always
 * included, because their pods would be denied.
 *
 * @param name of the namespace in the object; empty if it does not name one.
 */
export function decideManifest(
  pods: readonly LocatedPod[],
  name: string,
  { configuration, readHooks, namespaces }: ManifestContext,
): ManifestDecision {
  const namespace = namespaces.get(name) ?? SILENT_NAMESPACE;
  const isExempt = matchesAny(configuration.exempt.namespaces, name);
  const ceiling = isExempt ? "Off" : ceilingOf(namespace, pods);
  const request = readAllHooks({ configuration, readHooks, namespace }, pods);
  const assessed = assess({ pods, stage: "manifest" }, request).map((one) => ({
    ...one,
    findings: one.findings
      .map((found) => ({ ...found, action: weaker(found.action, ceiling) }))
      .filter(({ action }) => action !== "Off"),
  }));
  return { request, assessed, ceiling };
}

/** The strongest action in this namespace. A misspelt mode warns, as in a cluster. */
function ceilingOf({ labels }: Namespace, pods: readonly PodOrTemplate[]): Action {
  switch (labels.get(VALIDATE_LABEL)) {
    case "off":
      return "Off";
    case undefined:
    case "enforce":
      return atMost("enforce", pods);
    case "audit":
      return atMost("audit", pods);
    default:
      return atMost("warn", pods);
  }
}

/** Namespaces by their name. Of several with one name the first counts. */
export function byName(all: readonly Namespace[]): ReadonlyMap<string, Namespace> {
  return new Map([...all].reverse().map((namespace) => [namespace.name, namespace]));
}
