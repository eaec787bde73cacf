/** Our labels and annotations. They are API: never renamed, never reused. */

/** Namespace label: enabled, disabled. Pod label: disabled opts one pod out. */
export const INJECT_LABEL = "gracekeeper.dev/inject";

/** Pod annotation: `web=20,worker=5-20`, how long hooks take. */
export const HOOK_SECONDS = "gracekeeper.dev/hook-seconds";

/** Pod annotation: the time the app needs after the stop signal. */
export const SHUTDOWN_SECONDS = "gracekeeper.dev/shutdown-seconds";

/** Pod annotation: length of the sleep that is added. */
export const PRESTOP_SLEEP_SECONDS = "gracekeeper.dev/prestop-sleep-seconds";

/** Pod annotation, written by us: what was added, and the grace before. */
export const INJECTED = "gracekeeper.dev/injected";

/** The mark the kubelet leaves on the API copy of a static pod (pkg/kubelet/types/pod_update.go). */
export const MIRROR_POD = "kubernetes.io/config.mirror";

/** Containers that other people's injectors add: their hooks are not the pod author's, so we neither judge nor change them. */
export const CONTAINERS_NOT_OURS: ReadonlySet<string> = new Set([
  "istio-proxy",
  "linkerd-proxy",
  "queue-proxy",
]);
