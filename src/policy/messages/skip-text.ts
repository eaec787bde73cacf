import type { SkipCause } from "../injection/skip.ts";
import type { NoSleepAction } from "../injection/sleep-action.ts";
import { INJECT_LABEL, INJECTED } from "../model/keys.ts";
import { limitName } from "./names.ts";

type TextByReason = {
  readonly [Reason in SkipCause["reason"]]: (skip: SkipCause & { readonly reason: Reason }) => string;
};

const TEXTS: TextByReason = {
  "mirror-pod": () => "a static pod can be changed only on its node",
  "opted-out": () => `pod label ${INJECT_LABEL}: disabled`,
  owner: ({ owner }) => `pods of a ${owner} are not changed`,
  "runs-to-completion": ({ restartPolicy }) => `restartPolicy ${restartPolicy}: the pod runs to completion`,
  "grace-too-short": ({ graceSeconds }) => `grace ${graceSeconds}: the pod asks for an immediate kill`,
  "beside-proxy": ({ proxy }) => `${proxyText(proxy)}, and inject.besideProxies is Skip`,
  "has-hook": () => "every container has a preStop hook",
  "no-ports": () =>
    "no container without a preStop hook declares a port, and the configuration requires a port",
  "not-ours": ({ container, others }) =>
    others === 0
      ? `only ${container} is without a preStop hook, and that container is not the pod author's`
      : `only ${container} and ${others} more are without a preStop hook, and those containers are not the pod author's`,
  "owner-may-compare": ({ owner }) =>
    `the operator of ${owner} may replace a changed pod; if it does not, add ${owner} to inject.owners`,
  "bad-annotation": ({ key }) => `annotation ${key} cannot be read`,
  "sleep-action": ({ cause }) => noSleepActionText(cause),
  "unsafe-number": () => "the grace period is too large to be raised",
  "applied-grace": ({ sleepSeconds, neededSeconds, graceSeconds }) =>
    `a sleep of ${sleepSeconds}s needs a grace of ${neededSeconds}s, but an apply set ${graceSeconds}s, and a change would make the next apply fail`,
  "over-limit": ({ sleepSeconds, graceSeconds, limit }) =>
    `a sleep of ${sleepSeconds}s needs a grace of ${graceSeconds}s, above ${limitName(limit)}`,
  "already-added": () =>
    "every container has a preStop hook, and the grace is long enough for the sleep of gracekeeper",
  "annotations-full": () =>
    `annotation ${INJECTED} does not fit: the annotations of a pod are limited to 256 KiB`,
  "would-be-denied": ({ sleepSeconds, rule }) =>
    `with a sleep of ${sleepSeconds}s the pod would be denied: ${rule}`,
};

/** The message that says why a pod gets no sleep, for the audit annotation, explain and the log. */
export function skipText(skip: SkipCause): string {
  return (TEXTS[skip.reason] as (one: SkipCause) => string)(skip);
}

function proxyText(proxy: Extract<SkipCause, { readonly reason: "beside-proxy" }>["proxy"]): string {
  return "container" in proxy
    ? `${proxy.container} carries the app's traffic and gets its stop signal at once`
    : `${proxy.key} on the ${proxy.on} announces a proxy`;
}

/** The message that says why no pod gets a sleep under this configuration, and what to do. */
export function noSleepActionText(cause: NoSleepAction): string {
  switch (cause.code) {
    case "off":
      return "sleepAction is Off";
    case "version-unknown":
      return "the version of Kubernetes is not known: set kubernetesVersion in the configuration";
    case "not-supported":
      return `Kubernetes 1.${cause.kubernetesMinor} has no sleep action: upgrade, or set sleepAction: Exec`;
    case "nodes-too-old":
      return `nodes of a Kubernetes 1.${cause.kubernetesMinor} cluster may be too old for the sleep action: if all nodes support it, set sleepAction: Native`;
    default:
      return cause satisfies never;
  }
}
