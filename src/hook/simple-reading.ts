import { type Interval, knownSeconds, NO_TIME } from "./interval.ts";
import type { CannotRun, HookReading } from "./reading.ts";

/** A hook with one part and one reason. `label` and `clause` as in `HookReading` and `Reason`. */
export function simpleReading(label: string, seconds: Interval, clause: string): HookReading {
  const because = { clause };
  return {
    seconds,
    known: knownSeconds(seconds),
    why: { min: [because], max: [because] },
    parts: [
      { text: { from: "hook", text: label }, offset: 0, seconds, known: knownSeconds(seconds), because },
    ],
    cannotRun: undefined,
    neverRun: undefined,
    assumptions: [],
    plainSleep: false,
    stopsAppAfter: undefined,
    label,
  };
}

/** A hook that fails at once. */
export function neverRuns(label: string, cannotRun: CannotRun): HookReading {
  return { ...simpleReading(label, NO_TIME, "fails at once"), cannotRun };
}
