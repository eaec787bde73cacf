import { mutate } from "../../src/admission/mutate.ts";
import { readReview } from "../../src/admission/review.ts";
import type { JsonObject } from "../../src/json.ts";
import type { Context } from "../../src/policy/model/context.ts";
import { patchIn, reviewOf } from "../reviews.ts";
import { patched } from "./injection-rules.ts";

/**
 * A mutating webhook. `call` changes a pod in place. As with real webhooks, a second call of `call` does not repeat the
 * change.
 */
export interface Injector {
  readonly name: string;
  readonly reinvocation: "Never" | "IfNeeded";
  readonly call: (pod: Pod) => void;
  /** The grace period that the webhook sets or ensures. */
  readonly grace?: number;
  /** The addition of gracekeeper that the webhook removes or lowers; undefined for none. */
  readonly undoes?: "hook" | "record" | "grace";
}

interface Lifecycle {
  preStop?: unknown;
  postStart?: unknown;
}

interface Container {
  name: string;
  image?: string;
  restartPolicy?: string;
  lifecycle?: Lifecycle | null;
}

/** The fields of a pod that injectors change. */
export interface Pod {
  metadata: { annotations?: Record<string, string> | null };
  spec: {
    terminationGracePeriodSeconds?: number | null;
    containers: Container[];
    initContainers?: Container[] | null;
  };
}

type Kind = Omit<Injector, "reinvocation">;

function annotate({ metadata }: Pod, key: string, value: string): void {
  metadata.annotations = { ...metadata.annotations, [key]: value };
}

function has({ spec }: Pod, name: string): boolean {
  return [...spec.containers, ...(spec.initContainers ?? [])].some((one) => one.name === name);
}

function preStop(container: Container | undefined, handler: unknown): void {
  if (container !== undefined && !container.lifecycle?.preStop)
    container.lifecycle = { ...container.lifecycle, preStop: handler };
}

/**
 * A mesh like Istio. The mesh adds a proxy as a container or as a native sidecar. The proxy waits for connections
 * before it ends.
 */
export const MESH_PROXY: Kind = {
  name: "mesh-proxy",
  call(pod) {
    annotate(pod, "sidecar.istio.io/status", '{"containers":["istio-proxy"]}');
    if (!has(pod, "istio-proxy")) pod.spec.containers.push({ name: "istio-proxy", image: "proxyv2:1" });
    preStop(
      pod.spec.containers.find(({ name }) => name === "istio-proxy"),
      { exec: { command: ["sleep", "5"] } },
    );
  },
};

export const MESH_SIDECAR: Kind = {
  name: "mesh-sidecar",
  call(pod) {
    annotate(pod, "sidecar.istio.io/status", '{"initContainers":["istio-proxy"]}');
    if (has(pod, "istio-proxy")) return;
    const proxy = { name: "istio-proxy", image: "proxyv2:1", restartPolicy: "Always" };
    pod.spec.initContainers = [proxy, ...(pod.spec.initContainers ?? [])];
  },
};

/** Adds another hook to the app, and raises the grace period to at least 60 s. */
export const APP_HOOK: Kind = {
  name: "app-hook",
  grace: 60,
  call(pod) {
    const key = "hooks.example.com/container";
    const app = pod.metadata.annotations?.[key] ?? pod.spec.containers[0]?.name ?? "";
    annotate(pod, key, app);
    preStop(
      pod.spec.containers.find(({ name }) => name === app),
      { exec: { command: ["sleep", "3"] } },
    );
    pod.spec.terminationGracePeriodSeconds = Math.max(60, pod.spec.terminationGracePeriodSeconds ?? 30);
  },
};

/** A mesh like Linkerd. The mesh adds its proxy as the first container, and a postStart hook that delays the app. */
export const LINKED: Kind = {
  name: "linked",
  call(pod) {
    if (has(pod, "linkerd-proxy")) return;
    for (const container of pod.spec.containers)
      container.lifecycle = {
        postStart: { exec: { command: ["/linkerd-await", "--timeout=2m"] } },
        ...container.lifecycle,
      };
    pod.spec.containers.unshift({ name: "linkerd-proxy", image: "proxy:1" });
  },
};

