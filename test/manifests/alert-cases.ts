/** Time series by name and labels, in the notation of promtool: `1+2x3` is 1 3 5 7, and `_` is a missing sample. */
export type Series = Readonly<Record<string, string>>;

/**
 * An alert, with series for which it fires at the time `at` and series for which it does not. Samples have an interval
 * of a minute.
 */
export interface AlertCase {
  readonly alert: string;
  readonly fires: Series;
  /** Series for which the alert only just does not fire. */
  readonly quiet: readonly Series[];
  readonly at?: string;
  /**
   * The evaluation interval of the rules. The interval is long if `at` is a day or more, because promtool evaluates
   * every step up to `at`.
   */
  readonly every?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly summary?: string;
}

export const AT = "30m";
export const EVERY = "1m";
const RARELY = "30m";

const OPEN = 'apiserver_admission_webhook_fail_open_count{name="validate.gracekeeper.dev",type="validating"}';
const REJECTED = "apiserver_admission_webhook_rejection_count";
const denied = (dryRun: boolean) => `gracekeeper_decisions_total{action="denied",dry_run="${dryRun}"}`;
const refused = (status: number) => `gracekeeper_refused_requests_total{status="${status}"}`;
const waited = (le: string) =>
  `apiserver_admission_webhook_admission_duration_seconds_bucket{name="validate.gracekeeper.dev",le="${le}"}`;
const callFailed = (name: string, type = "calling_webhook_error") =>
  `${REJECTED}{name="${name}",error_type="${type}"}`;

const NOT_AFTER = "gracekeeper_certificate_not_after_timestamp_seconds";
const CA_NOT_AFTER = "gracekeeper_ca_not_after_timestamp_seconds";
const LAST_REVIEW = "gracekeeper_last_review_timestamp_seconds";
const RUNS = { gracekeeper_build_info: "1x3000" };

/** Seconds. The time of promtool begins at 0. */
const HALF_HOUR = 1800;
const HOUR = 3600;
const DAY = 86_400;
const FOREVER = 1000 * DAY;
/** A constant series with more samples than any case reads. */
const always = (value: number) => `${value}x3000`;

