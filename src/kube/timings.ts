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
 * With these values, the namespaces are up to date again within 15 s after a fault has ended. The worst case is a watch
 * that breaks just before the fault ends. The client closes the watch after at most 13 s, pauses for at most 1 s, and
 * opens a new watch.
 */
export const TIMINGS: Timings = {
  /** The API server ends a watch after this time, which shows that the connection works. */
  watchSeconds: 10,
  /** A watch that lasts longer than this limit has a half-open connection, so the client closes the watch. */
  watchLimit: 13 * SECOND,
  /** The idle timeout of a connection. For a watch, the idle timeout applies only until the headers. */
  silence: 8 * SECOND,
  /** The time limit for a whole response, even if bytes still arrive. */
  answer: 12 * SECOND,
  /** After a watch was open for this long, earlier failures no longer count. */
  settled: 3 * SECOND,
  /** The interval of regular lists, because events can be lost unnoticed, for example by a restore of etcd. */
  relist: 10 * MINUTE,
  /**
   * The pause after a fault doubles from firstPause to longestPause. A random part of at most half is then subtracted.
   */
  firstPause: SECOND,
  longestPause: 8 * SECOND,
  /** The maximum for a Retry-After header. A longer Retry-After is shortened to this maximum. */
  longestRetryAfter: 10 * SECOND,
  versionLook: MINUTE,
  /**
   * A higher version takes effect after this time without a response of a lower version. During an upgrade, API servers
   * of two versions answer.
   */
  versionSteady: 10 * MINUTE,
  /** After HTTP 403, gracekeeper requests no pods for this long. */
  podsForbidden: MINUTE,
  /**
   * The interval of probes: short enough for an alert that fires after some minutes, and long enough for little load.
   */
  probe: 30 * SECOND,
};