/** A secrets agent: adds a container that no configuration names, and an init container. */
export const AGENT: Kind = {
  name: "agent",
  call(pod) {
    if (has(pod, "vault-agent")) return;
    pod.spec.containers.push({ name: "vault-agent", image: "vault:1" });
    pod.spec.initContainers = [
      ...(pod.spec.initContainers ?? []),
      { name: "vault-agent-init", image: "vault:1" },
    ];
  },
};

export const SORTER: Kind = {
  name: "sorter",
  call: (pod) => void pod.spec.containers.sort((one, other) => (one.name < other.name ? -1 : 1)),
};

export function setsGrace(seconds: number): Kind {
  return {
    name: `grace-${seconds}`,
    grace: seconds,
    undoes: "grace",
    call({ spec }) {
      spec.terminationGracePeriodSeconds = seconds;
    },
  };
}

export function raisesGrace(seconds: number): Kind {
  return {
    name: `grace-at-least-${seconds}`,
    grace: seconds,
    call({ spec }) {
      spec.terminationGracePeriodSeconds = Math.max(seconds, spec.terminationGracePeriodSeconds ?? 30);
    },
  };
}

const RECORD = "gracekeeper.dev/injected";

/** Overwrites the annotation gracekeeper.dev/injected if the pod has it. */
export const SCRIBBLER: Kind = {
  name: "scribbler",
  undoes: "record",
  call(pod) {
    if (pod.metadata.annotations?.[RECORD] !== undefined) annotate(pod, RECORD, '{"sleepSeconds":-1}');
  },
};

/** Removes the sleep action. */
export const REMOVER: Kind = {
  name: "remover",
  undoes: "hook",
  call(pod) {
    for (const { lifecycle } of pod.spec.containers)
      if (JSON.stringify(lifecycle?.preStop ?? {}).includes('"sleep":')) delete lifecycle?.preStop;
  },
};

export const KINDS: readonly Kind[] = [MESH_PROXY, MESH_SIDECAR, APP_HOOK, LINKED, AGENT, SORTER];

export const OURS = "gracekeeper";

/** gracekeeper's own mutating webhook, as `manifests/` installs it. */
export function ours(context: Context): Injector {
  return {
    name: OURS,
    reinvocation: "IfNeeded",
    call(pod) {
      const patch = patchIn(mutate(readReview(reviewOf(pod)), context));
      const after = patched(pod as unknown as JsonObject, patch) as unknown as Pod;
      pod.metadata = after.metadata;
      pod.spec = after.spec;
    },
  };
}

/**
 * Calls mutating webhooks as the API server does (staging/src/k8s.io/apiserver plugin/webhook/mutating/dispatcher.go
 * and reinvocationcontext.go, 1.36). The first pass calls all webhooks in order, each with the result of the previous
 * one. A later pass calls those with `IfNeeded` if the pod changed after their call. The API server makes two passes;
 * more passes show whether the result is stable.
 */
export function rounds(
  object: JsonObject,
  webhooks: readonly Injector[],
  count: number,
): readonly JsonObject[] {
  const pod = structuredClone(object) as unknown as Pod;
  let called = new Set<Injector>();
  const again = new Set<Injector>();
  return Array.from({ length: count }, (_, round) => {
    for (const webhook of webhooks) {
      if (round > 0 && !again.delete(webhook)) continue;
      const before = JSON.stringify(pod);
      webhook.call(pod);
      if (JSON.stringify(pod) !== before) {
        for (const one of called) again.add(one);
        called = new Set();
      }
      if (webhook.reinvocation === "IfNeeded") called.add(webhook);
    }
    return structuredClone(pod) as unknown as JsonObject;
  });
}
