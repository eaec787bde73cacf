interface Row {
  /** Matches the error message of the API server. Absent if no error message shows the cause. */
  readonly says?: RegExp;
  /** The problem and the advice. */
  readonly reason: string;
}

/**
 * The causes why a probe does not reach gracekeeper. If several causes match an error message, the first cause applies.
 * The names are label values of a metric, so do not rename them.
 *
 * Source: the error messages of Go 1.26 (net, net/http, crypto/tls, crypto/x509) and of Kubernetes 1.37:
 * apiserver/pkg/util/proxy/proxy.go (Service and endpoints), client-go/rest/request.go (statuses).
 */
const ROWS = {
  "no-service": {
    says: /service "[^"]*" not found/,
    reason: "The Service gracekeeper is missing. Apply the manifests again, or run helm upgrade.",
  },
  "no-endpoints": {
    says: /no endpoints available for service|endpoints "[^"]*" not found/,
    reason:
      "No pod behind the Service gracekeeper is ready. See the pods with: kubectl get pods,endpointslices -n gracekeeper",
  },
  "unknown-host": {
    says: /no such host|server misbehaving/,
    reason:
      "The API server cannot look up the name of gracekeeper. In clientConfig of the webhook configuration, set the Service instead of a url.",
  },
  expired: {
    says: /certificate has expired or is not yet valid/,
    reason:
      "The certificate has expired, or is not valid yet by the clock of the API server. Renew the certificate, or correct the clocks of the nodes.",
  },
  "wrong-name": {
    says: /x509: (certificate is (not )?valid for|cannot validate certificate for|certificate relies on legacy)/,
    reason:
      "The certificate has another name. Use a certificate for gracekeeper.gracekeeper.svc, the name that the API server expects.",
  },
  "not-trusted": {
    says: /x509: |unable to load root certificates/,
    reason:
      "The API server does not trust the certificate. With --ca-secret, look for ca-error in the log of gracekeeper. Without --ca-secret, set caBundle in the webhook configurations to the CA that signed the certificate.",
  },
  timeout: {
    says: /deadline exceeded|Client\.Timeout|i\/o timeout|handshake timeout|connection timed out/,
    reason:
      "The API server got no answer in time. Allow calls from the API server to port 10250 of the pods in firewalls and network policies. Also check that the pods have enough CPU.",
  },
  refused: {
    says: /connection refused/,
    reason:
      "Nothing listens behind the Service: no pod is ready, or targetPort is not the port of gracekeeper. See the pods with: kubectl get pods,endpointslices -n gracekeeper",
  },
  unreachable: {
    says: /no route to host|network is unreachable/,
    reason:
      "The API server has no route to the pods. Correct the routes from the control plane to the pod network, or run gracekeeper with hostNetwork.",
  },
  "no-client-certificate": {
    says: /tls: certificate required/,
    reason:
      "gracekeeper requires a client certificate (--client-ca), and the API server presents none. Set a client certificate in the --admission-control-config-file of the API server (docs/client-certificates.md).",
  },
  "no-tls": {
    says: /does not look like a TLS handshake|HTTP response to HTTPS client|tls: /,
    reason:
      "A program without HTTPS answers in place of gracekeeper. Correct targetPort of the Service, or the proxy in front of the pods.",
  },
  "connection-cut": {
    says: /\bEOF\b|connection reset|broken pipe/,
    reason:
      "The connection was cut before an answer came. Check whether the pods restart: kubectl get pods -n gracekeeper. With --client-ca, look for caller-refused in the log. If both checks find nothing, a proxy or firewall cuts the connection.",
  },
  "not-found": {
    says: /could not find the requested resource|there is nothing here/,
    reason:
      "The program behind the Service does not know the path (HTTP 404). If no rollout is running, correct the path in the webhook configuration, or the selector of the Service.",
  },
  overloaded: {
    says: /currently unable to handle the request|too many (large )?requests/,
    reason:
      "The pods of gracekeeper are overloaded (HTTP 503). Give the pods more CPU, or run more replicas.",
  },
  "server-error": {
    says: /an error on the server|gracekeeper failed on this request/,
    reason: "The program behind the Service failed (HTTP 500). See the error in the log of the pods.",
  },
  other: {
    says: /^/,
    reason:
      "The API server cannot use the answer of gracekeeper. The error is in the answer field of this log line.",
  },
  "not-called": {
    reason:
      "The API server did not call gracekeeper. The entry probe.gracekeeper.dev is missing in the ValidatingWebhookConfiguration gracekeeper, or is for another namespace than --probe-namespace. Apply the manifests again, or run helm upgrade.",
  },
  "no-right": {
    reason:
      "gracekeeper has no permission to create the Lease of the probe by a dry run. Apply the component probe again, or run helm upgrade.",
  },
  "no-namespace": {
    reason:
      "The namespace of the probe is missing or being deleted. Apply the component probe again, run helm upgrade, or correct --probe-namespace.",
  },
  "not-asked": {
    reason:
      "The API server did not run the probe, so it is not known whether the API server reaches gracekeeper. The error is in the answer field of this log line.",
  },
} as const satisfies Record<string, Row>;

export type Cause = keyof typeof ROWS;

export const CAUSES = Object.keys(ROWS) as readonly Cause[];

export function reasonOf(cause: Cause): string {
  return ROWS[cause].reason;
}

/** The cause that the error message of the API server shows. */
export function causeIn(text: string): Cause {
  const found = Object.entries<Row>(ROWS).find(([, { says }]) => says?.test(text));
  return (found?.[0] ?? "other") as Cause;
}
