import { goSeconds } from "../../hook/programs/duration.ts";
import type { Container } from "../../termination/pod.ts";
import { plainNumber } from "../messages/seconds.ts";

/** A proxy that is known to carry the traffic of the app beside it. */
export interface KnownProxy {
  /**
   * Seconds it goes on after its stop signal, which as a main container without a hook it gets at once. Infinite where it
   * may wait for the app, and where what is set cannot be read.
   */
  goesOnFor(proxy: Container, annotations: ReadonlyMap<string, string>): number;
  /** The setting with which it goes on for these seconds, or as long as the app. */
  setting(seconds: number): ProxySetting;
}

/** An annotation of the pod, or a word in the args of the proxy. */
export type ProxySetting = (
  | { readonly annotation: string; readonly value: string }
  | { readonly argument: string }
) & {
  /** Another way, after `or`. */
  readonly or: string;
};

const NATIVE = "make it a native sidecar";

/** istio 1.32, pkg/config/mesh/mesh.go `DefaultProxyConfig`: terminationDrainDuration. */
const ISTIO_DRAIN_SECONDS = 5;

/** From 1.24 on. Since 1.27 the default where every node is 1.33 or later (pkg/kube/inject/webhook.go `DetectNativeSidecar`). */
const ISTIO_NATIVE = "sidecar.istio.io/nativeSidecar";

/** Keys of ProxyConfig, in this annotation or in the variable PROXY_CONFIG; proxyMetadata becomes variables of the proxy. */
const ISTIO_CONFIG = "proxy.istio.io/config";
const ISTIO_WAIT = "EXIT_ON_ZERO_ACTIVE_CONNECTIONS";
const ISTIO_DRAIN = "terminationDrainDuration";

/** Linkerd 2.20, pkg/k8s/labels.go: the last name is the oldest. 2.19 reads only the older two, so the second fits both. */
const LINKERD_NATIVE = "config.linkerd.io/proxy-enable-native-sidecar";
const LINKERD_NATIVE_BETA = "config.beta.linkerd.io/proxy-enable-native-sidecar";
const LINKERD_NATIVE_ALPHA = "config.alpha.linkerd.io/proxy-enable-native-sidecar";

/** Kuma 3.0, pkg/config/app/kuma-dp/config.go: DrainTime. */
const KUMA_DRAIN_SECONDS = 30;
const KUMA_DRAIN = "kuma.io/sidecar-drain-time";

/** consul-k8s 2.1, control-plane/connect-inject/constants/annotations_and_labels.go. */
const CONSUL_GRACE = "consul.hashicorp.com/sidecar-proxy-lifecycle-shutdown-grace-period-seconds";

/**
 * By the name of the container. Each is read from its source:
 *
 * - istio-proxy: istio 1.32, pkg/envoy/agent.go `terminate`: stops accepting connections from outside, goes on for
 *   terminationDrainDuration, then ends. With EXIT_ON_ZERO_ACTIVE_CONNECTIONS it looks from 5 s on (MINIMUM_DRAIN_DURATION)
 *   once a second, and ends when there are no connections: an app that has none for a moment still loses it.
 * - linkerd-proxy: linkerd.io/2/tasks/graceful-shutdown (2.20): refuses new requests at once. A native sidecar by default
 *   since edge-26.5.2 (2026-05-12). proxy-wait-before-exit-seconds gives it a preStop sleep; the app's must be shorter.
 * - kuma-sidecar: Kuma 3.0, app/kuma-dp/cmd/run.go: fails its health checks, and goes on for the drain time. A native sidecar
 *   since 2.14, on Kubernetes 1.29 and later (UPGRADE.md).
 * - consul-dataplane: consul-dataplane 2.0, pkg/consuldp/lifecycle.go `gracefulShutdown`: requests of the app go on until the
 *   shutdown grace period is over. consul-k8s sets 30 s, the program alone has 0.
 * - cloud-sql-proxy: cloud-sql-proxy 2.25, internal/proxy/proxy.go `Close`: accepts connections until there are none, or the
 *   delay is over. Version 1 calls it term_timeout (migration-guide.md).
 */