/** One row for each alert of manifests/monitoring/rules.yaml. */
export const ALERT_CASES: readonly AlertCase[] = [
  {
    alert: "GracekeeperAbsent",
    fires: { gracekeeper_build_info: "1x10 stale" },
    quiet: [
      {
        'gracekeeper_build_info{instance="a"}': "1x10 stale",
        'gracekeeper_build_info{instance="b"}': "1x40",
      },
    ],
  },
  {
    alert: "GracekeeperNotReached",
    fires: {
      'gracekeeper_probe_success{instance="a",cause="timeout"}': "_x20 0x20",
      'gracekeeper_probe_success{instance="a",cause="none"}': "1x20 stale",
    },
    quiet: [
      {
        'gracekeeper_probe_success{instance="a",cause="timeout"}': "0x40",
        'gracekeeper_probe_success{instance="b",cause="none"}': "1x40",
      },
      { 'gracekeeper_probe_success{cause="none"}': "1x28 0x10" },
    ],
    summary: "The API server does not reach gracekeeper: timeout.",
  },
  {
    alert: "GracekeeperNoReviews",
    at: "50h",
    every: RARELY,
    // The condition of the alert is a day without a review, and it must hold for an hour.
    fires: { ...RUNS, [LAST_REVIEW]: always(25 * HOUR - 1), gracekeeper_namespaces_known: always(1) },
    quiet: [
      {
        ...RUNS,
        [`${LAST_REVIEW}{instance="a"}`]: always(0),
        [`${LAST_REVIEW}{instance="b"}`]: always(2 * DAY),
      },
      { ...RUNS, [LAST_REVIEW]: always(0), 'gracekeeper_probe_success{cause="none"}': always(1) },
      { ...RUNS, [LAST_REVIEW]: always(0), gracekeeper_namespaces_known: always(0) },
      { gracekeeper_build_info: "_x2000 1x2000", [LAST_REVIEW]: "_x2000 0x2000" },
      { ...RUNS, [LAST_REVIEW]: `${2 * DAY}x2900 0x100` },
    ],
  },
  {
    alert: "GracekeeperFailsOpen",
    // The series begins with the first failure.
    fires: { [OPEN]: "_x25 1x20" },
    quiet: [{ [OPEN]: "7x40" }, { [OPEN.replace("gracekeeper", "example")]: "0+1x40" }],
    labels: { name: "validate.gracekeeper.dev" },
    summary:
      "The API server got no usable answer from validate.gracekeeper.dev and continued: objects were not checked.",
  },
  {
    alert: "GracekeeperBlocksPods",
    fires: { [callFailed("validate.gracekeeper.dev")]: "3x25 4x20" },
    quiet: [
      { [callFailed("validate.gracekeeper.dev")]: "3x40" },
      { [callFailed("validate.gracekeeper.dev", "no_error")]: "0+1x40" },
      { [callFailed("probe.gracekeeper.dev")]: "0+1x40" },
    ],
    labels: { name: "validate.gracekeeper.dev" },
    summary: "The API server got no usable answer from validate.gracekeeper.dev, so it refused objects.",
  },
  {
    alert: "GracekeeperCertificateEnds",
    fires: {
      [`${NOT_AFTER}{instance="a"}`]: always(HALF_HOUR + 3 * HOUR),
      [`${NOT_AFTER}{instance="b"}`]: always(FOREVER),
    },
    quiet: [{ [NOT_AFTER]: always(HALF_HOUR + 8 * HOUR) }],
    summary: "The certificate of a replica ends in 3h 0m 0s; after that, calls to it fail.",
  },
  {
    alert: "GracekeeperCertificateNotRenewed",
    at: "90m",
    fires: { [`${NOT_AFTER}{instance="a"}`]: always(HOUR + HALF_HOUR + 13 * DAY) },
    quiet: [
      { [NOT_AFTER]: always(HOUR + HALF_HOUR + 15 * DAY) },
      {
        [`${NOT_AFTER}{instance="a",pod="x"}`]: always(DAY),
        [`${CA_NOT_AFTER}{instance="a",pod="x"}`]: always(FOREVER),
      },
    ],
    summary: "The mounted certificate ends in 13d 0h 0m 0s and was not renewed.",
  },
  {
    alert: "GracekeeperCaEnds",
    at: "90m",
    fires: { [CA_NOT_AFTER]: always(HOUR + HALF_HOUR + 29 * DAY) },
    quiet: [{ [CA_NOT_AFTER]: always(HOUR + HALF_HOUR + 31 * DAY) }, { [CA_NOT_AFTER]: always(0) }],
    summary: "The CA of gracekeeper ends in 29d 0h 0m 0s and was not replaced.",
  },
  {
    alert: "GracekeeperCaNotPublished",
    fires: {
      'gracekeeper_ca_bundle_published{instance="a"}': "1x20 0x20",
      'gracekeeper_ca_bundle_published{instance="b"}': "1x40",
    },
    quiet: [{ gracekeeper_ca_bundle_published: "1x26 0x20" }],
  },
  {
    alert: "GracekeeperCertificateUnreadable",
    fires: { gracekeeper_certificate_read_errors_total: "0x25 0+12x10" },
    quiet: [{ gracekeeper_certificate_read_errors_total: "0+12x10 120x30" }],
  },
  {
    alert: "GracekeeperInternalErrors",
    fires: { [refused(500)]: "0x25 1x20" },
    quiet: [{ [refused(500)]: "0x10 1x30", [refused(400)]: "0+1x40", [refused(503)]: "0+1x40" }],
  },
  {
    alert: "GracekeeperShedsLoad",
    fires: { [refused(503)]: "0x25 1x20" },
    quiet: [{ [refused(503)]: "0x10 1x30", [refused(413)]: "0+1x40", [refused(500)]: "0+1x40" }],
  },
  {
    alert: "GracekeeperConfigurationNotReloaded",
    fires: { gracekeeper_configuration_read_errors_total: "0x25 0+12x10" },
    quiet: [{ gracekeeper_configuration_read_errors_total: "0+12x10 120x30" }],
  },
  {
    alert: "GracekeeperConfigurationsDiffer",
    fires: {
      'gracekeeper_configuration_info{instance="a",hash="1"}': "1x40",
      'gracekeeper_configuration_info{instance="b",hash="2"}': "1x40",
    },
    quiet: [
      {
        'gracekeeper_configuration_info{instance="a",hash="1"}': "1x40",
        'gracekeeper_configuration_info{instance="b",hash="1"}': "1x40",
      },
      {
        'gracekeeper_configuration_info{instance="a",hash="1"}': "1x40",
        'gracekeeper_configuration_info{instance="b",hash="2"}': "1x10 stale",
      },
    ],
  },
  {
    alert: "GracekeeperNotInSync",
    fires: {
      'gracekeeper_namespaces_synced{instance="a"}': "1x20 0x20",
      'gracekeeper_namespaces_synced{instance="b"}': "1x40",
    },
    quiet: [
      { gracekeeper_namespaces_synced: "1x26 0x20", gracekeeper_namespaces_last_event_age_seconds: "15x40" },
    ],
  },
  {
    alert: "GracekeeperNotInSync",
    fires: { gracekeeper_namespaces_synced: "1x40", gracekeeper_namespaces_last_event_age_seconds: "31x40" },
    quiet: [
      { gracekeeper_namespaces_synced: "1x40", gracekeeper_namespaces_last_event_age_seconds: "30x40" },
    ],
  },
  {
    alert: "GracekeeperSlow",
    // 2 of 100 calls take between 1 s and 2.5 s. The 0.99 quantile is halfway between these two times.
    fires: { [waited("1")]: "0+98x40", [waited("2.5")]: "0+100x40", [waited("+Inf")]: "0+100x40" },
    quiet: [{ [waited("1")]: "0+995x40", [waited("2.5")]: "0+1000x40", [waited("+Inf")]: "0+1000x40" }],
    labels: { name: "validate.gracekeeper.dev" },
    summary: "The API server waits 1.75s for validate.gracekeeper.dev in 1 of 100 calls.",
  },
  {
    alert: "GracekeeperDenialsJump",
    at: "24h",
    every: RARELY,
    // Denials increase from 1 to 8 per minute in the last quarter of an hour.
    fires: { [denied(false)]: "0+1x1424 1425+8x30" },
    quiet: [
      { [denied(false)]: "0+4x3000" },
      { [denied(false)]: "0+1x1424 1425+4x30" },
      { [denied(false)]: "0x1424 0+3x30" },
      { [denied(true)]: "0x1424 0+100x30" },
    ],
    summary: "120 requests were denied in 15 minutes, over 5 times as many as usual.",
  },
  {
    alert: "GracekeeperDenialsJump",
    // There are no samples of the day before.
    fires: { [denied(false)]: "0+4x40" },
    quiet: [{ [denied(false)]: "0+3x40" }],
    summary: "60 requests were denied in 15 minutes, over 5 times as many as usual.",
  },
];
