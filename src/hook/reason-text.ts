/** Turns the reasons for the time of a hook into text; no other file does this. */
import type { CannotRun, HookReading, NeverRun } from "./reading.ts";
import { type Failure, oneLine, type Quoted, type Reason } from "./reason.ts";

/** The maximum number of reasons that are listed for one bound of the time. */
const MOST_REASONS = 4;

/** `sleep 5 takes 5 s, ./drain.sh takes a time that is not known`. */
export function reasonsText(reasons: readonly Reason[]): string {
  const listed = reasons.slice(0, MOST_REASONS).map(reasonText).join(", ");
  return reasons.length > MOST_REASONS ? `${listed} and more` : listed;
}

export function reasonText(reason: Reason): string {
  const { command, runs } = reason;
  const clause = reason.failure === undefined ? reason.clause : `fails: ${failureText(reason.failure)}`;
  const own = runs === undefined ? clause : `runs ${commandText(runs)}, which ${clause}`;
  return command === undefined ? own : `${commandText(command)} ${own}`;
}

export function commandText(command: Quoted): string {
  return command.from === "hook" ? command.text : "an expanded command";
}

function wordText(word: Quoted | undefined): string {
  return word?.from === "hook" ? `"${word.text}"` : "an expanded value";
}

const FAILURES: Readonly<Record<Failure["code"], (word: string) => string>> = {
  "bad-duration": (word) => `${word} is not a duration`,
  "bad-number": (word) => `${word} is not a number`,
  "unknown-option": (word) => `${word} is not an option`,
  "no-duration": () => "the duration is missing",
  "no-option-value": () => "an option has no value",
  "no-command": () => "the command is missing",
  "no-text": () => "-c has no text",
  "line-end-in-name": () => "no program has a name with a line break",
};

function failureText({ code, word }: Failure): string {
  return FAILURES[code](wordText(word));
}

/** For each `code` of a union type, the function that writes the text. */
type TextByCode<Union extends { readonly code: string }> = {
  readonly [Code in Union["code"]]: (one: Union & { readonly code: Code }) => string;
};

const CANNOT_RUN: TextByCode<CannotRun> = {
  "empty-command": () => "the command is empty",
  "nul-character": () => "the command contains a NUL character",
  "shell-keyword": ({ word }) => `${word} is a shell keyword or builtin, not a program`,
  "one-word-command-line": ({ word }) =>
    `there is no program called "${word}": write each word as a separate item`,
  "list-in-quotes": ({ word }) => `"${word}" is one word, because the list is in quotes`,
  "operator-without-shell": ({ word, program }) => `without a shell, ${word} is an argument of ${program}`,
  "option-and-text-in-one-word": ({ word }) => `"${word}" is one word: write the text as a separate item`,
  "no-text": ({ program }) => `${program} -c has no text to run`,
  "text-without-option": ({ word, program }) =>
    `without -c, ${program} looks for a script file called "${word}"`,
  "words-behind-text": ({ word }) => `-c runs only "${word}": further words are not part of the script`,
  "sleep-fails": ({ failure }) => `sleep fails: ${failureText(failure)}`,
  "text-does-not-parse": ({ offset, message }) =>
    `the text does not parse at character ${offset + 1} (${oneLine(message)})`,
  "tcp-socket": () => "the kubelet cannot run a tcpSocket hook",
  "no-handler": () => "the hook has no handler",
};

/** Why a hook can never work, as a clause: `the command is empty`. */
export function cannotRunText(cannotRun: CannotRun): string {
  return (CANNOT_RUN[cannotRun.code] as (one: CannotRun) => string)(cannotRun);
}

/** A shorter clause, for a message that would be too long: `"sleep 20" is one word`. */
export function cannotRunBrief(cannotRun: CannotRun): string {
  switch (cannotRun.code) {
    case "nul-character":
      return "it has a NUL character";
    case "shell-keyword":
    case "operator-without-shell":
      return `${cannotRun.word} needs a shell`;
    case "one-word-command-line":
    case "list-in-quotes":
    case "option-and-text-in-one-word":
      return `"${cannotRun.word}" is one word`;
    case "text-without-option":
      return "-c is missing";
    case "words-behind-text":
      return `-c runs only "${cannotRun.word}"`;
    case "text-does-not-parse":
      return `the text does not parse at character ${cannotRun.offset + 1}`;
    case "tcp-socket":
      return "tcpSocket is not supported";
    default:
      return cannotRunText(cannotRun);
  }
}

const NEVER_RUN: TextByCode<NeverRun> = {
  "only-comments": ({ text }) => `runs nothing: the text is only a comment, "${text}"`,
  "exec-without-command": ({ words }) =>
    `runs nothing: exec has no command, and the words "${words}" after the text never run`,
  "words-behind-text": ({ words }) =>
    `never runs "${words}": words after the text of -c are not part of the script`,
  "part-fails": ({ part }) => `runs only in part: ${cannotRunText(part)}`,
};

const NEVER_RUN_BRIEF: TextByCode<NeverRun> = {
  "only-comments": () => "runs nothing: only a comment",
  "exec-without-command": () => "runs nothing: exec has no command",
  "words-behind-text": ({ text }) => `runs only "${text}"`,
  "part-fails": ({ part }) => `runs in part: ${cannotRunBrief(part)}`,
};

/**
 * The part of a hook that never runs, as a clause after the name of the hook: `runs nothing: ...`. `isBrief` selects a
 * shorter clause.
 */
export function neverRunText(neverRun: NeverRun, isBrief = false): string {
  const texts = isBrief ? NEVER_RUN_BRIEF : NEVER_RUN;
  return (texts[neverRun.code] as (one: NeverRun) => string)(neverRun);
}

/** A `HookReading` with its reasons as text, for the text and JSON output of `explain`. */
export interface ReadingText extends Omit<HookReading, "why" | "parts" | "cannotRun" | "neverRun"> {
  readonly why: { readonly min: string; readonly max: string };
  readonly parts: readonly {
    readonly text: string;
    readonly offset: number;
    readonly seconds: HookReading["seconds"];
    readonly because: string;
  }[];
  readonly cannotRun: InsteadText | undefined;
  readonly neverRun: InsteadText | undefined;
}

interface InsteadText {
  readonly because: string;
  readonly instead: readonly string[] | undefined;
}

export function readingText(reading: HookReading): ReadingText {
  const { why, parts, cannotRun, neverRun } = reading;
  return {
    ...reading,
    why: { min: reasonsText(why.min), max: reasonsText(why.max) },
    parts: parts.map((part) => ({
      ...part,
      text: commandText(part.text),
      because: reasonText(part.because),
    })),
    cannotRun: cannotRun && { because: cannotRunText(cannotRun), instead: cannotRun.instead },
    neverRun: neverRun && { because: neverRunText(neverRun), instead: neverRun.instead },
  };
}
