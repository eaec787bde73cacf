import type { Handler } from "../hook/handler.ts";
import type { MainProcess } from "../hook/main-process/main-process.ts";

/**
 * The parts of a pod spec that decide how the pod ends, named as in k8s.io/api/core/v1.
 *
 * `admission/read-pod.ts` reads this object from a request, and has checked the type of every member.
 */
export interface PodSpec {
  /**
   * `terminationGracePeriodSeconds`. The API server fills in 30 s for the built-in kinds before it calls a webhook.
   * `graceSeconds` is undefined only in manifests (explain, command line) and in custom resources, and then counts as
   * 30 s.
   */
  readonly graceSeconds: number | undefined;
  /** Undefined counts as Always (core/v1 defaults.go `SetDefaults_PodSpec`). */
  readonly restartPolicy: "Always" | "OnFailure" | "Never" | undefined;
  /** `priority`, or the value of one of the two system priority classes; undefined counts as 0. */
  readonly priority: number | undefined;
  readonly containers: readonly Container[];
  readonly initContainers: readonly Container[];
  /** With `shareProcessNamespace` or `hostPID`, no container's main process is PID 1. */
  readonly sharesProcesses: boolean;
  /** Whether `os` or the node selector says that the pod is for Windows nodes. Windows has no POSIX signals. */
  readonly isForWindows: boolean;
}

export interface Container extends MainProcess {
  readonly name: string;
  readonly list: "containers" | "initContainers";
  /** Index in its list. */
  readonly index: number;
  /** An init container with `restartPolicy: Always`: it runs beside the main containers and stops after them. */
  readonly sidecar: boolean;
  /** Whether the container has a `lifecycle` mapping; false if it is absent or `null`. */
  readonly hasLifecycle: boolean;
  readonly preStop: Handler | undefined;
  readonly postStart: Handler | undefined;
  readonly hasLivenessProbe: boolean;
  /** The probes' own `terminationGracePeriodSeconds`, in seconds; undefined if the pod's grace period applies. */
  readonly livenessGraceSeconds: number | undefined;
  readonly startupGraceSeconds: number | undefined;
  readonly hasPorts: boolean;
  readonly hasReadinessProbe: boolean;
  /** Whether the readiness probe connects to the container: by httpGet, tcpSocket or grpc. */
  readonly hasNetworkProbe: boolean;
  readonly image: string;
  /** A value is undefined if it comes from `valueFrom`, or if the kubelet would expand a `$(NAME)` in the value. */
  readonly env: ReadonlyMap<string, string | undefined>;
}

/** Whether the container probably gets traffic. */
export function isServing({ hasPorts, hasReadinessProbe }: Container): boolean {
  return hasPorts || hasReadinessProbe;
}

/** Whether the container surely has a server. An exec probe may as well be a placeholder such as `true`. */
export function isServer({ hasPorts, hasNetworkProbe }: Container): boolean {
  return hasPorts || hasNetworkProbe;
}

/** Whether a pod with this restart policy ends by itself. */
export function runsToCompletion(policy: PodSpec["restartPolicy"]): policy is "Never" | "OnFailure" {
  return policy === "Never" || policy === "OnFailure";
}

/** core/v1 `DefaultTerminationGracePeriodSeconds`. */
export const DEFAULT_GRACE_SECONDS = 30;

/**
 * The grace period of a pod after a delete without options, in seconds.
 *
 * A negative grace period in a template becomes 1 s in the template's pods (core/v1 conversion.go, from 1.21).
 */
export function graceOf(spec: PodSpec): number {
  const seconds = spec.graceSeconds ?? DEFAULT_GRACE_SECONDS;
  return seconds < 0 ? 1 : seconds;
}

/**
 * The containers that run while the pod serves: main containers, then sidecars. Ordinary init containers have already
 * ended.
 */
export function runningContainers(spec: PodSpec): readonly Container[] {
  return [...spec.containers, ...spec.initContainers.filter((container) => container.sidecar)];
}
