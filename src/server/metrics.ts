import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { DecisionRecord } from "../admission/decision.ts";

/** The kinds we judge. Any other kind is the client's word and would make a series each. */
const KINDS: ReadonlySet<string> = new Set([
  "Pod",
  "Deployment",
  "StatefulSet",
  "DaemonSet",
  "ReplicaSet",
  "ReplicationController",
  "Job",
  "CronJob",
  "PodTemplate",
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
}

/** Metrics in a registry of their own. No label holds text that a user wrote. */
export function createMetrics(inFlight: () => number): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const decisions = new Counter({
    name: "gracekeeper_decisions_total",
    help: "Reviews answered, by mode (enforce, warn, audit, inject), action and kind.",
    labelNames: ["mode", "action", "kind"],
    registers,
  });
  const findings = new Counter({
    name: "gracekeeper_findings_total",
    help: "Findings by id, and the action of the decision they were part of.",
    labelNames: ["id", "action"],
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
  new Gauge({
    name: "gracekeeper_requests_in_flight",
    help: "Requests that are being received or explained.",
    registers,
    collect() {
      this.set(inFlight());
    },
  });
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
    decision({ mode, action, kind, findings: ids, skipped: reason }, seconds) {
      decisions.inc({ mode, action, kind: KINDS.has(kind) ? kind : "other" });
      duration.observe({ mode }, seconds);
      for (const id of ids) findings.inc({ id, action });
      if (reason !== undefined) skipped.inc({ reason });
    },
    refused: (status) => refused.inc({ status }),
    certificate: (date) => notAfter.set(date.getTime() / 1000),
    certificateFault: () => faults.inc(),
  };
}
