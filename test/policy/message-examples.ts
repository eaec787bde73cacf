import { DEFAULT_CONFIGURATION } from "../../src/policy/configuration/defaults.ts";
import { namespaceOf } from "../../src/policy/model/namespace.ts";
import { KNOWN_PROXIES } from "../../src/policy/proxies/known.ts";
import { podOf, shellHook } from "../reviews.ts";
import type { FindingExample } from "./finding-examples.ts";

/** Examples whose messages are tested, but which the documentation does not show. */

const GRACE = "terminationGracePeriodSeconds";

const limited = (seconds: number, more: Record<string, string> = {}) =>
  namespaceOf("shop", {}, { "gracekeeper.dev/max-grace-seconds": `${seconds}`, ...more });

const probed = (seconds: number) => ({
  ...shellHook("/drain.sh"),
  startupProbe: { [GRACE]: seconds },
});

const sleeping = (name: string, hook: "preStop" | "postStart" = "preStop") => ({
  name,
  lifecycle: { [hook]: { sleep: { seconds: 15 } } },
});

const PROXIES = {
  containers: { ...DEFAULT_CONFIGURATION.containers, proxies: [{ image: "registry.example.com/m" }] },
};

export const MESSAGE_EXAMPLES: readonly FindingExample[] = [
  {
    id: "stop-signal-unheard",
    title: "a trap that ignores the signal",
    manifest: podOf({ containers: [{ name: "web", command: ["sh", "-c", "trap '' TERM; ./web"] }] }),
  },
  {
    id: "bad-annotation",
    title: "two values",
    manifest: podOf(
      { containers: [{ name: "web" }] },
      {
        annotations: {
          "gracekeeper.dev/shutdown-seconds": "5m",
          "gracekeeper.dev/prestop-sleep-seconds": "0",
        },
      },
    ),
  },
  {
    id: "bad-annotation",
    title: "a label",
    manifest: podOf({ containers: [{ name: "web" }] }, { labels: { "gracekeeper.dev/inject": "no" } }),
  },
  {
    id: "bad-annotation",
    title: "what is right of the list stays",
    manifest: podOf(
      { containers: [shellHook("sleep 15"), shellHook("/drain.sh", "worker")] },
      { annotations: { "gracekeeper.dev/hook-seconds": "web=5,worker=10" } },
    ),
  },
  {
    id: "grace-over-limit",
    title: "no hook fits the limit",
    manifest: podOf({ [GRACE]: 60, containers: [shellHook("sleep 20")] }),
    namespace: limited(5),
    configuration: { maxGraceSeconds: 20 },
  },
  {
    id: "grace-zero",
    title: "two containers, one of them unknown",
    manifest: podOf({ [GRACE]: 0, containers: [shellHook("sleep 10"), shellHook("/drain.sh", "worker")] }),
  },
  {
    id: "hook-over-grace",
    title: "two containers",
    manifest: podOf({ containers: [shellHook("sleep 45"), shellHook("sleep 40", "worker")] }),
  },
  {
    id: "hook-over-grace",
    title: "known in part",
    manifest: podOf({ containers: [shellHook("sleep 45; /drain.sh")] }),
  },
  {
    id: "hook-over-grace",
    title: "several under a limit",
    manifest: podOf({
      containers: ["web", "worker", "log", "mail"].map((name) => shellHook("sleep 400", name)),
    }),
    namespace: limited(300),
  },
  {
    id: "hook-over-grace",
    title: "the limit of the configuration is too low for any hook",
    manifest: podOf({ [GRACE]: 10, containers: [shellHook("sleep 12")] }),
    configuration: { maxGraceSeconds: 10 },
  },
  {
    id: "no-shutdown-time",
    title: "two containers",
    manifest: podOf({ containers: [shellHook("sleep 30"), shellHook("sleep 30", "worker")] }),
  },
  {
    id: "hook-may-exceed",
    title: "two containers",
    manifest: podOf({ containers: [shellHook("timeout 60 /a"), shellHook("timeout 50 /a", "worker")] }),
  },
  {
    id: "hook-may-exceed",
    title: "a program in the middle",
    manifest: podOf({ containers: [shellHook("kill -QUIT 1; sleep 40; /opt/x; sleep 20; /opt/y")] }),
  },
  {
    id: "hook-may-exceed",
    title: "two containers without a known limit",
    manifest: podOf({
      containers: [shellHook("kill -QUIT 1; sleep 40; /a; /b; /c"), shellHook("timeout 50 /a; /b", "worker")],
    }),
  },
  {
    id: "hook-may-exceed",
    title: "no program to name",
    manifest: podOf({ containers: [shellHook("kill -QUIT 1; timeout 40 /a; $PROGRAM")] }),
  },
  {
    id: "hook-may-exceed",
    title: "under a limit",
    manifest: podOf({ containers: [shellHook("kill -QUIT 1; sleep 90; /opt/x")] }),
    namespace: limited(60),
  },
  {
    id: "shutdown-too-short",
    title: "two sidecars",
    manifest: podOf(
      {
        containers: [shellHook("sleep 5; true")],
        initContainers: ["log", "proxy"].map((name) => ({ name, restartPolicy: "Always" })),
      },
      { annotations: { "gracekeeper.dev/shutdown-seconds": "10" } },
    ),
  },
  {
    id: "shutdown-too-short",
    title: "two containers, and the pod asks",
    manifest: podOf(
      { containers: [shellHook("sleep 25"), shellHook("sleep 29", "worker")] },
      { annotations: { "gracekeeper.dev/shutdown-seconds": "10" } },
    ),
  },
  {
    id: "hook-cannot-run",
    title: "two containers",
    manifest: podOf({
      containers: ["web", "worker"].map((name) => ({
        name,
        lifecycle: { preStop: { tcpSocket: { port: 80 } } },
      })),
    }),
  },
  {
    id: "hook-cannot-run",
    title: "what was meant does not fit either",
    manifest: podOf({
      containers: [{ name: "web", lifecycle: { preStop: { exec: { command: ["sleep 45"] } } } }],
    }),
  },
  {
    id: "hook-does-nothing",
    title: "two containers, one of them unclear",
    manifest: podOf({
      containers: [
        { name: "web", lifecycle: { preStop: { exec: { command: ["sh", "-c", "exec", "sleep 5"] } } } },
        { name: "log", lifecycle: { preStop: { exec: { command: ["sh", "-c", "/a", '"b" c', "d"] } } } },
      ],
    }),
  },
  {
    id: "hook-does-nothing",
    title: "a line that does not parse, behind one that runs",
    manifest: podOf({ containers: [shellHook("/drain.sh\nif [ -f /ready ]; then sleep 5")] }),
  },
  {
    id: "hook-does-nothing",
    title: "two containers with a part that fails",
    manifest: podOf({
      containers: [shellHook("/a; sleep 5x"), shellHook("sleep; nginx -s quit", "log")],
    }),
  },
  {
    id: "hook-does-nothing",
    title: "how the words go together is not clear",
    manifest: podOf({
      containers: [
        {
          name: "web",
          lifecycle: { preStop: { exec: { command: ["sh", "-c", "sleep 5;", "--all", "x"] } } },
        },
      ],
    }),
  },
  {
    id: "sleep-unsupported",
    title: "both hooks of two containers",
    manifest: podOf({ containers: [sleeping("web"), sleeping("worker", "postStart")] }),
    configuration: { kubernetesMinor: 29 },
  },
  {
    id: "sleep-unsupported",
    title: "a postStart",
    manifest: podOf({ containers: [sleeping("web", "postStart")] }),
    configuration: { kubernetesMinor: 28 },
  },
  {
    id: "probe-grace-short",
    title: "a hook of unknown length, and a startup probe",
    manifest: podOf({ containers: [probed(5)] }),
  },
  {
    id: "probe-grace-short",
    title: "two probes",
    manifest: podOf({ containers: [{ ...probed(5), livenessProbe: { [GRACE]: 2 } }] }),
  },
  {
    id: "sidecar-delays-job",
    title: "no longer than the grace",
    manifest: podOf({
      restartPolicy: "Never",
      containers: [{ name: "web" }],
      initContainers: [{ ...shellHook("sleep 45", "proxy"), restartPolicy: "Always" }],
    }),
  },
  {
    id: "hook-length-unknown",
    title: "two containers",
    manifest: podOf({ containers: [shellHook("/drain.sh"), shellHook("/drain.sh", "worker")] }),
  },
  {
    id: "hook-length-unknown",
    title: "declared for another container, and no room",
    manifest: podOf(
      { containers: [shellHook("sleep 25; /drain.sh"), shellHook("/drain.sh", "log")] },
      { annotations: { "gracekeeper.dev/hook-seconds": "log=3" } },
    ),
  },
  {
    id: "hook-length-unknown",
    title: "room only up to a limit",
    manifest: podOf({ containers: [shellHook("sleep 25; /drain.sh")] }),
    namespace: limited(50),
  },
  {
    id: "hook-missing",
    title: "two containers before 1.33",
    manifest: podOf({
      containers: ["web", "worker"].map((name) => ({ name, ports: [{ containerPort: 80 }] })),
    }),
    configuration: { kubernetesMinor: 32 },
  },
  {
    id: "hook-missing",
    title: "under a limit",
    manifest: podOf({ [GRACE]: 15, containers: [{ name: "web", ports: [{ containerPort: 80 }] }] }),
    namespace: limited(16),
  },
  {
    id: "proxy-stops-first",
    title: "the proxy of Consul",
    manifest: podOf({
      containers: [
        shellHook("sleep 10"),
        { name: "consul-dataplane", args: ["-shutdown-grace-period-seconds=5"] },
      ],
    }),
  },
  {
    id: "proxy-stops-first",
    title: "a proxy of the configuration",
    manifest: podOf({
      containers: [shellHook("sleep 10"), { name: "mesh", image: "registry.example.com/m" }],
    }),
    configuration: PROXIES,
  },
  {
    id: "proxy-stops-first",
    title: "every known proxy, and one of the configuration",
    manifest: podOf({
      containers: [
        shellHook("sleep 40"),
        ...[...KNOWN_PROXIES.keys(), "mesh"].map((name) => ({ name, image: "registry.example.com/m" })),
      ],
      [GRACE]: 60,
    }),
    configuration: PROXIES,
  },
  {
    id: "poststart-holds-stop",
    title: "longer than the grace",
    manifest: podOf({
      [GRACE]: 10,
      containers: [{ name: "web", lifecycle: { postStart: { exec: { command: ["sleep", "20"] } } } }],
    }),
  },
  {
    id: "use-native-sleep",
    title: "two containers",
    manifest: podOf({ containers: [shellHook("sleep 5"), shellHook("sleep 5", "worker")] }),
  },
  {
    id: "bad-namespace-value",
    title: "two values",
    manifest: podOf({ containers: [{ name: "web" }] }),
    namespace: namespaceOf(
      "shop",
      { "gracekeeper.dev/inject": "yes" },
      { "gracekeeper.dev/shutdown-seconds": "10s" },
    ),
  },
];
