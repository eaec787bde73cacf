import type { Container, PodSpec } from "../../termination/pod.ts";
import { matchesContainer } from "../configuration/patterns.ts";
import type { Configuration } from "../model/configuration.ts";
import { ISTIO_INJECT, ISTIO_REVISION, LINKERD_INJECT } from "../model/keys.ts";
import type { MeshKey, Namespace } from "../model/namespace.ts";
import type { PodOrTemplate } from "../model/pod.ts";
import { KNOWN_PROXIES } from "./known.ts";

/**
 * The main containers that carry another container's traffic and have no preStop hook, so that they get their stop
 * signal at once.
 */
export function proxiesThatStopFirst(
  { containers }: PodSpec,
  configuration: Pick<Configuration, "containers">,
): readonly Container[] {
  const proxies = containers.filter(
    (container) =>
      KNOWN_PROXIES.has(container.name) || matchesContainer(configuration.containers.proxies, container),
  );
  return proxies.length === containers.length ? [] : proxies.filter(({ preStop }) => preStop === undefined);
}

/** The label or annotation that announces that a mesh will add its proxy to a pod. */
export interface Announcement {
  readonly on: "pod" | "namespace";
  readonly key: typeof ISTIO_INJECT | MeshKey;
}

/**
 * Finds the label or annotation that announces a proxy before the proxy is in the pod. A label or annotation of the pod
 * takes precedence over one of its namespace.
 */
export function announcement(
  { labels, annotations }: Pick<PodOrTemplate, "labels" | "annotations">,
  namespace: Namespace | undefined,
): Announcement | undefined {
  const istio = labels.get(ISTIO_INJECT) ?? annotations.get(ISTIO_INJECT);
  const linkerd = annotations.get(LINKERD_INJECT);
  if (istio === "true") return { on: "pod", key: ISTIO_INJECT };
  if (linkerd === "enabled" || linkerd === "ingress") return { on: "pod", key: LINKERD_INJECT };
  if (istio !== "false" && labels.has(ISTIO_REVISION)) return { on: "pod", key: ISTIO_REVISION };
  const key = namespace?.announcedBy;
  const refused = key === LINKERD_INJECT ? linkerd === "disabled" : istio === "false";
  return key === undefined || refused ? undefined : { on: "namespace", key };
}
