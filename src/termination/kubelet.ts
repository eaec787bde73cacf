/**
 * Which kubelet stops the pod: Kubernetes 1.`minor`.
 *
 * Known are 1.22 to 1.36; a newer one counts as 1.36, an older one as 1.22.
 */
export interface KubeletVersion {
  readonly minor: number;
}

/** What is assumed of a kubelet whose version nobody told. */
export const NEWEST_KUBELET: KubeletVersion = { minor: 36 };

/**
 * 1.22 to 1.27: on the kill of a pod the grace replaces what the hook has left of it, so the process gets the full grace
 * after the hook (kuberuntime_container.go `killContainer`; ended by pull request 115835 in 1.28, not backported).
 */
export function restoresFullGrace(kubelet: KubeletVersion): boolean {
  return kubelet.minor < 28;
}

/** From 1.29: sidecars wait for their turn (kuberuntime_termination_order.go); in 1.28 they exist, unordered. */
export function ordersSidecars(kubelet: KubeletVersion): boolean {
  return kubelet.minor >= 29;
}
