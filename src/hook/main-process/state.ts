import type { Dialect } from "../exec/shell-invocation.ts";
import type { Redirect, Word, WordPart } from "../shell/ast.ts";
import type { About } from "./deaf-programs.ts";

/**
 * How the shell reaches a point of its script. `fresh`: the script has run no program that takes time. `rested`: the
 * script has run a program that takes time. `never`: the shell does not reach the point. While a program that takes
 * time runs, the container serves, and the stop signal may come.
 */
export type Way = "fresh" | "rested" | "never";

export function join(one: Way, other: Way): Way {
  if (one === "rested" || other === "rested") return "rested";
  return one === "fresh" ? one : other;
}

/** The state of the analysis at one point of the script. */
export interface State {
  readonly about: About;
  readonly dialect: Dialect;
  /** Set if the signal may be handled, or if a construct is not analysed. */
  silent: boolean;
  /** Set if the script may end after a program that takes time. */
  ends: boolean;
  /** The reaction of the shell to the stop signal. `stays`: the shell runs a trap, and continues afterwards. */
  trap: "none" | "ignored" | "stays" | "acts";
  /** Set after a signal got a trap. A shell with a trap never replaces itself by its last command. */
  anyTrap: boolean;
  errexit: boolean;
  /** Set by `break`. */
  breaks: boolean;
  /** Seconds of each program that takes time; Infinity if it never ends, undefined if its time is not known. */
  readonly rests: (number | undefined)[];
  /** Seconds of each background job; Infinity if it never ends, undefined if its time is not known. */
  readonly jobs: (number | undefined)[];
  /** False after `exec` has certainly replaced the shell. */
  shellStays: boolean;
  /** Programs without a handler that may replace the shell. */
  readonly programs: Set<string>;
  /** Set if some shells replace themselves by an unknown program, and others do not. */
  someShells: boolean;
}

/** The position of a command. */
export interface Place {
  /** True for the last command of the script: a shell may replace itself by this command. */
  readonly last: boolean;
  /** True if the command runs unconditionally. */
  readonly straight: boolean;
  /** True if the shell does not end when the command fails. */
  readonly tested: boolean;
}

export function newState(about: About, dialect: Dialect): State {
  return {
    about,
    dialect,
    silent: false,
    ends: false,
    trap: "none",
    anyTrap: false,
    errexit: false,
    breaks: false,
    rests: [],
    jobs: [],
    shellStays: true,
    programs: new Set(),
    someShells: false,
  };
}

export function silence(state: State): Way {
  state.silent = true;
  return "never";
}

/** Whether a signal may end `wait` or `read`. */
export function mayWake({ trap }: State): boolean {
  return trap === "stays" || trap === "acts";
}

/**
 * Records that the script runs a program which takes time. A shell runs a trap only when the program in the foreground
 * has ended.
 */
export function rest(state: State, seconds: number | undefined): Way {
  state.rests.push(seconds);
  if (seconds === Number.POSITIVE_INFINITY) return "never";
  if (state.trap === "acts") state.ends = true;
  return "rested";
}

/** A command that may fail. */
export function mayFail(state: State, way: Way, { tested }: Place): Way {
  if (state.errexit && !tested && way === "rested") state.ends = true;
  return way;
}

/** The literal text of a word; undefined for a word with an expansion. */
export function constant({ value, parts }: Word): string | undefined {
  if (parts === undefined) return value;
  const texts = parts.map(constantPart);
  return texts.includes(undefined) ? undefined : texts.join("");
}

/** Whether a redirection writes no file and cannot fail: `>/dev/null`, `2>&1`, `<&-`. */
export function opensNothing({ operator, target }: Redirect): boolean {
  const word = (target && constant(target)) ?? "";
  return /^[<>]&$/.test(operator) ? /^([0-2]|-)$/.test(word) : word === "/dev/null";
}

function constantPart(part: WordPart): string | undefined {
  switch (part.type) {
    case "Literal":
    case "SingleQuoted":
      return part.value;
    case "DoubleQuoted": {
      const texts = part.parts.map(constantPart);
      return texts.includes(undefined) ? undefined : texts.join("");
    }
    default:
      return undefined;
  }
}
