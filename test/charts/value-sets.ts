import type { Values } from "./helm.ts";

const CA = "-----BEGIN CERTIFICATE-----\nYWxsIHRoYXQgYSBjYUJ1bmRsZSBuZWVkcw==\n-----END CERTIFICATE-----\n";
const DIGEST = `sha256:${"0123456789abcdef".repeat(4)}`;
const existingSecret = { source: "existingSecret", ca: CA, existingSecret: { name: "my-tls" } };
const certManager = { source: "certManager" };
const expression = { key: "team", operator: "In", values: ["shop", "search"] };
const condition = { name: "not-ci", expression: 'request.userInfo.username != "ci"' };
const extras = {
  timeoutSeconds: 5,
  failurePolicy: "Fail",
  namespaceExpressions: [expression],
  objectExpressions: [{ key: "skip", operator: "DoesNotExist" }],
  matchConditions: [condition],
};

/** Sets of values, by their purpose. Every value of values.yaml is in at least one set. */
export const VALUE_SETS: Readonly<Record<string, Values>> = {
  nothing: {},
  "another name of the chart": { nameOverride: "keeper" },
  "another name of the objects": { fullnameOverride: "pod-stop" },
  "both names": { nameOverride: "keeper", fullnameOverride: "pod-stop" },
  "the longest name": { fullnameOverride: "a".repeat(63) },
  "common labels": { commonLabels: { team: "platform", tier: "1" } },
  "common annotations": { commonAnnotations: { "example.com/owner": "platform" } },
  "labels and annotations that look like numbers": {
    commonLabels: { cost: "0123" },
    commonAnnotations: { "example.com/since": "2026", "example.com/on": "true" },
  },
  "an image": { image: { repository: "registry.example.com/gracekeeper", tag: "1.2.3" } },
  "an image by digest": { image: { repository: "registry.example.com/gracekeeper", digest: DIGEST } },
  "a tag that looks like a number": { image: { tag: "1.20" } },
  "pull secrets": { image: { pullPolicy: "Always", pullSecrets: [{ name: "pull" }, { name: "mirror" }] } },
  "an account with annotations": { serviceAccount: { annotations: { "example.com/role": "reader" } } },
  "an account of another name": { serviceAccount: { name: "webhook" } },
  "an account that is there": { serviceAccount: { create: false, name: "webhook" } },
  "the default account": { serviceAccount: { create: false } },
  "rights of somebody else": { rbac: { create: false } },
  "rights of somebody else, with a probe": { rbac: { create: false }, probe: { enabled: true } },
  preview: { preview: true },
  probe: { probe: { enabled: true } },
  "a probe in another namespace": { probe: { enabled: true, namespace: "reach" } },
  "a probe that all objects are annotated beside": {
    probe: { enabled: true },
    commonAnnotations: { "example.com/owner": "platform" },
  },
  "preview and probe": { preview: true, probe: { enabled: true } },
  "cert-manager": { certificates: certManager },
  "cert-manager with an issuer": {
    certificates: { ...certManager, certManager: { issuerRef: { kind: "ClusterIssuer", name: "internal" } } },
  },
  "cert-manager with other times": {
    certificates: { ...certManager, certManager: { duration: "24h", renewBefore: "8h30m" } },
  },
  "cert-manager and annotations": {
    certificates: certManager,
    webhooks: { annotations: { "example.com/note": "kept" } },
    commonAnnotations: { "example.com/owner": "platform" },
  },
  "cert-manager, preview and probe": { certificates: certManager, preview: true, probe: { enabled: true } },
  "a Secret": { certificates: existingSecret },
  "a Secret, and cainjector reads its CA": {
    certificates: { source: "existingSecret", existingSecret: { name: "my-tls" } },
    webhooks: { annotations: { "cert-manager.io/inject-ca-from-secret": "gracekeeper/my-tls" } },
  },
  "own certificates, and the CA of others meanwhile": { certificates: { ca: CA } },
  "a Secret and a probe": { certificates: existingSecret, probe: { enabled: true } },
  "no access to the API server, cert-manager": { apiAccess: false, certificates: certManager },
  "no access to the API server, a Secret": {
    apiAccess: false,
    certificates: existingSecret,
    configuration: { kubernetesVersion: "1.37" },
  },
  "no access, but egress for DNS": {
    apiAccess: false,
    certificates: existingSecret,
    networkPolicy: { extraEgress: [{ ports: [{ port: 53, protocol: "UDP" }] }] },
  },
  "all of inject": { webhooks: { inject: { ...extras, reinvocationPolicy: "Never" } } },
  "all of validate": { webhooks: { validate: extras } },
  "all of templates": { webhooks: { templates: extras } },
  "all of warn": { webhooks: { warn: extras } },
  "all of audit": { webhooks: { audit: extras } },
  "all of namespace": { webhooks: { namespace: extras } },
  "selectors alone": {
    webhooks: {
      inject: { objectExpressions: [expression] },
      validate: { objectExpressions: [expression] },
      warn: { namespaceExpressions: [expression] },
    },
  },
  "a custom resource": {
    webhooks: {
      extraRules: [
        {
          apiGroups: ["example.com"],
          apiVersions: ["*"],
          operations: ["CREATE", "UPDATE"],
          resources: ["webfarms"],
          scope: "Namespaced",
        },
      ],
    },
    configuration: { workloads: [{ group: "example.com", kind: "WebFarm", templates: ["spec.template"] }] },
  },
  "seconds of the configuration": {
    configuration: { shutdownSeconds: 15, prestopSleepSeconds: 5, maxGraceSeconds: 2_147_483_647 },
  },
  "words of the configuration": {
    configuration: {
      strategy: "Fit",
      sleepAction: "Off",
      templates: "Enforce",
      actions: { "hook-missing": "Off" },
    },
  },
  "lists of the configuration": {
    configuration: {
      ignorable: [],
      exempt: { users: ["system:serviceaccount:ci:*"], namespaces: ["*-sandbox"] },
      inject: { skipOwners: ["DaemonSet", "StatefulSet"], otherOwners: "None", containers: "WithPorts" },
      containers: { notJudged: [{ image: "registry.example.com/mesh/*" }], proxies: [{ name: "egress" }] },
      programs: [{ name: "drain.sh", seconds: "5-20" }],
    },
  },
  "one replica": { replicas: 1, podDisruptionBudget: { enabled: false } },
  "five replicas": { replicas: 5, podDisruptionBudget: { maxUnavailable: "40%" } },
  "pods that are replaced at once": { strategy: { type: "Recreate", rollingUpdate: null } },
  "another rolling update": { strategy: { rollingUpdate: { maxUnavailable: 0, maxSurge: "50%" } } },
  "no old ReplicaSets": { revisionHistoryLimit: 0 },
  "no priority": { priorityClassName: "" },
  "another priority": { priorityClassName: "platform" },
  "another port": { port: 8443 },
  "another port for health": { healthPort: 8081 },
  "the network of the node": { hostNetwork: true },
  "the network of the node, another port and DNS": { hostNetwork: true, port: 9443, dnsPolicy: "Default" },
  "another DNS": { dnsPolicy: "Default" },
  "a longer shutdown": { shutdownDelaySeconds: 60, terminationGracePeriodSeconds: 90 },
  "no shutdown delay": { shutdownDelaySeconds: 0, terminationGracePeriodSeconds: 8 },
  "more of the log": { logLevel: "debug" },
  explain: { explain: true },
  "extra arguments": { extraArgs: ["--host", "0.0.0.0"] },
  "extra environment": {
    extraEnv: [
      { name: "NODE_OPTIONS", value: "--max-old-space-size=128" },
      { name: "NODE", valueFrom: { fieldRef: { fieldPath: "spec.nodeName" } } },
    ],
  },
  "extra volumes": {
    extraVolumes: [{ name: "scratch", emptyDir: { sizeLimit: "1Mi" } }],
    extraVolumeMounts: [{ name: "scratch", mountPath: "/scratch" }],
  },
  "an extra volume beside a Secret": {
    certificates: existingSecret,
    extraVolumes: [{ name: "scratch", emptyDir: {} }],
    extraVolumeMounts: [{ name: "scratch", mountPath: "/scratch" }],
  },
  "labels and annotations of the pods": {
    podLabels: { "sidecar.istio.io/inject": "false" },
    podAnnotations: { "prometheus.io/scrape": "true" },
  },
  resources: { resources: { requests: { cpu: 2, memory: "1Gi" }, limits: { memory: "1Gi" } } },
  "security contexts": {
    podSecurityContext: { runAsUser: 1000, supplementalGroups: [7] },
    securityContext: { privileged: false },
  },
  placement: {
    nodeSelector: { "node-role.kubernetes.io/control-plane": "" },
    tolerations: [{ key: "node-role.kubernetes.io/control-plane", operator: "Exists", effect: "NoSchedule" }],
  },
  "affinity and spread": {
    affinity: { nodeAffinity: {} },
    topologySpreadConstraints: [
      {
        maxSkew: 2,
        topologyKey: "kubernetes.io/hostname",
        whenUnsatisfiable: "DoNotSchedule",
        labelSelector: {},
      },
    ],
  },
  probes: {
    startupProbe: { failureThreshold: 60 },
    readinessProbe: { periodSeconds: 2, timeoutSeconds: 1 },
    livenessProbe: { initialDelaySeconds: 10 },
  },
  "no network policy": { networkPolicy: { enabled: false } },
  "another port of the API server": { networkPolicy: { apiServerPorts: [16443] } },
  "a PodMonitor": { monitoring: { podMonitor: { enabled: true, labels: { release: "prometheus" } } } },
  "alert rules": { monitoring: { prometheusRule: { enabled: true, labels: { release: "prometheus" } } } },
  "a ServiceMonitor": {
    monitoring: { serviceMonitor: { enabled: true, labels: { release: "prometheus" } } },
    healthPort: 8081,
  },
  "a Service for metrics": {
    monitoring: { service: { enabled: true, annotations: { "prometheus.io/scrape": "true" } } },
  },
  "a dashboard": { monitoring: { dashboard: { enabled: true, labels: { folder: "platform" } } } },
  "all of monitoring": { monitoring: { podMonitor: { enabled: true }, prometheusRule: { enabled: true } } },
  "a Service with annotations": { service: { annotations: { "example.com/exposed": "false" } } },
  "no hooks": { hooks: { enabled: false } },
  "values of a parent chart": { global: { region: "eu" } },
};
