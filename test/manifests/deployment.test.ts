import t from "tap";
import { serveCommand } from "../../src/cli/serve/command.ts";
import { serveOptions } from "../../src/cli/serve/options.ts";
import { type KubernetesObject, object, withComponents } from "./read.ts";

const { spec, metadata } = object("Deployment");
const pod: KubernetesObject = spec.template.spec;
const container: KubernetesObject = pod["containers"][0];
const command = serveCommand().action(() => {});
/** Seconds until a deleted pod is removed from endpoints and kube-proxy. */
const ENDPOINTS = 10;
const options = serveOptions(command.parse(container["args"].slice(1), { from: "user" }).opts());

t.test("the pod meets Pod Security restricted, and stricter rules", async (t) => {
  t.same(pod["securityContext"], {
    runAsNonRoot: true,
    runAsUser: 65532,
    runAsGroup: 65532,
    fsGroup: 65532,
    seccompProfile: { type: "RuntimeDefault" },
  });
  t.same(container["securityContext"], {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ["ALL"] },
  });
  for (const field of ["hostNetwork", "hostPID", "hostIPC"]) t.notOk(pod[field], field);
  for (const { hostPort } of container["ports"]) t.equal(hostPort, undefined);
  const kinds = pod["volumes"].map((volume: KubernetesObject) =>
    Object.keys(volume).find((key) => key !== "name"),
  );
  t.same(kinds, ["configMap"], "nothing it could write to");
  t.ok(container["volumeMounts"].every(({ readOnly }: KubernetesObject) => readOnly));
  const labels = object("Namespace")["metadata"].labels;
  t.equal(labels["pod-security.kubernetes.io/enforce"], "restricted");
});

t.test("the priority class is system-cluster-critical, unless the owner removes it", async (t) => {
  t.equal(pod["priorityClassName"], "system-cluster-critical");
  const without: KubernetesObject = withComponents("no-priority").get("Deployment")?.["spec"].template.spec;
  t.same({ ...without, priorityClassName: pod["priorityClassName"] }, pod);
  t.notOk("priorityClassName" in without);
});

t.test("the memory limit equals the request, and there is no CPU limit", async (t) => {
  const { requests, limits } = container["resources"];
  t.same(limits, { memory: requests.memory });
  t.ok(requests.cpu);
});

t.test("two replicas, at most one disrupted, and a new pod serves before an old pod stops", async (t) => {
  t.equal(spec.replicas, 2);
  t.equal(spec.strategy.rollingUpdate.maxUnavailable, 0);
  const budget = object("PodDisruptionBudget");
  t.equal(budget["spec"].maxUnavailable, 1);
  t.equal(budget["spec"].unhealthyPodEvictionPolicy, "AlwaysAllow");
  const keys = pod["topologySpreadConstraints"].map(({ topologyKey }: KubernetesObject) => topologyKey);
  t.same(keys, ["kubernetes.io/hostname", "topology.kubernetes.io/zone"]);
  for (const { whenUnsatisfiable } of pod["topologySpreadConstraints"]) {
    t.equal(whenUnsatisfiable, "ScheduleAnyway", "both start on a cluster with one node");
  }
});

t.test("every selector matches exactly our pods", async (t) => {
  const labels = spec.template.metadata.labels;
  const name = { "app.kubernetes.io/name": "gracekeeper" };
  t.match(labels, name);
  t.same(spec.selector.matchLabels, name);
  t.same(object("Service")["spec"].selector, name);
  t.same(object("PodDisruptionBudget")["spec"].selector.matchLabels, name);
  t.same(object("NetworkPolicy")["spec"].podSelector.matchLabels, name);
  const { topologySpreadConstraints, affinity } = pod;
  const terms = affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution;
  for (const { labelSelector } of [...topologySpreadConstraints, terms[0].podAffinityTerm]) {
    t.same(labelSelector.matchLabels, name);
  }
});

t.test(
  "the server accepts the container's arguments, and their ports are the container's ports",
  async (t) => {
    t.equal(container["args"][0], "serve");
    t.equal(container["command"], undefined, "the image knows how to start");
    const ports = new Map(
      container["ports"].map((port: KubernetesObject) => [port["name"], port["containerPort"]]),
    );
    t.equal(ports.get("webhook"), options.port);
    t.equal(ports.get("health"), options.healthPort);
    t.equal(object("Service")["spec"].ports[0].targetPort, "webhook");
    const ingress = ["webhook", "health"].map((port) => ({ protocol: "TCP", port }));
    t.same(object("NetworkPolicy")["spec"].ingress, [{ ports: ingress }], "and no other is open");
    t.equal(options.explain, false, "/explain is off in a cluster unless asked for");
  },
);

t.test(
  "the ConfigMap is mounted as a folder where the server reads it, so that changes arrive",
  async (t) => {
    const [mount] = container["volumeMounts"];
    t.equal(mount.subPath, undefined);
    t.equal(
      `${mount.mountPath}/config.yaml`,
      options.config,
      "the name of the file the ConfigMap is made from",
    );
    const [volume] = pod["volumes"];
    t.same(volume, { name: mount.name, configMap: { name: "gracekeeper-configuration" } });
  },
);

t.test("probes use the health port with separate paths, and cause no event at start or stop", async (t) => {
  const { readinessProbe, livenessProbe, startupProbe } = container;
  t.match(readinessProbe.httpGet, { path: "/readyz?exclude=shutdown", port: "health" });
  for (const probe of [livenessProbe, startupProbe])
    t.match(probe.httpGet, { path: "/livez", port: "health" });
  t.ok(startupProbe.initialDelaySeconds > 1, "a start takes about a second");
});

t.test(
  "the server gets its stop signal at once, serves on, and ends by itself before the kill",
  async (t) => {
    t.equal(container["lifecycle"], undefined, "a hook would put off the stop signal");
    const grace = pod["terminationGracePeriodSeconds"];
    t.ok(options.shutdownDelaySeconds >= 2 * ENDPOINTS, "endpoints have followed by then");
    t.ok(options.shutdownDelaySeconds + 10 <= grace, `${options.shutdownDelaySeconds} + 10 of ${grace}`);
    t.equal(metadata.namespace, "gracekeeper");
  },
);
