import { assess, type PodAssessment, readAllHooks } from "../policy/assess/assess.ts";
import { matchesAny } from "../policy/configuration/patterns.ts";
import { type Action, weaker } from "../policy/model/action.ts";
import type { Context, RequestContext } from "../policy/model/context.ts";
import { VALIDATE_LABEL } from "../policy/model/keys.ts";
import { type Namespace, SILENT_NAMESPACE } from "../policy/model/namespace.ts";
import type { LocatedPod, PodOrTemplate } from "../policy/model/pod.ts";
import { atMost } from "./validate.ts";

/** The configuration and the namespaces for all manifests of one input. */
export interface ManifestContext extends Pick<Context, "configuration" | "readHooks"> {
  /**
   * The namespaces that the input declares, by name. Every other namespace has mode enforce, and nothing is injected
   * there.
   */
  readonly namespaces: ReadonlyMap<string, Namespace>;
}

export interface ManifestDecision {
  readonly request: RequestContext;
  /** The findings, each with its action in the namespace. Findings with action Off are left out. */
  readonly assessed: readonly PodAssessment[];
  /** The strongest action that the namespace allows. */
  readonly ceiling: Action;
}

/**
 * Decides about the pods and templates of a manifest as the webhook would after `kubectl apply`. Templates are always
 * checked, because the webhook would deny their pods.
 *
 * @param name of the namespace in the manifest; empty if the manifest names none.
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

/** The strongest action that the namespace allows; Warn for a misspelt mode, as in a cluster. */
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

/** Namespaces by name. If two namespaces have the same name, the first one is used. */
export function byName(all: readonly Namespace[]): ReadonlyMap<string, Namespace> {
  return new Map([...all].reverse().map((namespace) => [namespace.name, namespace]));
}
