import type { SkipCause } from "../injection/skip.ts";
import type { NoSleepAction } from "../injection/sleep-action.ts";
import { INJECT_LABEL, INJECTED } from "../model/keys.ts";
import { limitName } from "./names.ts";

/** Why a pod is left alone, for the audit annotation, explain and the log. */
export function skipText(skip: SkipCause): string {
  switch (skip.reason) {
    case "mirror-pod":
      return "a static pod is changed on its node, not here";
    case "opted-out":
      return `pod label ${INJECT_LABEL}: disabled`;
    case "owner":
      return `pods of a ${skip.owner} are left alone`;
    case "runs-to-completion":
      return `restartPolicy ${skip.restartPolicy}: the pod ends by itself`;
    case "grace-too-short":
      return `grace ${skip.graceSeconds}: the pod asks to be killed at once`;
    case "beside-proxy":
      return `${proxyText(skip.proxy)}, and inject.besideProxies is Skip`;
    case "has-hook":
      return "every container has a preStop hook";
    case "no-ports":
      return "no container without a preStop hook names a port, and the configuration asks for one";
    case "not-ours":
      return skip.others === 0
        ? `only ${skip.container} is without a preStop hook, and it is not the pod author's`
        : `only ${skip.container} and ${skip.others} more are without a preStop hook, and they are not the pod author's`;
    case "owner-may-compare":
      return `pods of ${skip.owner} may be compared by their operator; add it to inject.owners if they are not`;
    case "bad-annotation":
      return `annotation ${skip.key} cannot be read`;
    case "sleep-action":
      return noSleepActionText(skip.cause);
    case "unsafe-number":
      return "the grace period is too large a number to add to";
    case "applied-grace":
      return `a sleep of ${skip.sleepSeconds}s needs a grace of ${skip.neededSeconds}s, and ${skip.graceSeconds}s was applied: it cannot be raised, or the next apply would fail`;
    case "over-limit":
      return `a sleep of ${skip.sleepSeconds}s needs a grace of ${skip.graceSeconds}s, above ${limitName(skip.limit)}`;
    case "already-added":
      return "every container has a preStop hook, and the grace holds our sleep";
    case "annotations-full":
      return `annotation ${INJECTED} does not fit: all annotations of a pod together may have 256 KiB`;
    case "would-be-denied":
      return `with a sleep of ${skip.sleepSeconds}s it would be denied: ${skip.rule}`;
    default:
      return skip satisfies never;
  }
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
      return `nodes under Kubernetes 1.${cause.kubernetesMinor} may be too old for the sleep action: if none is, set sleepAction: Native`;
    default:
      return cause satisfies never;
  }
}
