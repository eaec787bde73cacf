/**
 * A preStop handler as the kubelet reads it.
 *
 * Source: pkg/kubelet/lifecycle/handlers.go `Run` (1.29 to 1.36): the kubelet runs the first of exec, httpGet and sleep
 * that is set. Any other handler (tcpSocket, an empty handler) fails at once with "invalid handler".
 */
export type Handler =
  /**
   * The argv from the pod, unchanged: the kubelet does not expand `$(VAR)` in a hook. The list may be empty, because
   * the API server may not have validated the Kubernetes object yet.
   */
  | { readonly kind: "exec"; readonly command: readonly string[] }
  /** `port` is a number or a port name. */
  | { readonly kind: "httpGet"; readonly path: string; readonly port: number | string }
  /** Whole seconds; an int64 in the API, so it may be negative or above 2^53. */
  | { readonly kind: "sleep"; readonly seconds: number }
  | { readonly kind: "tcpSocket" | "empty" };
