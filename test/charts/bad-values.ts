import type { Values } from "./helm.ts";

const ca = "-----BEGIN CERTIFICATE-----\n";

/** Values that contradict each other, and the error message for them. */
export const CONTRADICTIONS: readonly (readonly [Values, RegExp])[] = [
  [
    { certificates: { source: "certManager", existingSecret: { name: "my-tls" } } },
    /certificates\.existingSecret\.name is set, but certificates\.source is certManager: set the source to existingSecret, or remove the name\./,
  ],
  [
    { certificates: { ca, existingSecret: { name: "my-tls" } } },
    /existingSecret\.name is set, but certificates\.source is self/,
  ],
  [
    { certificates: { certManager: { issuerRef: { name: "internal" } } } },
    /issuerRef is set, but certificates\.source is self: set the source to certManager, or remove the issuer\./,
  ],
  [{ certificates: { source: "existingSecret" } }, /existingSecret\.name is empty: set it to a Secret with/],
  [
    { certificates: { source: "existingSecret", existingSecret: { name: "my-tls" } } },
    /certificates\.ca is empty, so the API server would not trust the certificate: set it to the CA of the Secret, or set/,
  ],
  [{ apiAccess: false }, /Own certificates need the API server, but apiAccess is false: set/],
  [
    { apiAccess: false, certificates: { source: "certManager" }, preview: true },
    /preview and probe need the API server, but apiAccess is false: set/,
  ],
  [
    { apiAccess: false, certificates: { source: "certManager" }, probe: { enabled: true } },
    /preview and probe need the API server/,
  ],
  [
    { hostNetwork: true, port: 10250 },
    /Port 10250 of a node belongs to its kubelet: with hostNetwork set port to another one, such as 10260\./,
  ],
  [
    { hostNetwork: true, healthPort: 10250 },
    /Port 10250 of a node belongs to its kubelet: with hostNetwork set healthPort to another one, such as 9080\./,
  ],
  [{ port: 9080 }, /port and healthPort are the same: set one of them/],
  [
    { terminationGracePeriodSeconds: 27 },
    /terminationGracePeriodSeconds is too short: set it to shutdownDelaySeconds \+ 8 or more/,
  ],
  [
    { probe: { enabled: true, namespace: "gracekeeper" } },
    /probe\.namespace is the namespace of the release/,
  ],
  [
    { strategy: { type: "Recreate" } },
    /strategy\.type is Recreate, but strategy\.rollingUpdate is set: set strategy\.rollingUpdate to null\./,
  ],
  [
    { monitoring: { podMonitor: { enabled: true }, serviceMonitor: { enabled: true } } },
    /monitoring\.podMonitor and monitoring\.serviceMonitor are both on, so every pod would be scraped twice: turn one/,
  ],
  [
    { extraArgs: ["--host", "0.0.0.0", "--port=9443"] },
    /extraArgs has --port, which the chart sets: set the value port instead\./,
  ],
  [
    { commonLabels: { "app.kubernetes.io/name": "x" } },
    /sets the label app\.kubernetes\.io\/name, which selects the pods: remove it from/,
  ],
  [
    { podLabels: { "app.kubernetes.io/part-of": "x" } },
    /sets the label app\.kubernetes\.io\/part-of: remove it from/,
  ],
];

/** Values that the schema refuses, and the path in its error message. */
export const REFUSED: readonly (readonly [Values, path: string])[] = [
  [{ replica: 2 }, "replica"],
  [{ replicas: "2" }, "/replicas"],
  [{ replicas: 0 }, "/replicas"],
  [{ image: "gracekeeper:1" }, "/image"],
  [{ image: { name: "x" } }, "/image"],
  [{ image: { tag: 1.2 } }, "/image/tag"],
  [{ image: { digest: "sha256:abc" } }, "/image/digest"],
  [{ image: { pullPolicy: "always" } }, "/image/pullPolicy"],
  [{ image: { pullSecrets: ["pull"] } }, "/image/pullSecrets/0"],
  [{ nameOverride: "Not_A_Name" }, "/nameOverride"],
  [{ commonLabels: { tier: 1 } }, "/commonLabels/tier"],
  [{ serviceAccount: { create: "yes" } }, "/serviceAccount/create"],
  [{ certificates: { source: "cert-manager" } }, "/certificates/source"],
  [{ certificates: { certManager: { duration: "90d" } } }, "/certificates/certManager/duration"],
  [{ certificates: { ca: "not PEM" } }, "/certificates/ca"],
  [{ webhooks: { validate: { timeoutSeconds: 31 } } }, "/webhooks/validate/timeoutSeconds"],
  [{ webhooks: { validate: { failurePolicy: "ignore" } } }, "/webhooks/validate/failurePolicy"],
  [{ webhooks: { templates: { reinvocationPolicy: "Never" } } }, "/webhooks/templates"],
  [{ webhooks: { warn: { namespaceSelector: {} } } }, "/webhooks/warn"],
  [
    { webhooks: { warn: { objectExpressions: [{ key: "a", operator: "Is" }] } } },
    "/webhooks/warn/objectExpressions/0/operator",
  ],
  [{ configuration: { apiVersion: "gracekeeper.dev/v1alpha1" } }, "/configuration"],
  [{ configuration: { maxGraceSeconds: "600" } }, "/configuration/maxGraceSeconds"],
  [{ configuration: { sleepAction: false } }, "/configuration/sleepAction"],
  [{ configuration: { actions: { "hook-mising": "Warn" } } }, "/configuration/actions"],
  [
    { configuration: { workloads: [{ group: "example.com", kind: "WebFarm", templates: ["spec..x"] }] } },
    "/configuration/workloads/0/templates/0",
  ],
  [{ port: 65_536 }, "/port"],
  [{ hostNetwork: "true" }, "/hostNetwork"],
  [{ logLevel: "trace" }, "/logLevel"],
  [{ extraArgs: "--explain" }, "/extraArgs"],
  [{ readinessProbe: { httpGet: {} } }, "/readinessProbe"],
  [{ podDisruptionBudget: { maxUnavailable: "half" } }, "/podDisruptionBudget/maxUnavailable"],
  [{ networkPolicy: { apiServerPorts: [] } }, "/networkPolicy/apiServerPorts"],
  [{ hooks: false }, "/hooks"],
];
