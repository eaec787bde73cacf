import { goSeconds } from "../../hook/programs/duration.ts";
import type { Container } from "../../termination/pod.ts";
import { plainNumber } from "../messages/seconds.ts";

/** A known proxy that carries the traffic of the app in the same pod. */
export interface KnownProxy {
  /**
   * The seconds that the proxy runs after its stop signal, which a main container without a hook gets at once. The time
   * is infinite if the proxy may wait for the app, or if the setting of the proxy cannot be read.
   */
  goesOnFor(proxy: Container, annotations: ReadonlyMap<string, string>): number;
  /** The setting that makes the proxy run for `seconds`, or as long as the app. */
  setting(seconds: number): ProxySetting;
}

/** An annotation of the pod, or an argument of the proxy. */
export type ProxySetting = (
  | { readonly annotation: string; readonly value: string }
  | { readonly argument: string }
) & {
  /** A second setting, which a message names after `or`. */
  readonly or: string;
};

const NATIVE = "make it a native sidecar";

/** The default of terminationDrainDuration (istio 1.32, pkg/config/mesh/mesh.go `DefaultProxyConfig`). */
const ISTIO_DRAIN_SECONDS = 5;

/**
 * Istio reads the annotation nativeSidecar since 1.24. Native sidecars are Istio's default since 1.27, if every node is
 * 1.33 or later (pkg/kube/inject/webhook.go `DetectNativeSidecar`).
 */
const ISTIO_NATIVE = "sidecar.istio.io/nativeSidecar";

/**
 * The annotation with Istio's ProxyConfig, which may also be in the variable PROXY_CONFIG. Entries of proxyMetadata in
 * the ProxyConfig become environment variables of the proxy.
 */
const ISTIO_CONFIG = "proxy.istio.io/config";
const ISTIO_WAIT = "EXIT_ON_ZERO_ACTIVE_CONNECTIONS";
const ISTIO_DRAIN = "terminationDrainDuration";

/**
 * Three names of the same annotation, the oldest name last (Linkerd 2.20, pkg/k8s/labels.go). Linkerd 2.19 reads only
 * the two older names, so the second name works in 2.19 and 2.20.
 */
const LINKERD_NATIVE = "config.linkerd.io/proxy-enable-native-sidecar";
const LINKERD_NATIVE_BETA = "config.beta.linkerd.io/proxy-enable-native-sidecar";
const LINKERD_NATIVE_ALPHA = "config.alpha.linkerd.io/proxy-enable-native-sidecar";

/** The default drain time of Kuma (Kuma 3.0, pkg/config/app/kuma-dp/config.go: DrainTime). */
const KUMA_DRAIN_SECONDS = 30;
const KUMA_DRAIN = "kuma.io/sidecar-drain-time";

/** Source: consul-k8s 2.1, control-plane/connect-inject/constants/annotations_and_labels.go. */
const CONSUL_GRACE = "consul.hashicorp.com/sidecar-proxy-lifecycle-shutdown-grace-period-seconds";

/**
 * The known proxies, by the name of the container. The facts come from the source code of each proxy.
 *
 * `istio-proxy` (istio 1.32, pkg/envoy/agent.go `terminate`): the proxy stops accepting connections from outside, runs
 * for terminationDrainDuration, and then ends. With EXIT_ON_ZERO_ACTIVE_CONNECTIONS, istio-proxy ends when there are no
 * connections, even if the app needs one later. istio-proxy checks its connections once a second, from 5 s on
 * (MINIMUM_DRAIN_DURATION).
 *
 * `linkerd-proxy` (linkerd.io/2/tasks/graceful-shutdown, 2.20): the proxy refuses new requests at once. Since
 * edge-26.5.2 (2026-05-12), linkerd-proxy is a native sidecar by default. The setting proxy-wait-before-exit-seconds
 * gives the proxy a preStop sleep, which must be longer than the sleep of the app.
 *
 * `kuma-sidecar` (Kuma 3.0, app/kuma-dp/cmd/run.go): the proxy fails its health checks, and runs for the drain time.
 * Since Kuma 2.14, kuma-sidecar is a native sidecar on Kubernetes 1.29 and later (UPGRADE.md).
 *
 * `consul-dataplane` (consul-dataplane 2.0, pkg/consuldp/lifecycle.go `gracefulShutdown`): requests of the app work
 * until the end of the shutdown grace period. The shutdown grace period is 30 s in consul-k8s; the default of
 * consul-dataplane is 0.
 *
 * `cloud-sql-proxy` (cloud-sql-proxy 2.25, internal/proxy/proxy.go `Close`): the proxy accepts connections until there
 * are none left, or until its delay is over. In cloud-sql-proxy 1, the delay is called term_timeout
 * (migration-guide.md).
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

/** Annotations of other projects that can change a finding. */
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

/** The value of a command-line flag; the last one, if the flag is repeated. */
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

/** The value of an environment variable; empty if the value is not a literal string. */
function variable({ env }: Container, name: string): string | undefined {
  return env.has(name) ? (env.get(name) ?? "") : undefined;
}

/** The seconds of a day. A number above a day may be a secret instead of a time, so the number is not printed. */
const LONGEST_SECONDS = 86_400;

/**
 * Reads the first string that is set, as a number of seconds or a Go duration. Any other string makes the result
 * infinite.
 */
function secondsIn(texts: readonly (string | undefined)[], unset = 0): number {
  const text = texts.find((one) => one !== undefined);
  if (text === undefined) return unset;
  const seconds = /^\d+$/.test(text) ? Number(text) : goSeconds(text);
  return seconds !== undefined && seconds <= LONGEST_SECONDS ? seconds : Number.POSITIVE_INFINITY;
}
