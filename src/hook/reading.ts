import { type Interval, knownSeconds, NO_TIME } from "./interval.ts";
import type { Failure, Part, Reason } from "./reason.ts";

/** The result of reading one hook: how long it takes, and why. */
export interface HookReading {
  /** How long the hook takes in a healthy container, not cut by the grace period. */
  readonly seconds: Interval;
  /**
   * Seconds of the known run: the time that the author seems to intend. In the known run, programs without a time limit
   * take their shortest time, a condition takes its longer branch, and nothing fails. `known` is finite and within
   * `seconds`. It is `seconds.max` if this bound is finite, and ENDLESS_SECONDS if the hook is endless. The known run
   * may cause a warning, but never a denial.
   */
  readonly known: number;
  /** The reasons for each bound: a single reason, or one for each command that adds to the bound. */
  readonly why: { readonly min: readonly Reason[]; readonly max: readonly Reason[] };
  /**
   * The commands of the hook with their times, in the order in which they run: `sleep 20 (20 s) + nginx -s quit (0 s)`.
   */
  readonly parts: readonly Part[];
  /** Set if the hook can never work: it fails at once. */
  readonly cannotRun: CannotRun | undefined;
  /** Set if the hook works, but a part that was clearly meant to run never runs. */
  readonly neverRun: NeverRun | undefined;
  /** The assumptions that `seconds` depends on, each once. */
  readonly assumptions: readonly Assumption[];
  /**
   * True if the hook only sleeps a constant time (`sleep 10`, `sh -c "sleep 10"`), so that the sleep action can replace
   * it. The constant time is `seconds.min`.
   */
  readonly plainSleep: boolean;
  /**
   * The earliest time at which the hook itself may stop the main process, in seconds from the start of the hook. The
   * app may then shut down while the hook still runs. Undefined if the hook never stops the main process.
   */
  readonly stopsAppAfter: number | undefined;
  /**
   * A short name of the hook for messages: `/drain.sh`, `sleep 20`, `httpGet :8080/drain`. The label quotes words of
   * the hook.
   */
  readonly label: string;
}

/** The command that was probably intended. */
interface Intended {
  /** The argv of the intended command; undefined if the intention is not clear. */
  readonly instead?: readonly string[] | undefined;
  /** How long the intended command takes: `seconds` and `known` as in `HookReading`. */
  readonly insteadSeconds?: Interval | undefined;
  readonly insteadKnown?: number | undefined;
}

/**
 * Why a hook can never work, and what to write instead if that is clear. All quoted words come from the hook's command.
 */
export type CannotRun = CannotRunReason & Intended;

/**
 * The part of a hook that never runs, and what to write instead if that is clear. All quoted words come from the hook's
 * command.
 */
export type NeverRun = NeverRunReason & Intended;

type NeverRunReason =
  /** A folded YAML scalar makes a script one line, so a comment at the beginning comments out the whole script. */
  | { readonly code: "only-comments"; readonly text: string }
  /** `exec` alone changes nothing. */
  | { readonly code: "exec-without-command"; readonly words: string }
  /** The words after the shell text never run, because the text does not use its arguments. */
  | { readonly code: "words-behind-text"; readonly text: string; readonly words: string }
  /** A command that always fails when the script reaches it. The other commands of the script run. */
  | { readonly code: "part-fails"; readonly part: ScriptFault };

type CannotRunReason =
  | { readonly code: "empty-command" | "nul-character" | "tcp-socket" | "no-handler" }
  | { readonly code: "no-text"; readonly program: string }
  | {
      readonly code:
        | "shell-keyword"
        | "one-word-command-line"
        | "list-in-quotes"
        | "option-and-text-in-one-word"
        | "words-behind-text";
      readonly word: string;
    }
  | {
      readonly code: "operator-without-shell" | "text-without-option";
      readonly word: string;
      readonly program: string;
    }
  | ScriptFault;

/** A failing command or a syntax error in a shell text. */
export type ScriptFault =
  | { readonly code: "sleep-fails"; readonly failure: Failure }
  /** `message` comes from the parser. */
  | { readonly code: "text-does-not-parse"; readonly offset: number; readonly message: string };

export type Assumption =
  /** The programs are in the image and do what their manual says. */
  | "programs-as-documented"
  /** The main process keeps running until the hook signals it. If the main process ends, the hook ends, too. */
  | "main-process-runs-on"
  /** The signal of `timeout` ends the program that it runs. */
  | "timeout-ends-program"
  /** The files that the hook writes to can be opened. */
  | "output-can-be-opened"
  /** The profile files of a login shell take no time, and change neither programs nor commands. */
  | "profile-takes-no-time";

/**
 * The reading of a hook with a single time and a single reason. For `label` and `clause`, see `HookReading` and
 * `Reason`.
 */
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
