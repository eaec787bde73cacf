import { shutdownLeft } from "../assess/build-facts.ts";
import { fixText } from "../messages/fix-text.ts";
import { andMore } from "../messages/names.ts";
import { keyPath } from "../messages/quote.ts";
import { inSeconds } from "../messages/seconds.ts";
import type { Fix, FixText, Rule, Violation } from "../model/finding.ts";
import type { PodFacts, RunningContainer } from "../model/pod-facts.ts";
import { KNOWN_PROXIES, type ProxySetting } from "../proxies/known.ts";

interface ProxyEvidence {
  /** How long the proxy runs after its stop signal, and how long the app may take to end. */
  readonly goesOnSeconds: number;
  readonly neededSeconds: number;
  /** The setting that makes the proxy run longer; undefined for a proxy that the configuration names. */
  readonly setting: ProxySetting | undefined;
}

/**
 * proxy-stops-first: a proxy that carries the app's traffic ends before the app.
 *
 * Fields:  containers[] by name and image, their lifecycle.preStop, command, args and env; annotations of the meshes.
 * Allowed: the proxy as a native sidecar, with a preStop hook, or with a setting that makes it run as long as the app
 *          needs.
 * Unset:   each proxy's own default, in src/policy/proxies/known.ts.
 * Default: Audit. Warn if injection added a sleep, because the app has no connections during this sleep.
 * Source:  pkg/kubelet/kuberuntime/kuberuntime_container.go `killContainersWithSyncResult` (1.36): all main containers
 *          are stopped at the same time, each after its own hook. Sidecars are stopped after all main containers. The
 *          sources of the proxies are in known.ts.
 */
export const proxyStopsFirst: Rule<ProxyEvidence> = {
  id: "proxy-stops-first",
  action: "Audit",
  actionNote: "Warn where gracekeeper added a sleep",
  when: "a proxy that carries the app's traffic ends before the app, because the proxy is a main container without a hook",
  why: "All main containers are stopped at the same moment, and each hook delays only its own container. A proxy without a hook gets its stop signal at once. While the app sleeps in its hook or shuts down, its requests and database calls fail. A native sidecar is stopped after the main containers.",
  advice:
    "Make the proxy a native sidecar (an init container with `restartPolicy: Always`), as Istio from 1.27, Linkerd from 2.20 and Kuma from 2.14 do by default. Or use the proxy setting in the message. Istio also has `proxyMetadata: {EXIT_ON_ZERO_ACTIVE_CONNECTIONS: 'true'}` in the annotation `proxy.istio.io/config`. With `EXIT_ON_ZERO_ACTIVE_CONNECTIONS`, the proxy ends as soon as it has no connections, but not in the first 5 s. A pod with an injected proxy must be created again to get the new setting.",
  find: (pod) => {
    const slept = pod.containers.some(({ hook }) => hook?.addedByUs);
    const neededSeconds = neededBy(pod);
    return pod.proxies.flatMap((container) => {
      const { goesOnSeconds } = container;
      if (goesOnSeconds >= Math.min(neededSeconds, pod.graceSeconds)) return [];
      const setting = KNOWN_PROXIES.get(container.container.name)?.setting(neededSeconds);
      return [
        {
          container,
          path: container.path,
          fix: setting === undefined ? [] : [fixOf(setting, container, pod)],
          evidence: { goesOnSeconds, neededSeconds, setting },
          ...(slept && { action: "Warn" as const }),
        },
      ];
    });
  },
  describe: (found) => {
    const { goesOnSeconds, neededSeconds, setting } = found.evidence;
    const ends = `ends after ${inSeconds(goesOnSeconds)}`;
    const goes = goesOnSeconds === 0 ? "gets its stop signal at once" : ends;
    return {
      problem: `${goes}, but the app needs ${inSeconds(neededSeconds)}`,
      consequence: ", so the app's requests fail from then on",
      brief: goesOnSeconds === 0 ? "stops at once" : ends,
      fix: changes([found]),
      fixNote: setting === undefined ? "" : `, or ${setting.or}`,
    };
  },
  summarize: (all) => ({ headline: "end before the app that needs them", fix: changes(all) }),
};

/** The seconds until the last app has ended, if each hook takes the duration that its author seems to intend. */
function neededBy({ leastGrace, settings }: PodFacts): number {
  return Math.ceil(leastGrace - shutdownLeft(settings) + settings.shutdownSeconds);
}

function fixOf(setting: ProxySetting, { container, path }: RunningContainer, { subject }: PodFacts): Fix {
  return "argument" in setting
    ? {
        target: "pod",
        path: `${path}.args`,
        value: [...container.args, setting.argument],
        container: container.name,
      }
    : {
        target: "pod",
        path: keyPath(`${subject.metadataPath}.annotations`, setting.annotation),
        value: setting.value,
      };
}

/** The most characters for the changes that one message names. The first change is always named. */
const LISTED_CHARACTERS = 110;

/** Example: `add --max-sigterm-delay=20s to spec.containers[1].args`. */
function changes(all: readonly Violation<ProxyEvidence>[]): FixText {
  const { text } = andMore(all, changeOf, { separator: " and ", room: LISTED_CHARACTERS });
  return { denial: text, warning: text, names: "pod" };
}

function changeOf(found: Violation<ProxyEvidence>): string {
  const { setting } = found.evidence;
  if (setting === undefined)
    return "make the proxy a native sidecar: an init container with restartPolicy: Always";
  return "argument" in setting ? `add ${setting.argument} to ${found.path}.args` : fixText([found]).denial;
}
