import type { KubernetesObject } from "./objects.ts";

/** Random numbers in [0, 1). The same seed gives the same numbers (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * A pod as people, charts and operators write it: mostly ordinary, with rare shapes that could break a patch. Some pods
 * are invalid. The check finds invalid pods by creating each pod without injection.
 */
export function generatedPod(random: () => number, index: number): KubernetesObject {
  const pick = <T>(...choices: readonly T[]): T => choices[Math.floor(random() * choices.length)] as T;
  const rarely = (share: number) => random() < share;
  const windows = rarely(0.1);
  const containers = many(random, 1, 4).map((place) => container(`c${place}`));
  const sidecars = rarely(0.2) ? [{ ...container("sidecar"), restartPolicy: "Always" }] : [];
  const ordinary = rarely(0.3) ? [{ name: "init", image: "busybox", command: ["true"] }] : [];
  const grace = rarely(0.25)
    ? pick(0, 1, 2, 86_400, 2_147_483_647, 2 ** 53 - 1, 1e18)
    : pick(undefined, undefined, 5, 30, 45, 60, 600);

  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      ...(rarely(0.2) ? { generateName: `generated-${index}-` } : { name: `generated-${index}` }),
      ...pick({}, { annotations: {} }, { annotations: null }, { annotations: annotations() }),
      ...pick({}, { labels: { app: "web" } }, { labels: null }),
      ...(rarely(0.2) && { ownerReferences: [owner()] }),
    },
    spec: {
      containers,
      ...(sidecars.length + ordinary.length > 0 && { initContainers: [...ordinary, ...sidecars] }),
      ...(grace !== undefined && { terminationGracePeriodSeconds: grace }),
      ...(rarely(0.2) && { restartPolicy: pick("Always", "Never", "OnFailure") }),
      ...(windows ? { os: { name: "windows" } } : pick({}, { os: { name: "linux" } })),
      ...(rarely(0.1) && { hostNetwork: !windows }),
      ...(rarely(0.1) && { schedulingGates: [{ name: "example.com/gate" }] }),
    },
  };

  function container(name: string): KubernetesObject {
    const lifecycle = pick<KubernetesObject>(
      {},
      {},
      {},
      { lifecycle: null },
      { lifecycle: {} },
      { lifecycle: { preStop: null } },
      { lifecycle: { postStart: { exec: { command: ["true"] } } } },
      { lifecycle: { preStop: { exec: { command: ["sleep", String(pick(1, 5, 29, 30, 45))] } } } },
      { lifecycle: { preStop: { httpGet: { path: "/drain", port: 8080 } } } },
      { lifecycle: { preStop: { sleep: { seconds: pick(1, 5, 30) } } } },
      { lifecycle: { preStop: { tcpSocket: { port: 8080 } } } },
      windows ? {} : { lifecycle: { stopSignal: "SIGUSR1" } },
    );
    return {
      name: rarely(0.05) ? pick("istio-proxy", "linkerd-proxy", "queue-proxy") : name,
      image: "nginx:1.29",
      ...lifecycle,
      ...(rarely(0.4) && { ports: [{ containerPort: 8080 }] }),
      ...(rarely(0.3) && { readinessProbe: { httpGet: { path: "/", port: 8080 } } }),
      ...(rarely(0.2) && {
        livenessProbe: {
          tcpSocket: { port: 8080 },
          ...(rarely(0.5) && { terminationGracePeriodSeconds: 20 }),
        },
      }),
      ...(rarely(0.2) && { env: [{ name: "WAIT", value: "15" }] }),
    };
  }

  function annotations(): KubernetesObject {
    return {
      "example.com/with~tilde": "a/b~c",
      ...pick(
        {},
        { "gracekeeper.dev/prestop-sleep-seconds": pick("5", "3600", "0", "ten") },
        { "gracekeeper.dev/shutdown-seconds": pick("20", "x") },
        {
          "gracekeeper.dev/injected": pick(
            "",
            "{}",
            "[1]",
            '{"sleepSeconds":10,"containers":["c0"],"graceBefore":30,"graceAfter":40}',
          ),
        },
        { "kubernetes.io/config.mirror": "forged" },
      ),
    };
  }

  function owner(): KubernetesObject {
    const [apiVersion, kind] = pick(
      ["apps/v1", "ReplicaSet"],
      ["apps/v1", "StatefulSet"],
      ["apps/v1", "DaemonSet"],
      ["batch/v1", "Job"],
      ["example.com/v1", "Machine"],
    );
    return { apiVersion, kind, name: "owner", uid: "0-1", controller: true };
  }
}

function many(random: () => number, least: number, most: number): readonly number[] {
  const length = least + Math.floor(random() * (most - least + 1));
  return Array.from({ length }, (_, index) => index);
}
