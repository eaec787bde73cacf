import type { JsonObject } from "../../src/json.ts";
import type { Configuration } from "../../src/policy/model/configuration.ts";
import { type Namespace, namespaceOf } from "../../src/policy/model/namespace.ts";

/** A small, realistic manifest that has a certain finding. */
export interface FindingExample {
  /** The id of the finding. The manifest may have other findings, too. */
  readonly id: string;
  /** The difference from other examples of the same finding, such as `in a Deployment`. */
  readonly title: string;
  /** The manifest with apiVersion and kind. */
  readonly manifest: JsonObject;
  /** The namespace of the object; absent if the namespace does not matter. */
  readonly namespace?: Namespace;
  /** Differences from the default configuration on Kubernetes 1.37. */
  readonly configuration?: Partial<Configuration>;
}

const HOOK_SECONDS = "gracekeeper.dev/hook-seconds";
const SHUTDOWN_SECONDS = "gracekeeper.dev/shutdown-seconds";

function pod(spec: JsonObject, annotations?: JsonObject): JsonObject {
  const metadata = { name: "web", ...(annotations && { annotations }) };
  return { apiVersion: "v1", kind: "Pod", metadata, spec };
}

function container(preStop?: JsonObject, more: JsonObject = {}, name = "web"): JsonObject {
  const image = `registry.example.com/shop/${name}:1.4`;
  return { name, image, ...(preStop && { lifecycle: { preStop } }), ...more };
}

function exec(...command: readonly string[]): JsonObject {
  return { exec: { command } };
}

function shell(text: string): JsonObject {
  return exec("sh", "-c", text);
}

function sleep(seconds: number): JsonObject {
  return { sleep: { seconds } };
}

function sidecar(preStop: JsonObject): JsonObject {
  return container(preStop, { restartPolicy: "Always" }, "proxy");
}

function template(spec: JsonObject, annotations?: JsonObject): JsonObject {
  return { metadata: { labels: { app: "web" }, ...(annotations && { annotations }) }, spec };
}

function deployment(spec: JsonObject, annotations?: JsonObject): JsonObject {
  const selector = { matchLabels: { app: "web" } };
  const metadata = { name: "web" };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata,
    spec: { selector, template: template(spec, annotations) },
  };
}

function cronJob(spec: JsonObject): JsonObject {
  const jobTemplate = { spec: { template: template({ restartPolicy: "OnFailure", ...spec }) } };
  const metadata = { name: "report" };
  return { apiVersion: "batch/v1", kind: "CronJob", metadata, spec: { schedule: "0 4 * * *", jobTemplate } };
}

function shop(annotations: Record<string, string>, labels: Record<string, string> = {}): Namespace {
  return namespaceOf("shop", labels, annotations);
}

/** A proxy container that a mesh or the author of the pod adds beside the app. */
function proxy(name: string, more: JsonObject = {}): JsonObject {
  return { name, image: `registry.example.com/mesh/${name}:2.1`, ...more };
}

const GRACE = "terminationGracePeriodSeconds";
const PORTS = { ports: [{ containerPort: 8080 }] };
const DRAIN = shell("/drain.sh");
const WAIT_AND_QUIT = shell("sleep 45 && nginx -s quit");

