import { isKnown } from "../../hook/interval.ts";
import type { Part } from "../../hook/reason.ts";
import { commandText } from "../../hook/reason-text.ts";
import type { HookFacts } from "../model/pod-facts.ts";
import { inSeconds } from "./seconds.ts";

/** What is known of a hook without a known limit: how long it is meant to run, and which of its programs has no limit. */

/** `sleeps 60s, and then runs curl, which has no time limit`. */
export function meantRun(hook: HookFacts): string {
  const { verb, unlimited, order } = partsOf(hook);
  const [name, ...others] = unlimited;
  if (name === undefined) return `${verb}, and nothing limits the rest of it`;
  const runs = `runs ${listed(unlimited)}, which ${others.length === 0 ? "has" : "have"} no time limit`;
  switch (order) {
    case "limited-first":
      return `${verb}, and then ${runs}`;
    case "limited-last":
      return `${runs}, and then ${verb}`;
    case "mixed":
      return `${verb} and ${runs}`;
  }
}

/** `sleeps 60s, curl has no limit`. */
export function meantRunBrief(hook: HookFacts): string {
  const { verb, unlimited } = partsOf(hook);
  return `${verb}, ${noLimit(unlimited)}`;
}

/** `60s of sleep; curl has no limit`. */
export function meantRunNote(hook: HookFacts): string {
  const { isSleep, unlimited } = partsOf(hook);
  return `${isSleep ? `${inSeconds(hook.known)} of sleep; ` : ""}${noLimit(unlimited)}`;
}

interface Parts {
  /** `sleeps 60s` where nothing but sleep takes time that is known, and no condition leaves one out. */
  readonly verb: string;
  readonly isSleep: boolean;
  /** Names of programs without a known limit, each once. Empty where there is no such name. */
  readonly unlimited: readonly string[];
  /** Whether everything with a limit stands before, or behind, what has none. */
  readonly order: "limited-first" | "limited-last" | "mixed";
}

function partsOf({ reading: { parts }, known }: HookFacts): Parts {
  const limited = parts.filter((part) => isLimited(part) === true);
  const open = parts.filter((part) => isLimited(part) === false);
  const names = [...new Set(open.map(nameOf))];
  const sum = limited.reduce((all, { seconds }) => all + seconds.max, 0);
  const isWhole = Math.abs(sum - known) < SAME_SECONDS;
  const isSleep = isWhole && limited.every((part) => nameOf(part)?.replace(/.*\//, "") === "sleep");
  const isSure = isWhole && limited.every(({ seconds }) => seconds.min === seconds.max);
  const [may, does] = isSleep ? ["may sleep", "sleeps"] : ["may take", "takes"];
  return {
    verb: `${isSure ? does : may} ${inSeconds(known)}`,
    isSleep,
    unlimited: names.includes(undefined) ? [] : names.filter((name) => name !== undefined),
    order: orderOf(parts.map(isLimited)),
  };
}

/** What takes no time has no place. */
function orderOf(parts: readonly (boolean | undefined)[]): Parts["order"] {
  const [firstOpen, lastOpen] = [parts.indexOf(false), parts.lastIndexOf(false)];
  const [first, last] = [parts.indexOf(true), parts.lastIndexOf(true)];
  if (last < firstOpen) return "limited-first";
  return lastOpen < first ? "limited-last" : "mixed";
}

/** Undefined where it takes no time. */
function isLimited({ seconds }: Part): boolean | undefined {
  if (!isKnown(seconds)) return false;
  return seconds.max > 0 ? true : undefined;
}

/** Sums of fractions differ in their last digits. */
const SAME_SECONDS = 0.001;

/** Long enough for the path of a script. */
const LONGEST_NAME = 40;

/** The name of the program, as it is written; undefined where the command begins with something else. */
function nameOf({ text }: Part): string | undefined {
  const [name = ""] = commandText(text).split(" ");
  const isName = text.from === "hook" && /^[\w./+-]+$/.test(name) && name.length <= LONGEST_NAME;
  return isName ? name : undefined;
}

function noLimit(unlimited: readonly string[]): string {
  if (unlimited.length === 0) return "the rest has no limit";
  return `${listed(unlimited)} ${unlimited.length === 1 ? "has" : "have"} no limit`;
}

/** `curl and /drain.sh`, `curl and 2 more`. */
function listed([first = "", second = "", ...others]: readonly string[]): string {
  if (others.length > 0) return `${first} and ${others.length + 1} more`;
  return second === "" ? first : `${first} and ${second}`;
}
