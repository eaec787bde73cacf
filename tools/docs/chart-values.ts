import { z } from "zod";
import { configurationSchema } from "../../src/policy/configuration/parse.ts";

/**
 * Fields of Kubernetes. The schema does not check the fields of Kubernetes objects, because the API server does, and
 * new versions add fields.
 */
const kubernetesObject = z.looseObject({});
const kubernetesObjects = z.array(kubernetesObject);

/** The limit is one hour, so that the schema refuses a value in milliseconds. */
const MOST_SECONDS = 3600;
const MOST_PORT = 65_535;
/** The limit of timeoutSeconds (k8s.io/api admissionregistration/v1 types.go, ValidatingWebhook). */
const MOST_TIMEOUT = 30;

const text = z.string();
const strings = z.record(text, text);
const seconds = z.int().min(1).max(MOST_SECONDS);
const port = z.int().min(1).max(MOST_PORT);
/** A DNS label of RFC 1123, or an empty string. */
const name = text.regex(/^([a-z0-9]([-a-z0-9]*[a-z0-9])?)?$/).max(63);
const goDuration = text.regex(/^(\d+(h|m|s))+$/);

const entry = {
  timeoutSeconds: z.int().min(1).max(MOST_TIMEOUT),
  failurePolicy: z.enum(["Ignore", "Fail"]),
  namespaceExpressions: z.array(selectorRequirement()),
  objectExpressions: z.array(selectorRequirement()),
  matchConditions: z.array(z.strictObject({ name: text.min(1), expression: text.min(1) })),
};

const probeTimes = z.strictObject({
  initialDelaySeconds: z.int().min(0).optional(),
  periodSeconds: seconds.optional(),
  timeoutSeconds: seconds.optional(),
  failureThreshold: z.int().min(1).optional(),
});

/** Every value of the chart. `configuration` is replaced by its own schema. */
const values = z.strictObject({
  nameOverride: name,
  fullnameOverride: name,
  commonLabels: strings,
  commonAnnotations: strings,
  image: z.strictObject({
    repository: text.min(1),
    tag: text,
    digest: text.regex(/^(sha256:[0-9a-f]{64})?$/),
    pullPolicy: z.enum(["Always", "IfNotPresent", "Never"]),
    pullSecrets: z.array(z.strictObject({ name: text.min(1) })),
  }),
  serviceAccount: z.strictObject({ create: z.boolean(), name, annotations: strings }),
  rbac: z.strictObject({ create: z.boolean() }),
  apiAccess: z.boolean(),
  preview: z.boolean(),
  probe: z.strictObject({ enabled: z.boolean(), namespace: name }),
  certificates: z.strictObject({
    source: z.enum(["self", "certManager", "existingSecret"]),
    ca: text.regex(/^(\s*-----BEGIN CERTIFICATE-----[\s\S]*)?$/),
    certManager: z.strictObject({ issuerRef: strings, duration: goDuration, renewBefore: goDuration }),
    existingSecret: z.strictObject({ name: text }),
  }),
  webhooks: z.strictObject({
    annotations: strings,
    extraRules: kubernetesObjects,
    inject: z.strictObject({ ...entry, reinvocationPolicy: z.enum(["Never", "IfNeeded"]) }),
    validate: z.strictObject(entry),
    templates: z.strictObject(entry),
    warn: z.strictObject(entry),
    audit: z.strictObject(entry),
    namespace: z.strictObject(entry),
  }),
  configuration: kubernetesObject,
  replicas: z.int().min(1),
  strategy: z.strictObject({
    type: z.enum(["RollingUpdate", "Recreate"]),
    rollingUpdate: kubernetesObject.optional(),
  }),
  revisionHistoryLimit: z.int().min(0),
  priorityClassName: text,
  port: z.int().min(0).max(MOST_PORT),
  healthPort: port,
  hostNetwork: z.boolean(),
  dnsPolicy: z.enum(["", "ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"]),
  shutdownDelaySeconds: z.int().min(0).max(MOST_SECONDS),
  terminationGracePeriodSeconds: seconds,
  logLevel: z.enum(["debug", "info", "warn", "error", "silent"]),
  explain: z.boolean(),
  extraArgs: z.array(text),
  extraEnv: kubernetesObjects,
  extraVolumes: kubernetesObjects,
  extraVolumeMounts: kubernetesObjects,
  podLabels: strings,
  podAnnotations: strings,
  resources: kubernetesObject,
  podSecurityContext: kubernetesObject,
  securityContext: kubernetesObject,
  nodeSelector: strings,
  tolerations: kubernetesObjects,
  affinity: kubernetesObject,
  topologySpreadConstraints: kubernetesObjects,
  startupProbe: probeTimes,
  readinessProbe: probeTimes,
  livenessProbe: probeTimes,
  podDisruptionBudget: z.strictObject({
    enabled: z.boolean(),
    maxUnavailable: z.union([z.int().min(0), text.regex(/^\d+%$/)]),
  }),
  networkPolicy: z.strictObject({
    enabled: z.boolean(),
    apiServerPorts: z.array(port).min(1),
    extraEgress: kubernetesObjects,
  }),
  monitoring: z.strictObject({
    podMonitor: z.strictObject({ enabled: z.boolean(), labels: strings }),
    service: z.strictObject({ enabled: z.boolean(), annotations: strings }),
    serviceMonitor: z.strictObject({ enabled: z.boolean(), labels: strings }),
    prometheusRule: z.strictObject({ enabled: z.boolean(), labels: strings }),
    dashboard: z.strictObject({ enabled: z.boolean(), labels: strings }),
  }),
  service: z.strictObject({ annotations: strings }),
  hooks: z.strictObject({ enabled: z.boolean() }),
});

function selectorRequirement() {
  return z.strictObject({
    key: text.min(1),
    operator: z.enum(["In", "NotIn", "Exists", "DoesNotExist"]),
    values: z.array(text).optional(),
  });
}

/** The JSON Schema of values.yaml. Helm itself adds `global`. */
export function valuesSchema(): object {
  const { properties, ...schema } = z.toJSONSchema(values, { io: "input" });
  return {
    ...schema,
    title: "Values of gracekeeper",
    properties: { ...properties, configuration: configuration(), global: {} },
  };
}

/** The schema of the file without `apiVersion` and `kind`, which the chart writes. */
function configuration(): object {
  const whole = JSON.parse(JSON.stringify(configurationSchema()), withoutLookahead);
  const { $schema: _, title: __, description: ___, required: ____, ...schema } = whole;
  const { apiVersion, kind, ...properties } = schema.properties;
  return { ...schema, properties };
}

const LOOKAHEAD = /^\^\(\?=\.\{1,(\d+)\}\$\)/;

/**
 * Go's regular expressions, which Helm uses, have no lookahead. So a lookahead that limits the length becomes
 * `maxLength`.
 */
function withoutLookahead(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || !("pattern" in value)) return value;
  const [lookahead, most] = LOOKAHEAD.exec(String(value.pattern)) ?? [];
  if (lookahead === undefined) return value;
  return { ...value, maxLength: Number(most), pattern: String(value.pattern).replace(lookahead, "^") };
}