export const KNOWN_PROXIES: ReadonlyMap<string, KnownProxy> = new Map<string, KnownProxy>([
  [
    "istio-proxy",
    {
      goesOnFor: ({ env }, annotations) => {
        const configs = [annotations.get(ISTIO_CONFIG), env.get("PROXY_CONFIG")];
        const says = (key: string): boolean => configs.some((config) => config?.includes(key));
        const waits = isOn(annotations, ISTIO_NATIVE) || env.has(ISTIO_WAIT) || says(ISTIO_WAIT);
        return waits || says(ISTIO_DRAIN) ? Number.POSITIVE_INFINITY : ISTIO_DRAIN_SECONDS;
      },
      setting: () => ({
        annotation: ISTIO_NATIVE,
        value: "true",
        or: `proxyMetadata ${ISTIO_WAIT}: "true" in annotation ${ISTIO_CONFIG}`,
      }),
    },
  ],
  [
    "linkerd-proxy",
    {
      goesOnFor: (_, annotations) =>
        [LINKERD_NATIVE, LINKERD_NATIVE_BETA, LINKERD_NATIVE_ALPHA].some((key) => isOn(annotations, key))
          ? Number.POSITIVE_INFINITY
          : 0,
      setting: (seconds) => ({
        annotation: LINKERD_NATIVE_BETA,
        value: "true",
        or: `annotation config.alpha.linkerd.io/proxy-wait-before-exit-seconds: "${plainNumber(seconds)}"`,
      }),
    },
  ],
  [
    "kuma-sidecar",
    {
      goesOnFor: (proxy, annotations) =>
        secondsIn(
          [
            annotations.get(KUMA_DRAIN),
            flag(proxy, "drain-time"),
            variable(proxy, "KUMA_DATAPLANE_DRAIN_TIME"),
          ],
          KUMA_DRAIN_SECONDS,
        ),
      setting: (seconds) => ({ annotation: KUMA_DRAIN, value: `${plainNumber(seconds)}s`, or: NATIVE }),
    },
  ],
  [
    "consul-dataplane",
    {
      goesOnFor: (proxy, annotations) =>
        secondsIn([
          annotations.get(CONSUL_GRACE),
          flag(proxy, "shutdown-grace-period-seconds"),
          variable(proxy, "DP_SHUTDOWN_GRACE_PERIOD_SECONDS"),
          flag(proxy, "config-file"),
        ]),
      setting: (seconds) => ({ annotation: CONSUL_GRACE, value: plainNumber(seconds), or: NATIVE }),
    },
  ],
  [
    "cloud-sql-proxy",
    {
      goesOnFor: (proxy) =>
        secondsIn([
          flag(proxy, "term_timeout"),
          flag(proxy, "max-sigterm-delay"),
          variable(proxy, "CSQL_PROXY_MAX_SIGTERM_DELAY"),
          flag(proxy, "min-sigterm-delay"),
          variable(proxy, "CSQL_PROXY_MIN_SIGTERM_DELAY"),
          flag(proxy, "config-file"),
          variable(proxy, "CSQL_PROXY_CONFIG_FILE"),
        ]),
      setting: (seconds) => ({ argument: `--max-sigterm-delay=${plainNumber(seconds)}s`, or: NATIVE }),
    },
  ],
]);

/** Annotations of others that decide whether a finding is there. */
export const PROXY_ANNOTATIONS: readonly string[] = [
  ISTIO_NATIVE,
  ISTIO_CONFIG,
  LINKERD_NATIVE,
  LINKERD_NATIVE_BETA,
  LINKERD_NATIVE_ALPHA,
  KUMA_DRAIN,
  CONSUL_GRACE,
];

function isOn(annotations: ReadonlyMap<string, string>, key: string): boolean {
  return annotations.get(key) === "true";
}

/** What a flag is set to: its last value; the whole word where the flag is inside a text. */
function flag({ command, args }: Container, name: string): string | undefined {
  const words = [...command, ...args];
  return words
    .flatMap((word, index) => {
      const [head = "", ...value] = word.split("=");
      if (!head.includes(`-${name}`)) return [];
      return value.length > 0 ? value.join("=") : (words[index + 1] ?? "");
    })
    .at(-1);
}

/** Empty where the value of the variable comes from elsewhere. */
function variable({ env }: Container, name: string): string | undefined {
  return env.has(name) ? (env.get(name) ?? "") : undefined;
}

/** A day. A longer number is not printed, for it may be no time at all: the value of a variable may be a secret. */
const LONGEST_SECONDS = 86_400;

/** The first text that is there, as a number of seconds or a Go duration; infinite where it is neither. */
function secondsIn(texts: readonly (string | undefined)[], unset = 0): number {
  const text = texts.find((one) => one !== undefined);
  if (text === undefined) return unset;
  const seconds = /^\d+$/.test(text) ? Number(text) : goSeconds(text);
  return seconds !== undefined && seconds <= LONGEST_SECONDS ? seconds : Number.POSITIVE_INFINITY;
}
