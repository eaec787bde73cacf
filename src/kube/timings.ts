const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** How long we wait for the API server, and how often we ask, in milliseconds where nothing else is said. */
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
}

/**
 * Together they bring the namespaces back within 15 s after any fault has ended. The worst is a watch that went silent
 * just before: 13 s until it is cut, then up to 1 s of pause, then the new watch.
 */
export const TIMINGS: Timings = {
  /** A watch is asked to end by itself after this: an end that comes shows that the connection lives. */
  watchSeconds: 10,
  /** A watch that has not ended by then is half-open, and is cut. */
  watchLimit: 13 * SECOND,
  /** Without a byte for this long a connection is dead; a watch only until its headers have come. */
  silence: 8 * SECOND,
  /** For a whole answer that trickles in. */
  answer: 12 * SECOND,
  /** A watch that was open for this long has come to stay. */
  settled: 3 * SECOND,
  /** A list that is not needed, in case events were lost and nobody noticed, such as after etcd was restored. */
  relist: 10 * MINUTE,
  /** The pause after a fault doubles from the first to the longest, and is cut by up to a half by chance. */
  firstPause: SECOND,
  longestPause: 8 * SECOND,
  /** What a Retry-After header can ask for at most. */
  longestRetryAfter: 10 * SECOND,
  versionLook: MINUTE,
  /** API servers of different versions answer during an upgrade; a higher version counts when it has lasted this long. */
  versionSteady: 10 * MINUTE,
  /** For this long after a 403 the pods are not asked for. */
  podsForbidden: MINUTE,
};
