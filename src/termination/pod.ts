import type { Handler } from "../hook/handler.ts";

/**
 * What of a pod spec decides how the pod ends, in the words of k8s.io/api/core/v1.
 *
 * Read from a request by `admission/read-pod.ts`, which has checked every type here.
 */
export interface PodSpec {
  /**
   * `terminationGracePeriodSeconds`. The API server fills in 30 for the built-in kinds before it calls a webhook, so
   * undefined is only seen in a manifest (explain, command line) and in custom resources: it counts as 30.
   */
  readonly graceSeconds: number | undefined;
  /** Undefined counts as Always (core/v1 defaults.go `SetDefaults_PodSpec`). */
  readonly restartPolicy: "Always" | "OnFailure" | "Never" | undefined;
  readonly containers: readonly Container[];
  readonly initContainers: readonly Container[];
}

export interface Container {
  readonly name: string;
  readonly list: "containers" | "initContainers";
  /** Place in its list. */
  readonly index: number;
  /** An init container with `restartPolicy: Always`: it runs beside the main containers and stops after them. */
  readonly sidecar: boolean;
  /** Whether the object has a `lifecycle` that is a mapping; an absent one and `null` are both false. */
  readonly hasLifecycle: boolean;
  readonly preStop: Handler | undefined;
  readonly postStart: Handler | undefined;
  /** The probes' own `terminationGracePeriodSeconds`, in seconds; undefined where the pod's grace holds. */
  readonly livenessGraceSeconds: number | undefined;
  readonly startupGraceSeconds: number | undefined;
  /** Whether it names a port or has a readiness probe: then somebody sends it traffic. */
  readonly hasPorts: boolean;
  readonly hasReadinessProbe: boolean;
  readonly image: string;
  /** Variables with a literal value: not `valueFrom`, and not a value with a `$(...)` that the kubelet would expand. */
  readonly env: ReadonlyMap<string, string>;
}

/** core/v1 `DefaultTerminationGracePeriodSeconds`. */
export const DEFAULT_GRACE_SECONDS = 30;

/**
 * The grace period the kubelet starts from on a plain delete, in seconds.
 *
 * A negative one in a template becomes 1 in its pods (core/v1 conversion.go, from 1.21).
 */
export function graceOf(spec: PodSpec): number {
  const seconds = spec.graceSeconds ?? DEFAULT_GRACE_SECONDS;
  return seconds < 0 ? 1 : seconds;
}

/** The containers that run while the pod serves: main ones, then sidecars. Ordinary init containers have ended. */
export function runningContainers(spec: PodSpec): readonly Container[] {
  return [...spec.containers, ...spec.initContainers.filter((container) => container.sidecar)];
}
