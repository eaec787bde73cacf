const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** Time limits and pauses of requests to the API server, in milliseconds unless a field says otherwise. */
export interface Timings {
  readonly watchSeconds: number;
  readonly watchLimit: number;
  readonly silence: number;
  readonly answer: number;
  readonly settled: number;
  readonly relist: number;
  readonly firstPause: number;
  readonly longestPause: number;
  readonly longestRetryAfter: number;
  readonly versionLook: number;
  readonly versionSteady: number;
  readonly podsForbidden: number;
  readonly probe: number;
}

/**
 * With these, the namespaces are current again within 15 s after any fault has ended. The worst case is a watch that went
 * silent just before: 13 s until it is cut, at most 1 s of pause, then the new watch.
 */
export const TIMINGS: Timings = {
  /** The API server ends a watch after this time. The end shows that the connection works. */
  watchSeconds: 10,
  /** A watch that lasts longer is half-open, so we close it. */
  watchLimit: 13 * SECOND,
  /** A connection without a byte for this long is dead. For a watch this holds only until its headers have come. */
  silence: 8 * SECOND,
  /** The limit for a whole answer, however slowly it comes. */
  answer: 12 * SECOND,
  /** A watch that was open for this long counts as stable. */
  settled: 3 * SECOND,
  /** How often to list again without a reason, in case events were lost unnoticed, such as after a restore of etcd. */
  relist: 10 * MINUTE,
  /** The pause after a fault doubles from the first to the longest. A random part, up to half, is taken off. */
  firstPause: SECOND,
  longestPause: 8 * SECOND,
  /** The longest Retry-After header that is followed. */
  longestRetryAfter: 10 * SECOND,
  versionLook: MINUTE,
  /** API servers of different versions answer during an upgrade; a higher version counts when it has lasted this long. */
  versionSteady: 10 * MINUTE,
  /** After a 403, no request for pods is sent for this long. */
  podsForbidden: MINUTE,
  /** Between two probes: often enough for an alert that waits minutes, and rare enough to cost nothing. */
  probe: 30 * SECOND,
};
