import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "@prometheus-io/client";
import type { DecisionRecord } from "../../admission/decision.ts";
import { CUSTOM_WORKLOADS, WORKLOADS } from "../../admission/pods/workloads.ts";
import type { Cluster } from "../../kube/cluster.ts";

/** The kinds we know. Any other kind is the client's word and would make a series each. */
const KINDS: ReadonlySet<string> = new Set([
  ...[...WORKLOADS, ...CUSTOM_WORKLOADS].map(({ kind }) => kind),
  "Namespace",
]);

/** From a tenth of what a decision usually takes up to the 2 s after which the API server has given up. */
const SECONDS = [0.0002, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 2];

export interface Metrics {
  readonly registry: Registry;
  decision(record: DecisionRecord, seconds: number): void;
  refused(status: number): void;
  certificate(notAfter: Date): void;
  certificateFault(): void;
  /** The file was read and is good. */
  configurationRead(): void;
  configurationChanged(): void;
  configurationFault(): void;
  /** From now on what is known of the cluster is there to be scraped. */
  cluster(cluster: ClusterGauges): void;
}

type ClusterGauges = Pick<Cluster, "inSync" | "size" | "ageSeconds">;

/** Metrics in a registry of their own. No label holds text that a user wrote. */
export function createMetrics(inFlight: () => number): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const decisions = new Counter({
    name: "gracekeeper_decisions_total",
    help: "Reviews answered, by mode (enforce, warn, audit, inject, namespace), action and kind.",
    labelNames: ["mode", "action", "kind"],
    registers,
  });
  const findings = new Counter({
    name: "gracekeeper_findings_total",
    help: "Findings by id, and the action of the decision they were part of.",
    labelNames: ["id", "action"],
    registers,
  });
  const ignored = new Counter({
    name: "gracekeeper_ignored_findings_total",
    help: "Findings that pods asked to ignore, and were let, by id.",
    labelNames: ["id"],
    registers,
  });
  const skipped = new Counter({
    name: "gracekeeper_injection_skipped_total",
    help: "Pods that got no sleep, by reason.",
    labelNames: ["reason"],
    registers,
  });
  const duration = new Histogram({
    name: "gracekeeper_decision_duration_seconds",
    help: "From the headers of a review to its answer.",
    labelNames: ["mode"],
    buckets: SECONDS,
    registers,
  });
  const refused = new Counter({
    name: "gracekeeper_refused_requests_total",
    help: "Requests that got no decision, by HTTP status. 500 is a fault of gracekeeper.",
    labelNames: ["status"],
    registers,
  });
  gaugeOf(registry, "requests_in_flight", "Requests that are being received or explained.", inFlight);
  const notAfter = new Gauge({
    name: "gracekeeper_certificate_not_after_timestamp_seconds",
    help: "When the certificate that is served expires, as a Unix time.",
    registers,
  });
  const faults = new Counter({
    name: "gracekeeper_certificate_read_errors_total",
    help: "Times the certificate files could not be used; the pair from before goes on serving.",
    registers,
  });
  return {
    registry,
    ...configurationMetrics(registry),
    decision({ mode, action, kind, findings: ids, ignored: silent, skipped: reason }, seconds) {
      decisions.inc({ mode, action, kind: KINDS.has(kind) ? kind : "other" });
      duration.observe({ mode }, seconds);
      for (const id of ids) findings.inc({ id, action });
      for (const id of silent) ignored.inc({ id });
      if (reason !== undefined) skipped.inc({ reason });
    },
    refused: (status) => refused.inc({ status }),
    certificate: (date) => notAfter.set(date.getTime() / 1000),
    certificateFault: () => faults.inc(),
    cluster: (cluster) => clusterMetrics(registry, cluster),
  };
}

function configurationMetrics(registry: Registry) {
  const registers = [registry];
  const generation = new Gauge({
    name: "gracekeeper_configuration_generation",
    help: "1 at the start, and 1 more for each change of the configuration that was taken up.",
    registers,
  });
  const read = new Gauge({
    name: "gracekeeper_configuration_read_timestamp_seconds",
    help: "When the configuration file was last read and found good, as a Unix time; 0 without a file.",
    registers,
  });
  const faults = new Counter({
    name: "gracekeeper_configuration_read_errors_total",
    help: "Times the configuration file could not be used; the configuration from before stands.",
    registers,
  });
  generation.set(1);
  return {
    configurationRead: () => read.setToCurrentTime(),
    configurationChanged: () => generation.inc(),
    configurationFault: () => faults.inc(),
  };
}

function clusterMetrics(registry: Registry, cluster: ClusterGauges): void {
  gaugeOf(
    registry,
    "namespaces_synced",
    "1 while namespaces are watched, 0 while the last known ones stand.",
    () => Number(cluster.inSync),
  );
  gaugeOf(
    registry,
    "namespaces_last_event_age_seconds",
    "Since the last word of the API server on namespaces; one comes every 10 seconds at least.",
    () => cluster.ageSeconds(),
  );
  gaugeOf(
    registry,
    "namespaces_known",
    "Namespaces with a label or annotation of gracekeeper.",
    () => cluster.size,
  );
}

/** A gauge that is asked for its value when it is scraped. */
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
