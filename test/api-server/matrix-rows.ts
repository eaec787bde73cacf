import type { KubernetesObject } from "./objects.ts";

type Action = "Deny" | "Warn" | "Audit";

/** A pod with at most one finding, and the specified result. */
export interface Row {
  /** The expected finding; undefined for a pod without findings. */
  readonly id: string | undefined;
  /** How this pod differs from other pods of the matrix with the same finding. */
  readonly title?: string;
  /** The default action of the finding. */
  readonly action: Action;
  readonly spec: KubernetesObject;
  readonly annotations?: Readonly<Record<string, string>>;
  /** A special namespace: one with a bad value, or with injection. */
  readonly where?: "bad" | "injected";
  /**
   * Before this minor version the API server refuses the sleep action of the hook; ALWAYS if every version refuses it.
   */
  readonly sleepRefusedBefore?: number;
  /** The finding occurs only with this restart policy. A template with another policy is refused, or has no finding. */
  readonly restartPolicy?: "Always" | "Never";
  /** The first minor version on which the finding occurs. */
  readonly since?: number;
}

const ALWAYS = Number.POSITIVE_INFINITY;

/** The first version with the sleep action. */
const SLEEP = 30;

const SLEEP_OF_ZERO = 33;
const SLEEP_EVERYWHERE = 33;

const IMAGE = "registry.example.com/web:1";

const shell = (text: string) => ({ preStop: { exec: { command: ["sh", "-c", text] } } });
const exec = (...command: readonly string[]) => ({ preStop: { exec: { command } } });
const sleep = (seconds: number) => ({ preStop: { sleep: { seconds } } });

function spec(grace: number, lifecycle?: KubernetesObject, more: KubernetesObject = {}): KubernetesObject {
  return {
    terminationGracePeriodSeconds: grace,
    containers: [{ name: "web", image: IMAGE, ...(lifecycle && { lifecycle }), ...more }],
  };
}

/** A hook without any finding: it is long enough, and not a plain `sleep`, which use-native-sleep would report. */
const FITS = shell("sleep 5; nginx -s quit");

const SHUTDOWN_SECONDS = "gracekeeper.dev/shutdown-seconds";

/** The limit in the namespaces of the matrix, in seconds. */
export const LIMIT = 120;

export const ROWS: readonly Row[] = [
  { id: "bad-annotation", action: "Deny", spec: spec(30, FITS), annotations: { [SHUTDOWN_SECONDS]: "soon" } },
  {
    id: "bad-annotation",
    title: "harmless",
    action: "Warn",
    spec: spec(30, FITS),
    annotations: { "gracekeeper.dev/hook-second": "web=5" },
  },
  { id: "grace-over-limit", action: "Deny", spec: spec(LIMIT + 1) },
  { id: "grace-zero", action: "Deny", spec: spec(0, FITS) },
  { id: "hook-over-grace", action: "Deny", spec: spec(30, shell("sleep 45; nginx -s quit")) },
  {
    id: "hook-over-grace",
    title: "native",
    action: "Deny",
    spec: spec(30, sleep(45)),
    sleepRefusedBefore: ALWAYS,
  },
  { id: "no-shutdown-time", action: "Deny", spec: spec(30, shell("sleep 30; nginx -s quit")) },
  {
    id: "no-shutdown-time",
    title: "native",
    action: "Deny",
    spec: spec(30, sleep(30)),
    sleepRefusedBefore: SLEEP,
  },
  { id: "hook-may-exceed", action: "Warn", spec: spec(30, exec("timeout", "40", "/drain.sh")) },
  { id: "shutdown-too-short", action: "Warn", spec: spec(30, shell("sleep 29; nginx -s quit")) },
  {
    id: "shutdown-too-short",
    title: "2 s left",
    action: "Audit",
    spec: spec(30, shell("sleep 28; nginx -s quit")),
  },
  {
    id: "shutdown-too-short",
    title: "asked for",
    action: "Deny",
    spec: spec(30, shell("sleep 25; nginx -s quit")),
    annotations: { [SHUTDOWN_SECONDS]: "10" },
  },
  { id: "hook-cannot-run", action: "Warn", spec: spec(30, exec("sleep 20")) },
  {
    id: "hook-does-nothing",
    action: "Warn",
    spec: spec(30, exec("sh", "-c", "sleep 15", "&&", "nginx -s quit")),
  },
  // An API server that supports the sleep action causes no finding. An older API server refuses a pod with a sleep
  // action, so only a template reaches the webhook.
  {
    id: "sleep-unsupported",
    action: "Warn",
    spec: spec(30, sleep(5)),
    sleepRefusedBefore: SLEEP,
    since: ALWAYS,
  },
  {
    id: "sleep-unsupported",
    title: "of 0",
    action: "Warn",
    spec: spec(30, sleep(0)),
    sleepRefusedBefore: SLEEP_OF_ZERO,
    since: ALWAYS,
  },
  {
    id: "probe-grace-short",
    action: "Warn",
    spec: spec(60, shell("sleep 20; nginx -s quit"), {
      livenessProbe: { httpGet: { path: "/live", port: 8080 }, terminationGracePeriodSeconds: 10 },
    }),
  },
  {
    id: "sidecar-delays-job",
    action: "Warn",
    restartPolicy: "Never",
    spec: {
      ...spec(60),
      restartPolicy: "Never",
      initContainers: [
        {
          name: "proxy",
          image: IMAGE,
          restartPolicy: "Always",
          lifecycle: shell("sleep 20; nginx -s quit"),
        },
      ],
    },
  },
  { id: "hook-length-unknown", action: "Audit", spec: spec(30, exec("/drain.sh")) },
  {
    id: "hook-missing",
    action: "Audit",
    restartPolicy: "Always",
    spec: spec(30, undefined, { ports: [{ containerPort: 8080 }] }),
  },
  {
    id: "proxy-stops-first",
    action: "Audit",
    spec: {
      terminationGracePeriodSeconds: 30,
      containers: [
        { name: "web", image: IMAGE, lifecycle: FITS },
        { name: "istio-proxy", image: IMAGE },
      ],
    },
  },
  {
    id: "stop-signal-unheard",
    action: "Warn",
    restartPolicy: "Always",
    spec: spec(30, shell("sleep 5; true"), {
      command: ["sleep", "infinity"],
      ports: [{ containerPort: 80 }],
    }),
  },
  {
    id: "poststart-holds-stop",
    action: "Audit",
    spec: spec(30, { postStart: { exec: { command: ["/warm-up.sh"] } } }),
  },
  { id: "use-native-sleep", action: "Audit", spec: spec(30, exec("sleep", "5")), since: SLEEP_EVERYWHERE },
  { id: "bad-namespace-value", action: "Warn", spec: spec(30, FITS), where: "bad" },
  { id: "sleep-added", action: "Warn", spec: spec(30), where: "injected", since: SLEEP_EVERYWHERE },
  { id: undefined, action: "Audit", spec: spec(30, FITS) },
];
