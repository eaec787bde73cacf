import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "@prometheus-io/client";
import type { DecisionRecord } from "../../admission/decision.ts";
import { CUSTOM_WORKLOADS, WORKLOADS } from "../../admission/pods/workloads.ts";
import type { OwnCertificates } from "../../certs/own-certificates.ts";
import type { Cluster } from "../../kube/cluster.ts";
import type { ProbeResult } from "../../kube/probe/ask.ts";
import { SAFE_OWNERS } from "../../policy/injection/owners.ts";
import type { SkipReason } from "../../policy/injection/skip.ts";
import { VERSION } from "../../version.ts";

/** The known kinds. All other kinds share one series, because a client could send any number of kinds. */
const KINDS: ReadonlySet<string> = new Set([
  ...[...WORKLOADS, ...CUSTOM_WORKLOADS, ...SAFE_OWNERS].map(({ kind }) => kind),
  "Namespace",
]);

function knownKind(kind: string): string {
  return KINDS.has(kind) ? kind : "other";
}

/** If an injection is skipped for one of these reasons, the metric also has the kind of the owner. */
const OF_OWNER: ReadonlySet<SkipReason> = new Set(["owner", "owner-may-compare"] as const);

/** `CloneSet` of `CloneSet/web`. */
function kindOf(owner: string): string {
  return owner.split("/", 1)[0] ?? "";
}

/**
 * The buckets of a histogram. The first is a tenth of the time of an ordinary decision, and the last is 10 s.
 * timeoutSeconds is 2 s in the manifests of gracekeeper, and 10 s by default in Kubernetes.
 */
const SECONDS = [0.0002, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 1, 2, 5, 10];

/**
 * HTTP statuses that have an alert. Their series begin at 0, because Prometheus sees no increase in a series that
 * begins at 1.
 */
const COUNTED_FROM_ZERO = [500, 503];

/**
 * The reasons for refusing a caller: it has no certificate, its certificate is not trusted, or its certificate has
 * another name.
 */
const REFUSED_CALLERS = ["none", "untrusted", "name"] as const;
export type RefusedCaller = (typeof REFUSED_CALLERS)[number];

type CaGauges = Pick<OwnCertificates, "signer" | "published">;

type ClusterGauges = Pick<Cluster, "inSync" | "size" | "ageSeconds">;

/** Creates the metrics in a new registry. No label value is text from a user. */
export function createMetrics(inFlight: () => number) {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  buildInfo(registry);
  const decisions = decisionMetrics(registry);
  gaugeOf(
    registry,
    "requests_in_flight",
    "Requests whose body is being received, or whose manifest is being explained.",
    inFlight,
  );
  return {
    registry,
    ...decisions,
    ...certificateMetrics(registry),
    ...callerMetrics(registry),
    ...configurationMetrics(registry),
    /** Adds the gauges of certificates that gracekeeper makes itself. */
    ownCertificates: (own: CaGauges) => caMetrics(registry, own),
    ...probeMetrics(registry),
    /** Adds the gauges of the cluster. */
    cluster: (cluster: ClusterGauges) => clusterMetrics(registry, cluster),
  };
}

export type Metrics = ReturnType<typeof createMetrics>;

function buildInfo(registry: Registry): void {
  new Gauge({
    name: "gracekeeper_build_info",
    help: "Always 1, with the version of gracekeeper and of Node as labels.",
    labelNames: ["version", "node"],
    registers: [registry],
  }).set({ version: VERSION, node: process.version }, 1);
}

/** The metrics of reviews. */
export function decisionMetrics(registry: Registry) {
  const registers = [registry];
  const decisions = new Counter({
    name: "gracekeeper_decisions_total",
    help: "Answered reviews, by mode (enforce, warn, audit, inject, namespace), action, kind, and dry run.",
    labelNames: ["mode", "action", "kind", "dry_run"],
    registers,
  });
  const findings = new Counter({
    name: "gracekeeper_findings_total",
    help: "Findings, by id and by the action of the decision.",
    labelNames: ["id", "action"],
    registers,
  });
  const ignored = new Counter({
    name: "gracekeeper_ignored_findings_total",
    help: "Findings suppressed by the gracekeeper.dev/ignore annotation, by id.",
    labelNames: ["id"],
    registers,
  });
  const skipped = new Counter({
    name: "gracekeeper_injection_skipped_total",
    help: "Pods that did not get a sleep, by reason. If the reason is the owner of the pod, the label owner has the kind of the owner.",
    labelNames: ["reason", "owner"],
    registers,
  });
  const duration = new Histogram({
    name: "gracekeeper_decision_duration_seconds",
    help: "Seconds from the headers of a review to its response.",
    labelNames: ["mode"],
    buckets: SECONDS,
    registers,
  });
  const lastReview = new Gauge({
    name: "gracekeeper_last_review_timestamp_seconds",
    help: "Unix time of the last review that got a decision. 0 before the first review.",
    registers,
  });
  const refused = new Counter({
    name: "gracekeeper_refused_requests_total",
    help: "Requests without a decision, by HTTP status. 500 is a bug in gracekeeper.",
    labelNames: ["status"],
    registers,
  });
  for (const status of COUNTED_FROM_ZERO) refused.inc({ status }, 0);
  return {
    decision(record: DecisionRecord, seconds: number): void {
      const { mode, action, kind, dryRun, findings: ids, ignored: silent, skipped: reason, owner } = record;
      decisions.inc({ mode, action, kind: knownKind(kind), dry_run: `${dryRun}` });
      duration.observe({ mode }, seconds);
      lastReview.setToCurrentTime();
      for (const id of ids) findings.inc({ id, action });
      for (const id of silent) ignored.inc({ id });
      if (reason !== undefined)
        skipped.inc(OF_OWNER.has(reason) ? { reason, owner: knownKind(kindOf(owner)) } : { reason });
    },
    refused: (status: number): void => refused.inc({ status }),
  };
}

