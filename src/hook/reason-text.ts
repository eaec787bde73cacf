/** The one place where the reasons of a reading become text. */
import type { CannotRun, HookReading, NeverRun } from "./reading.ts";
import { type Failure, oneLine, type Quoted, type Reason } from "./reason.ts";

/** The most reasons that are listed for one bound. */
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

function failureText({ code, word }: Failure): string {
  switch (code) {
    case "bad-duration":
      return `${wordText(word)} is not a duration`;
    case "bad-number":
      return `${wordText(word)} is not a number`;
    case "unknown-option":
      return `${wordText(word)} is not an option`;
    case "no-duration":
      return "no duration is given";
    case "no-option-value":
      return "an option has no value";
    case "no-command":
      return "no command is given";
    case "no-text":
      return "-c has no text";
    case "line-end-in-name":
      return "a program name with a line end in it does not exist";
    default:
      return code satisfies never;
  }
}

/** Why a hook can never work, as a clause: `the command is empty`. */
export function cannotRunText(cannotRun: CannotRun): string {
  switch (cannotRun.code) {
    case "empty-command":
      return "the command is empty";
    case "nul-character":
      return "the command contains a NUL character";
    case "shell-keyword":
      return `${cannotRun.word} is a word of the shell, not a program`;
    case "one-word-command-line":
      return `there is no program called "${cannotRun.word}": each word must be an item of its own`;
    case "list-in-quotes":
      return `"${cannotRun.word}" is one word: the list stands in quotes`;
    case "operator-without-shell":
      return `without a shell, ${cannotRun.word} is passed to ${cannotRun.program} as a word`;
    case "option-and-text-in-one-word":
      return `"${cannotRun.word}" is one word: the text must be an item of its own`;
    case "no-text":
      return `${cannotRun.program} -c has no text to run`;
    case "text-without-option":
      return `without -c, ${cannotRun.program} looks for a script file called "${cannotRun.word}"`;
    case "words-behind-text":
      return `the text of -c is only "${cannotRun.word}": the words after it are not part of it`;
    case "sleep-fails":
      return `sleep fails: ${failureText(cannotRun.failure)}`;
    case "text-does-not-parse":
      return `the text does not parse at character ${cannotRun.offset + 1} (${oneLine(cannotRun.message)})`;
    case "tcp-socket":
      return "the kubelet cannot run a tcpSocket hook";
    case "no-handler":
      return "it has no handler";
    default:
      return cannotRun satisfies never;
  }
}

/** The same in the fewest words, for a message that is too long: `"sleep 20" is one word`. */
export function cannotRunBrief(cannotRun: CannotRun): string {
  switch (cannotRun.code) {
    case "nul-character":
      return "a NUL character in it";
    case "shell-keyword":
      return `${cannotRun.word} needs a shell`;
    case "one-word-command-line":
    case "list-in-quotes":
    case "option-and-text-in-one-word":
      return `"${cannotRun.word}" is one word`;
    case "operator-without-shell":
      return `${cannotRun.word} needs a shell`;
    case "text-without-option":
      return "-c is missing";
    case "words-behind-text":
      return `its text is only "${cannotRun.word}"`;
    case "text-does-not-parse":
      return `its text does not parse at character ${cannotRun.offset + 1}`;
    case "tcp-socket":
      return "tcpSocket is not supported";
    case "empty-command":
    case "no-text":
    case "no-handler":
    case "sleep-fails":
      return cannotRunText(cannotRun);
    default:
      return cannotRun satisfies never;
  }
}

/** What of a hook never runs, as a clause that follows its name: `runs nothing: ...`. */
export function neverRunText(neverRun: NeverRun): string {
  switch (neverRun.code) {
    case "only-comments":
      return `runs nothing: its text is only a comment, "${neverRun.text}"`;
    case "exec-without-command":
      return `runs nothing: exec has no command in its text, and "${neverRun.words}" behind the text is never run`;
    case "words-behind-text":
      return `never runs "${neverRun.words}": the words behind the text of -c are not part of it`;
    case "part-fails":
      return `runs only in part: ${cannotRunText(neverRun.part)}`;
    default:
      return neverRun satisfies never;
  }
}

/** The same in the fewest words. */
export function neverRunBrief(neverRun: NeverRun): string {
  switch (neverRun.code) {
    case "only-comments":
      return "runs nothing: only a comment";
    case "exec-without-command":
      return "runs nothing: exec has no command";
    case "words-behind-text":
      return `runs only "${neverRun.text}"`;
    case "part-fails":
      return `runs in part: ${cannotRunBrief(neverRun.part)}`;
    default:
      return neverRun satisfies never;
  }
}

/** A reading with its reasons as text, for the text and the JSON of explain. */
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