/** Examples of every finding, in the order of messages. The first example of a finding is the simplest. */
export const FINDING_EXAMPLES: readonly FindingExample[] = [
  {
    id: "bad-annotation",
    title: "a unit",
    manifest: pod({ containers: [container(DRAIN)] }, { [HOOK_SECONDS]: "web=20sec" }),
  },
  {
    id: "bad-annotation",
    title: "a value that is not a number",
    manifest: pod({ containers: [container(sleep(5))] }, { [SHUTDOWN_SECONDS]: "soon" }),
  },
  {
    id: "bad-annotation",
    title: "a time that contradicts the hook",
    manifest: pod({ containers: [container(exec("sleep", "15"))] }, { [HOOK_SECONDS]: "web=5" }),
  },
  {
    id: "bad-annotation",
    title: "a container that does not exist",
    manifest: pod({ containers: [container(sleep(5))] }, { [HOOK_SECONDS]: "wbe=5" }),
  },
  {
    id: "bad-annotation",
    title: "a finding that may not be ignored",
    manifest: pod({ containers: [container(sleep(5))] }, { "gracekeeper.dev/ignore": "grace-over-limit" }),
  },
  {
    id: "bad-annotation",
    title: "a gracekeeper.dev key that does not exist",
    manifest: pod({ containers: [container(sleep(5))] }, { "gracekeeper.dev/hook-second": "web=5" }),
  },
  {
    id: "bad-annotation",
    title: "an annotation on the Deployment instead of its pod template",
    manifest: {
      ...deployment({ containers: [container(DRAIN)] }),
      metadata: { name: "web", annotations: { [HOOK_SECONDS]: "web=20" } },
    },
  },
  {
    id: "grace-over-limit",
    title: "the limit of a namespace",
    manifest: pod({ [GRACE]: 600, containers: [container(sleep(15))] }),
    namespace: shop({ "gracekeeper.dev/max-grace-seconds": "300" }),
  },
  {
    id: "grace-over-limit",
    title: "a hook that does not fit the limit",
    manifest: pod({ [GRACE]: 410, containers: [container(exec("sleep", "400"))] }),
    namespace: shop({ "gracekeeper.dev/max-grace-seconds": "300" }),
  },
  {
    id: "grace-over-limit",
    title: "the limit of the configuration, in a Deployment",
    manifest: deployment({ [GRACE]: 3600, containers: [container()] }),
    configuration: { maxGraceSeconds: 600 },
  },
  {
    id: "grace-zero",
    title: "a sleep",
    manifest: pod({ [GRACE]: 0, containers: [container(exec("sleep", "10"))] }),
  },
  {
    id: "grace-zero",
    title: "a script",
    manifest: pod({ [GRACE]: 0, containers: [container(DRAIN)] }),
  },
  {
    id: "grace-zero",
    title: "a hook that fails with any grace period",
    manifest: pod({ [GRACE]: 0, containers: [container({ tcpSocket: { port: 8080 } })] }),
  },
  {
    id: "grace-zero",
    title: "a negative value in a Deployment",
    manifest: deployment({ [GRACE]: -1, containers: [container(exec("sleep", "10"))] }),
  },
  {
    id: "grace-zero",
    title: "a StatefulSet without a hook",
    manifest: {
      ...deployment({ [GRACE]: 0, containers: [container(undefined, PORTS)] }),
      kind: "StatefulSet",
    },
  },
  {
    id: "grace-zero",
    title: "a pod without a hook",
    manifest: pod({ [GRACE]: 0, containers: [container()] }),
  },
  {
    id: "hook-over-grace",
    title: "a sleep before nginx stops",
    manifest: pod({ [GRACE]: 30, containers: [container(WAIT_AND_QUIT)] }),
  },
  {
    id: "hook-over-grace",
    title: "two containers of a Deployment",
    manifest: deployment({
      [GRACE]: 30,
      containers: [container(WAIT_AND_QUIT), container(exec("sleep", "40"), {}, "worker")],
    }),
  },
  {
    id: "hook-over-grace",
    title: "a hook that never ends",
    manifest: pod({ containers: [container(exec("sleep", "infinity"))] }),
  },
  {
    id: "hook-over-grace",
    title: "a limit on the namespace",
    manifest: pod({ containers: [container(exec("sleep", "400"))] }),
    namespace: shop({ "gracekeeper.dev/max-grace-seconds": "300" }),
  },
  {
    id: "hook-over-grace",
    title: "a hook of more than a day",
    manifest: pod({ containers: [container(exec("sleep", "604800"))] }),
  },
  {
    id: "hook-over-grace",
    title: "a pod with a sidecar",
    manifest: pod({
      containers: [container(exec("sleep", "35"))],
      initContainers: [sidecar(exec("true"))],
    }),
  },
  {
    id: "no-shutdown-time",
    title: "a sleep as long as the grace",
    manifest: pod({ [GRACE]: 30, containers: [container(sleep(30))] }),
  },
  {
    id: "hook-may-exceed",
    title: "a time limit above the grace",
    manifest: pod({ [GRACE]: 30, containers: [container(exec("timeout", "60", "/drain.sh"))] }),
  },
  {
    id: "hook-may-exceed",
    title: "a hook with a declared range, in a Deployment",
    manifest: deployment({ containers: [container(DRAIN)] }, { [HOOK_SECONDS]: "web=5-45" }),
  },
  {
    id: "hook-may-exceed",
    title: "a sleep, and a program without a time limit",
    manifest: pod({
      containers: [container(shell("nginx -s quit; sleep 60; curl -s http://registry/leave"))],
    }),
  },
  {
    id: "hook-may-exceed",
    title: "a sleep that the script may skip, in a Deployment",
    manifest: deployment({ containers: [container(shell("/drain || sleep 60"))] }),
  },
  {
    id: "shutdown-too-short",
    title: "no shutdown time is set",
    manifest: pod({ [GRACE]: 30, containers: [container(exec("sleep", "29"))] }),
  },
  {
    id: "shutdown-too-short",
    title: "no shutdown time is set, and the hook leaves at least 2 s",
    manifest: pod({ [GRACE]: 20, containers: [container(exec("sleep", "12"))] }),
  },
  {
    id: "shutdown-too-short",
    title: "a shutdown time in the configuration",
    manifest: pod({ [GRACE]: 20, containers: [container(exec("sleep", "12"))] }),
    configuration: { shutdownSeconds: 15 },
  },
  {
    id: "shutdown-too-short",
    title: "a sleep, and a program without a time limit",
    manifest: pod({
      containers: [container(shell("test -e /skip || sleep 25; curl -s http://registry/leave"))],
    }),
  },
  {
    id: "shutdown-too-short",
    title: "a shutdown time on the namespace",
    manifest: pod({ [GRACE]: 30, containers: [container(exec("sleep", "29"))] }),
    namespace: shop({ [SHUTDOWN_SECONDS]: "10" }),
  },
  {
    id: "shutdown-too-short",
    title: "a pod without a hook, and a shutdown time above its grace period",
    manifest: pod({ [GRACE]: 30, containers: [container()] }, { [SHUTDOWN_SECONDS]: "60" }),
  },
  {
    id: "shutdown-too-short",
    title: "a sidecar that stops late",
    manifest: pod({
      [GRACE]: 30,
      containers: [container(exec("sleep", "15"))],
      initContainers: [sidecar(sleep(5))],
    }),
  },
  {
    id: "hook-cannot-run",
    title: "a command in one word",
    manifest: pod({ containers: [container(exec("sleep 20"))] }),
  },
  {
    id: "hook-cannot-run",
    title: "a list in quotes",
    manifest: pod({ containers: [container(exec("[sleep, 20]"))] }),
  },
  {
    id: "hook-cannot-run",
    title: "text that does not parse",
    manifest: pod({ containers: [container(shell("sleep 20 && (nginx -s quit"))] }),
  },
  {
    id: "hook-cannot-run",
    title: "a tcpSocket",
    manifest: pod({ containers: [container({ tcpSocket: { port: 8080 } })] }),
  },
  {
    id: "hook-does-nothing",
    title: "words behind the text",
    manifest: pod({ containers: [container(exec("sh", "-c", "sleep 15", "&&", "nginx -s quit"))] }),
  },
  {
    id: "hook-does-nothing",
    title: "exec without a command",
    manifest: pod({ containers: [container(exec("sh", "-c", "exec", "sleep 15"))] }),
  },
  {
    id: "hook-does-nothing",
    title: "a sleep that always fails, beside another command",
    manifest: pod({ containers: [container(shell("/drain.sh; sleep 15sec"))] }),
  },
  {
    id: "hook-does-nothing",
    title: "a folded scalar that begins with a comment",
    manifest: pod({
      containers: [container(shell("# wait for the load balancer sleep 15 nginx -s quit\n"))],
    }),
  },
  {
    id: "sleep-unsupported",
    title: "Kubernetes 1.29",
    manifest: pod({ containers: [container(sleep(15))] }),
    configuration: { kubernetesMinor: 29 },
  },
  {
    id: "sleep-unsupported",
    title: "a sleep of 0",
    manifest: pod({ containers: [container(sleep(0))] }),
    configuration: { kubernetesMinor: 32 },
  },
  {
    id: "stop-signal-unheard",
    title: "a program that never listens",
    manifest: pod({ containers: [container(undefined, { command: ["tail", "-f", "/dev/null"], ...PORTS })] }),
  },
  {
    id: "stop-signal-unheard",
    title: "a shell that may stay PID 1, in a Deployment",
    manifest: deployment({
      containers: [container(undefined, { command: ["sh", "-c"], args: ["cd /srv && ./web"], ...PORTS })],
    }),
  },
  {
    id: "stop-signal-unheard",
    title: "a pipe",
    manifest: pod({ containers: [container(undefined, { command: ["bash", "-c", "./web | tee web.log"] })] }),
  },
  {
    id: "probe-grace-short",
    title: "a liveness probe cuts the hook off",
    manifest: pod({
      [GRACE]: 45,
      containers: [
        container(exec("sleep", "20"), {
          livenessProbe: { httpGet: { path: "/live", port: 8080 }, [GRACE]: 10 },
        }),
      ],
    }),
  },
  {
    id: "sidecar-delays-job",
    title: "a CronJob",
    manifest: cronJob({ containers: [container()], initContainers: [sidecar(sleep(15))] }),
  },
  {
    id: "hook-length-unknown",
    title: "a script",
    manifest: pod({ containers: [container(exec("/drain.sh"))] }),
  },
  {
    id: "hook-length-unknown",
    title: "an httpGet",
    manifest: pod({ containers: [container({ httpGet: { path: "/drain", port: 8080 } })] }),
  },
  {
    id: "hook-length-unknown",
    title: "a grace period that is too short for the script",
    manifest: deployment({ containers: [container(shell("sleep 25; /drain.sh"))] }),
  },
  { id: "hook-missing", title: "a port", manifest: pod({ containers: [container(undefined, PORTS)] }) },
  {
    id: "proxy-stops-first",
    title: "the proxy of Istio",
    manifest: pod({ containers: [container(sleep(10), PORTS), proxy("istio-proxy")] }),
  },
  {
    id: "proxy-stops-first",
    title: "a proxy beside a sleep that gracekeeper added",
    manifest: pod(
      { [GRACE]: 40, containers: [container(sleep(10), PORTS), proxy("linkerd-proxy")] },
      {
        "gracekeeper.dev/injected":
          '{"sleepSeconds":10,"containers":["web"],"graceBefore":30,"graceAfter":40}',
      },
    ),
  },
  {
    id: "proxy-stops-first",
    title: "a database proxy in a Deployment",
    manifest: deployment({
      containers: [container(sleep(10), PORTS), proxy("cloud-sql-proxy", { args: ["shop:eu:main"] })],
    }),
  },
  {
    id: "proxy-stops-first",
    title: "a drain time that is too short",
    manifest: pod({
      [GRACE]: 60,
      containers: [
        container(sleep(40), PORTS),
        proxy("kuma-sidecar", { env: [{ name: "KUMA_DATAPLANE_DRAIN_TIME", value: "30s" }] }),
      ],
    }),
  },
  {
    id: "poststart-holds-stop",
    title: "a script",
    manifest: pod({
      containers: [
        { ...container(), lifecycle: { postStart: shell("until nc -z db 5432; do sleep 1; done") } },
      ],
    }),
  },
  {
    id: "use-native-sleep",
    title: "a command that only sleeps",
    manifest: pod({ containers: [container(exec("sleep", "10"))] }),
  },
  {
    id: "bad-namespace-value",
    title: "a misspelt mode",
    manifest: pod({ containers: [container(sleep(5))] }),
    namespace: shop({}, { "gracekeeper.dev/validate": "enfroce" }),
  },
  {
    id: "bad-namespace-value",
    title: "a limit with a unit",
    manifest: pod({ containers: [container(sleep(5))] }),
    namespace: shop({ "gracekeeper.dev/max-grace-seconds": "5m" }),
  },
  {
    id: "sleep-added",
    title: "a container without a hook",
    manifest: pod({ containers: [container(undefined, PORTS)] }),
    namespace: shop({}, { "gracekeeper.dev/inject": "enabled" }),
  },
];
