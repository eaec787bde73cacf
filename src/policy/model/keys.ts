/**
 * Labels and annotations of gracekeeper, then those of other projects that gracekeeper reads. Gracekeeper's keys are
 * API: a key is never renamed, and never reused.
 */

/** The prefix of all gracekeeper keys. */
export const PREFIX = "gracekeeper.dev/";

/** Namespace label with the mode: enforce, warn, audit or off. */
export const VALIDATE_LABEL = `${PREFIX}validate`;

/** Namespace label that switches injection: enabled or disabled. On a pod, the value `disabled` opts the pod out. */
export const INJECT_LABEL = `${PREFIX}inject`;

/** Pod annotation that declares how long hooks take: `web=20,worker=5-20`. */
export const HOOK_SECONDS = `${PREFIX}hook-seconds`;

/** Namespace or pod annotation: the seconds that the app needs after the stop signal. */
export const SHUTDOWN_SECONDS = `${PREFIX}shutdown-seconds`;

/** Namespace or pod annotation: the seconds of the sleep that injection adds. */
export const PRESTOP_SLEEP_SECONDS = `${PREFIX}prestop-sleep-seconds`;

/** Namespace annotation: the longest grace period, in seconds, that a pod of the namespace may have. */
export const MAX_GRACE_SECONDS = `${PREFIX}max-grace-seconds`;

/** Pod annotation: ids of findings to ignore on this pod, separated by commas. */
export const IGNORE = `${PREFIX}ignore`;

/** Pod annotation in which injection records what it added, and the grace period before and after. */
export const INJECTED = `${PREFIX}injected`;

/**
 * The annotation that the kubelet sets on a mirror pod, which is the API copy of a static pod
 * (pkg/kubelet/types/pod_update.go).
 */
export const MIRROR_POD = "kubernetes.io/config.mirror";

/**
 * Namespace label of Istio with the value enabled or disabled. The label istio-injection takes precedence over the
 * revision label (istio 1.32, istio-discovery mutatingwebhook.yaml).
 */
export const ISTIO_INJECTION = "istio-injection";

/** Label of Istio on a pod or namespace, with the revision of Istio that adds the proxy. */
export const ISTIO_REVISION = "istio.io/rev";

/**
 * Pod label of Istio with the value true or false, and an older annotation with the same name (istio 1.32,
 * pkg/kube/inject/inject.go `injectRequired`).
 */
export const ISTIO_INJECT = "sidecar.istio.io/inject";

/**
 * Annotation of Linkerd on a pod or namespace, with the value enabled, ingress or disabled (linkerd 2.20,
 * pkg/k8s/labels.go).
 */
export const LINKERD_INJECT = "linkerd.io/inject";
