import type { Interval } from "./interval.ts";
import type { Failure, Part, Reason } from "./reason.ts";

/** What was read from one hook: how long it takes, and why we say so. */
export interface HookReading {
  /** How long the hook takes in a healthy container, not cut by the grace period. */
  readonly seconds: Interval;
  /** Why each bound is what it is: one reason, or one for each command that adds to it. */
  readonly why: { readonly min: readonly Reason[]; readonly max: readonly Reason[] };
  /** The pieces that make up the time, in the order they run, for explain: `sleep 20 (20 s) + nginx -s quit (0 s)`. */
  readonly parts: readonly Part[];
  /** Set when the hook can never work: it fails at once, whatever it was meant to do. */
  readonly cannotRun: CannotRun | undefined;
  /** What was taken for granted to come to `seconds`; only those that were used, each once. */
  readonly assumptions: readonly Assumption[];
  /**
   * True where the hook is an exec of nothing but a constant sleep (`sleep 10`, `sh -c "sleep 10"`), which the sleep
   * action can replace. The seconds then are `seconds.min`.
   */
  readonly plainSleep: boolean;
  /**
   * When the hook itself may stop the main process at the earliest, in seconds from its start: from then on the app shuts
   * down while the hook still runs. Undefined where it does not.
   */
  readonly stopsAppAfter: number | undefined;
  /** The hook in the fewest words, for messages: `/drain.sh`, `sleep 20`, `httpGet :8080/drain`. User text, as given. */
  readonly label: string;
}

/** Why a hook can never work, and what to write instead where that is plain. Words are those of the command. */
export type CannotRun = CannotRunReason & {
  /** The argv that was probably meant, as a list of words, or undefined where it is not plain. */
  readonly instead?: readonly string[] | undefined;
  /** How long that takes. */
  readonly insteadSeconds?: Interval | undefined;
};

type CannotRunReason =
  | { readonly code: "empty-command" | "nul-character" | "tcp-socket" | "no-handler" }
  | { readonly code: "no-text"; readonly program: string }
  | {
      readonly code:
        | "shell-keyword"
        | "one-word-command-line"
        | "option-and-text-in-one-word"
        | "words-behind-text";
      readonly word: string;
    }
  | {
      readonly code: "operator-without-shell" | "text-without-option";
      readonly word: string;
      readonly program: string;
    }
  | { readonly code: "sleep-fails"; readonly failure: Failure }
  /** `message` is the parser's. */
  | { readonly code: "text-does-not-parse"; readonly offset: number; readonly message: string };

export type Assumption =
  /** The named programs are in the image and behave as their manual says. */
  | "programs-as-documented"
  /** The container's main process goes on until the hook signals it; from then on the rest may be cut. */
  | "main-process-runs-on"
  /** `timeout` ends the program it runs with the signal it sends. */
  | "timeout-ends-program"
  /** Files the hook writes to can be opened. */
  | "output-can-be-opened";
