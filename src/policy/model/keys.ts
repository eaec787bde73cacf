/**
 * Our labels and annotations. They are API: never renamed, never reused. Below are those of other projects that we
 * read.
 */

/** The prefix of all of them. */
export const PREFIX = "gracekeeper.dev/";

/** Namespace label: enforce, warn, audit, off. */
export const VALIDATE_LABEL = `${PREFIX}validate`;

/** Namespace label: enabled, disabled. Pod label: disabled opts one pod out. */
export const INJECT_LABEL = `${PREFIX}inject`;

/** Pod annotation: `web=20,worker=5-20`, how long hooks take. */
export const HOOK_SECONDS = `${PREFIX}hook-seconds`;

/** Namespace or pod annotation: the time the app needs after the stop signal. */
export const SHUTDOWN_SECONDS = `${PREFIX}shutdown-seconds`;

/** Namespace or pod annotation: length of the sleep that is added. */
export const PRESTOP_SLEEP_SECONDS = `${PREFIX}prestop-sleep-seconds`;

/** Namespace annotation: the longest grace period that a pod in it may have. */
export const MAX_GRACE_SECONDS = `${PREFIX}max-grace-seconds`;

/** Pod annotation: ids of findings to ignore on this pod, separated by commas. */
export const IGNORE = `${PREFIX}ignore`;

/** Pod annotation, written by us: what was added, and the grace period before. */
export const INJECTED = `${PREFIX}injected`;

/** The annotation of the kubelet on the API copy of a static pod (pkg/kubelet/types/pod_update.go). */
export const MIRROR_POD = "kubernetes.io/config.mirror";

/**
 * Namespace label of Istio: enabled, disabled. It takes precedence over the revision (istio 1.32, istio-discovery
 * mutatingwebhook.yaml).
 */
export const ISTIO_INJECTION = "istio-injection";

/** Label of Istio on a pod or namespace: the revision that adds its proxy. */
export const ISTIO_REVISION = "istio.io/rev";

/**
 * Pod label of Istio, and older annotation of the same name: true, false (istio 1.32, pkg/kube/inject/inject.go
 * `injectRequired`).
 */
export const ISTIO_INJECT = "sidecar.istio.io/inject";

/** Annotation of Linkerd on a pod or namespace: enabled, ingress, disabled (linkerd 2.20, pkg/k8s/labels.go). */
export const LINKERD_INJECT = "linkerd.io/inject";
