/**
 * A preStop handler as the kubelet reads it.
 *
 * Source: pkg/kubelet/lifecycle/handlers.go `Run` (1.29 to 1.36): exec, then httpGet, then sleep, whichever is set
 * first in that order; anything else (tcpSocket, an empty handler) fails at once with "invalid handler".
 */
export type Handler = ExecHandler | HttpGetHandler | SleepHandler | TcpSocketHandler | EmptyHandler;

export interface ExecHandler {
  readonly kind: "exec";
  /** argv as given; the kubelet expands no `$(VAR)` here. May be empty in an object that is not validated yet. */
  readonly command: readonly string[];
}

export interface HttpGetHandler {
  readonly kind: "httpGet";
  readonly path: string;
  /** A number or a port name. */
  readonly port: number | string;
}

export interface SleepHandler {
  readonly kind: "sleep";
  /** Whole seconds; an int64 in the API, so it may be negative or above 2^53. */
  readonly seconds: number;
}

export interface TcpSocketHandler {
  readonly kind: "tcpSocket";
}

export interface EmptyHandler {
  readonly kind: "empty";
}