function certificateMetrics(registry: Registry) {
  const registers = [registry];
  const notAfter = new Gauge({
    name: "gracekeeper_certificate_not_after_timestamp_seconds",
    help: "Expiry of the current certificate, as a Unix time.",
    registers,
  });
  const failures = new Counter({
    name: "gracekeeper_certificate_read_errors_total",
    help: "Failed attempts to read the certificate files and the file of --client-ca. The last valid certificates stay in use.",
    registers,
  });
  return {
    certificate: (date: Date): void => notAfter.set(date.getTime() / 1000),
    certificateFailed: (): void => failures.inc(),
  };
}

function callerMetrics(registry: Registry) {
  const refused = new Counter({
    name: "gracekeeper_refused_callers_total",
    help: "Connections refused with --client-ca, by reason: no client certificate (none), a certificate that is not trusted (untrusted), or a certificate with another name (name).",
    labelNames: ["reason"],
    registers: [registry],
  });
  return {
    /** Creates the series. Called only if callers need a certificate. */
    callersChecked(): void {
      for (const reason of REFUSED_CALLERS) refused.inc({ reason }, 0);
    },
    /** A caller was refused. */
    callerRefused: (reason: RefusedCaller): void => refused.inc({ reason }),
  };
}

function caMetrics(registry: Registry, own: CaGauges): void {
  gaugeOf(
    registry,
    "ca_not_after_timestamp_seconds",
    "Expiry of the CA that signed the current certificate, as a Unix time. 0 before the first certificate.",
    () => (own.signer?.notAfter ?? 0) / 1000,
  );
  gaugeOf(
    registry,
    "ca_bundle_published",
    "1 while every entry of both webhook configurations has the CA of the current certificate in caBundle.",
    () => Number(own.published),
  );
}

function configurationMetrics(registry: Registry) {
  const registers = [registry];
  const generation = new Gauge({
    name: "gracekeeper_configuration_generation",
    help: "1 at the start, and 1 more after each reload that changes the configuration.",
    registers,
  });
  const info = new Gauge({
    name: "gracekeeper_configuration_info",
    help: "Always 1, with the hash of the configuration values in effect as a label.",
    labelNames: ["hash"],
    registers,
  });
  const read = new Gauge({
    name: "gracekeeper_configuration_read_timestamp_seconds",
    help: "Time of the last successful read of the configuration file, as a Unix time. 0 without a file.",
    registers,
  });
  const faults = new Counter({
    name: "gracekeeper_configuration_read_errors_total",
    help: "Failed attempts to read the configuration file. The last valid configuration stays in use.",
    registers,
  });
  return {
    configurationRead: (): void => read.setToCurrentTime(),
    configurationInEffect(hash: string): void {
      generation.inc();
      info.reset();
      info.set({ hash }, 1);
    },
    configurationFailed: (): void => faults.inc(),
  };
}

function probeMetrics(registry: Registry) {
  const success = new Gauge({
    name: "gracekeeper_probe_success",
    help: "1 if the API server called gracekeeper for the last probe, else 0. The label cause has the reason. The metric is absent before the first probe.",
    labelNames: ["cause"],
    registers: [registry],
  });
  return {
    /** Records the result of a probe: "none", or the cause why the API server did not reach gracekeeper. */
    probed(cause: ProbeResult["cause"]): void {
      success.reset();
      success.set({ cause }, cause === "none" ? 1 : 0);
    },
  };
}

function clusterMetrics(registry: Registry, cluster: ClusterGauges): void {
  gaugeOf(
    registry,
    "namespaces_synced",
    "1 while namespaces are watched, 0 while their last known values are used.",
    () => Number(cluster.inSync),
  );
  gaugeOf(
    registry,
    "namespaces_last_event_age_seconds",
    "Seconds since the last namespace list, watch event or bookmark. The age is below 15 while the watch works.",
    () => cluster.ageSeconds(),
  );
  gaugeOf(
    registry,
    "namespaces_known",
    "Namespaces with a label or annotation that gracekeeper reads: keys of gracekeeper, or keys of a mesh.",
    () => cluster.size,
  );
}

/** A gauge whose value is computed at each scrape. */
function gaugeOf(registry: Registry, name: string, help: string, value: () => number): void {
  new Gauge({
    name: `gracekeeper_${name}`,
    help,
    registers: [registry],
    collect() {
      this.set(value());
    },
  });
}
