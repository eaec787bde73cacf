import { isKnown, isPoint } from "../../hook/interval.ts";
import type { Part } from "../../hook/reason.ts";
import { commandText } from "../../hook/reason-text.ts";
import type { HookFacts } from "../model/pod-facts.ts";
import { inSeconds } from "./seconds.ts";

/**
 * Texts about a hook whose duration has no upper bound: the seconds that its author seems to intend, and its programs
 * without a time limit.
 */

/** The long text, such as `sleeps 60s, and then runs curl, which has no time limit`. */
export function meantRun(hook: HookFacts): string {
  const { verb, unlimited, order } = partsOf(hook);
  if (unlimited === undefined) return `${verb} or longer`;
  if (unlimited.length === 0) return `${verb}, and nothing limits the rest of the hook`;
  const runs = `runs ${listed(unlimited)}, which ${unlimited.length === 1 ? "has" : "have"} no time limit`;
  switch (order) {
    case "timed-first":
      return `${verb}, and then ${runs}`;
    case "timed-last":
      return `${runs}, and then ${verb}`;
    case "mixed":
      return `${verb} and ${runs}`;
  }
}

/** The short text, such as `sleeps 60s, curl has no limit`. */
export function meantRunBrief(hook: HookFacts): string {
  const { verb, unlimited } = partsOf(hook);
  return unlimited === undefined ? `${verb} or longer` : `${verb}, ${noLimit(unlimited)}`;
}

/** The note in an explanation, such as `60s of sleep; curl has no limit`. */
export function meantRunNote(hook: HookFacts): string {
  const { isSleep, unlimited } = partsOf(hook);
  const sleep = isSleep ? `${inSeconds(hook.known)} of sleep` : "";
  if (unlimited === undefined) return isSleep ? `${sleep}, or longer` : "or longer";
  return isSleep ? `${sleep}; ${noLimit(unlimited)}` : noLimit(unlimited);
}

interface Parts {
  /**
   * `sleeps 60s` if all of the time is spent in sleep commands, else `takes 60s`. `may sleep 60s` if a condition can
   * skip a sleep.
   */
  readonly verb: string;
  readonly isSleep: boolean;
  /**
   * The names, without duplicates, of the programs whose duration has no upper bound, and whose intended duration
   * (`known`) is 0. The list of unlimited programs is empty if none of them has a name, and undefined if the hook runs
   * no unlimited program.
   */
  readonly unlimited: readonly string[] | undefined;
  /**
   * `timed-first`: all programs that take time (`known` above 0) come before the programs of `unlimited`. `timed-last`:
   * all programs of `unlimited` come first.
   */
  readonly order: "timed-first" | "timed-last" | "mixed";
}

function partsOf({ reading: { parts, label }, known }: HookFacts): Parts {
  const timed = parts.filter(isTimed);
  const names = new Set(parts.filter(isOpen).map(nameOf));
  const sum = timed.reduce((all, part) => all + part.known, 0);
  const isWhole = Math.abs(sum - known) < SAME_SECONDS;
  const isSleep = isWhole && timed.every((part) => nameOf(part)?.replace(/.*\//, "") === "sleep");
  const isSure = isWhole && timed.every(({ seconds }) => isPoint(seconds));
  const [may, does] = isSleep ? ["may sleep", "sleeps"] : ["may take", "takes"];
  return {
    verb: `${isSure ? does : may} ${inSeconds(known)}`,
    isSleep,
    unlimited:
      names.size === 0 ? undefined : [...names].flatMap((name) => (names.has(undefined) ? [] : (name ?? []))),
    order: runsInOrder(label) ? orderOf(parts) : "mixed",
  };
}

function isTimed({ known }: Part): boolean {
  return known > 0;
}

function isOpen(part: Part): boolean {
  return !isTimed(part) && !isKnown(part.seconds);
}

/**
 * Whether the commands of a hook run in the order in which they are written. Functions, trap handlers and background
 * jobs run at other times.
 */
function runsInOrder(label: string): boolean {
  return !label.endsWith("...") && !/\(\)|\b(function|trap)\b|(^|[^&])&([^&]|$)/.test(label);
}

function orderOf(parts: readonly Part[]): Parts["order"] {
  if (parts.findLastIndex(isTimed) < parts.findIndex(isOpen)) return "timed-first";
  return parts.findLastIndex(isOpen) < parts.findIndex(isTimed) ? "timed-last" : "mixed";
}

/** Two sums of seconds are equal if they differ by less than this number: sums of fractions have rounding errors. */
const SAME_SECONDS = 0.001;

/** The most characters of a program's name: enough for the path of a script. */
const LONGEST_NAME = 40;

/** The name of the program that the command runs; undefined if the command does not begin with a plain name. */
function nameOf({ text }: Part): string | undefined {
  const [name = ""] = commandText(text).split(" ");
  const isName = text.from === "hook" && /^[\w./+-]+$/.test(name) && name.length <= LONGEST_NAME;
  return isName ? name : undefined;
}

function noLimit(unlimited: readonly string[]): string {
  if (unlimited.length === 0) return "the rest has no limit";
  return `${listed(unlimited)} ${unlimited.length === 1 ? "has" : "have"} no limit`;
}

/** Example: `curl and /drain.sh`, or `curl and 2 more`. */
function listed([first = "", second = "", ...others]: readonly string[]): string {
  if (others.length > 0) return `${first} and ${others.length + 1} more`;
  return second === "" ? first : `${first} and ${second}`;
}
