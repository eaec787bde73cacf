import type { SkipCause } from "../injection/skip.ts";
import type { NoSleepAction } from "../injection/sleep-action.ts";
import { INJECT_LABEL, INJECTED } from "../model/keys.ts";
import { limitName } from "./names.ts";

type TextByReason = {
  readonly [Reason in SkipCause["reason"]]: (skip: SkipCause & { readonly reason: Reason }) => string;
};

const TEXTS: TextByReason = {
  "mirror-pod": () => "a static pod is changed on its node, not here",
  "opted-out": () => `pod label ${INJECT_LABEL}: disabled`,
  owner: ({ owner }) => `pods of a ${owner} are left alone`,
  "runs-to-completion": ({ restartPolicy }) => `restartPolicy ${restartPolicy}: the pod ends by itself`,
  "grace-too-short": ({ graceSeconds }) => `grace ${graceSeconds}: the pod asks to be killed at once`,
  "beside-proxy": ({ proxy }) => `${proxyText(proxy)}, and inject.besideProxies is Skip`,
  "has-hook": () => "every container has a preStop hook",
  "no-ports": () => "no container without a preStop hook names a port, and the configuration asks for one",
  "not-ours": ({ container, others }) =>
    others === 0
      ? `only ${container} is without a preStop hook, and that container is not the pod author's`
      : `only ${container} and ${others} more are without a preStop hook, and those containers are not the pod author's`,
  "owner-may-compare": ({ owner }) =>
    `the operator of ${owner} may replace a changed pod; if it does not, add ${owner} to inject.owners`,
  "bad-annotation": ({ key }) => `annotation ${key} cannot be read`,
  "sleep-action": ({ cause }) => noSleepActionText(cause),
  "unsafe-number": () => "the grace period is too large a number to add to",
  "applied-grace": ({ sleepSeconds, neededSeconds, graceSeconds }) =>
    `a sleep of ${sleepSeconds}s needs a grace of ${neededSeconds}s, but an apply set ${graceSeconds}s: with another value the next apply would fail`,
  "over-limit": ({ sleepSeconds, graceSeconds, limit }) =>
    `a sleep of ${sleepSeconds}s needs a grace of ${graceSeconds}s, above ${limitName(limit)}`,
  "already-added": () => "every container has a preStop hook, and the grace has room for our sleep",
  "annotations-full": () =>
    `annotation ${INJECTED} does not fit: all annotations of a pod together may have 256 KiB`,
  "would-be-denied": ({ sleepSeconds, rule }) =>
    `with a sleep of ${sleepSeconds}s it would be denied: ${rule}`,
};

/** Why a pod gets no sleep, for the audit annotation, explain and the log. */
export function skipText(skip: SkipCause): string {
  return (TEXTS[skip.reason] as (one: SkipCause) => string)(skip);
}

function proxyText(proxy: Extract<SkipCause, { readonly reason: "beside-proxy" }>["proxy"]): string {
  return "container" in proxy
    ? `${proxy.container} carries the app's traffic and gets its stop signal at once`
    : `${proxy.key} on the ${proxy.on} announces a proxy`;
}

/** Why no pod gets a sleep under this configuration, and what to do. */
export function noSleepActionText(cause: NoSleepAction): string {
  switch (cause.code) {
    case "off":
      return "sleepAction is Off";
    case "version-unknown":
      return "the version of Kubernetes is not known: set kubernetesVersion in the configuration";
    case "not-supported":
      return `Kubernetes 1.${cause.kubernetesMinor} has no sleep action: upgrade, or set sleepAction: Exec`;
    case "nodes-too-old":
      return `nodes of a Kubernetes 1.${cause.kubernetesMinor} cluster may be too old for the sleep action: if none is, set sleepAction: Native`;
    default:
      return cause satisfies never;
  }
}
