import { isKnown } from "../../hook/interval.ts";
import type { NeverRun } from "../../hook/reading.ts";
import { neverRunText } from "../../hook/reason-text.ts";
import { printable } from "../messages/quote.ts";
import { spanOf } from "../messages/seconds.ts";
import type { FixText, Rule, Violation } from "../model/finding.ts";
import type { HookFacts } from "../model/pod-facts.ts";
import { hookPath } from "./containers.ts";
import { intendedFix, orRemove } from "./fix/intended-command.ts";

interface NothingEvidence {
  readonly neverRun: NeverRun;
  readonly hook: HookFacts;
}

/**
 * hook-does-nothing: shell text of the hook never runs, wholly or in part, although its author clearly meant it to run.
 *
 * Fields:  lifecycle.preStop.exec.command.
 * Allowed: shell text that runs a command. Shell text that does nothing by intention: an empty text, `true`, `:`, `echo
 *          ...`, a sleep of 0. Words after the shell text are allowed if the text uses them, and so is one word that
 *          only names `$0`. Commands that may fail.
 * Unset:   nothing to find.
 * Default: Warn, because the pod stops as it would without the part that does not run.
 * Source:  POSIX.1-2024 XCU sh: only the operand of -c is the text, and the operands after it are `$0`, `$1` and so on.
 *          XCU 2.3: a comment ends at the end of its line, and a folded scalar (`>`) of YAML has one line. XCU 2.8.1: a
 *          syntax error ends the shell. The operands of sleep(1) are those of GNU coreutils 9.5 and busybox 1.36.
 */
export const hookDoesNothing: Rule<NothingEvidence> = {
  id: "hook-does-nothing",
  action: "Warn",
  when: "the shell text of the hook runs nothing, a part of the text always fails, or words after the text never run",
  why: "A shell takes one word after -c as the script, and never runs further words. A folded scalar (`>`) of YAML joins the script into one line. If this line begins with a comment, the whole script is a comment. Nothing fails, so nobody notices the mistake. A `sleep` with an operand that is not a time fails at once, and a syntax error ends the shell. The other commands of the hook still run, so the hook seems to work.",
  advice: "Put the whole script into the one word after -c. In YAML, use `|` and one line for each command.",
  find: (pod) =>
    pod.hookRuns.flatMap((container) => {
      const { hook } = container;
      const { neverRun } = hook.reading;
      if (neverRun === undefined) return [];
      const fix = intendedFix(container, neverRun, pod);
      return [{ container, path: hookPath(container), fix, evidence: { neverRun, hook } }];
    }),
  describe: (found) => ({
    problem: `preStop ${printable(sentenceOf(found.evidence), LONGEST_PROBLEM)}`,
    consequence: consequenceOf(found.evidence),
    brief: `preStop ${briefly(found)}`,
    ...correction([found]),
  }),
  summarize: (all) => ({ headline: "have a preStop with text that never runs", ...correction(all) }),
  detail: briefly,
};

const LONGEST_PROBLEM = 160;

/**
 * The most characters of the short problem. With this limit, even a message with the longest fix has fewer than 256
 * characters.
 */
const LONGEST_BRIEF = 60;

/** The problem as text, such as `takes 35s and never runs "&& nginx -s quit": ...`. */
function sentenceOf({ neverRun, hook: { seconds } }: NothingEvidence): string {
  const text = neverRunText(neverRun);
  const isPart = neverRun.code === "words-behind-text" && isKnown(seconds);
  return isPart ? `takes ${spanOf(seconds)} and ${text}` : text;
}

/** Example: `runs only "sleep 15" (15s)`. */
function briefly({ evidence: { neverRun, hook } }: Violation<NothingEvidence>): string {
  const isPart = neverRun.code === "words-behind-text" && isKnown(hook.seconds);
  return `${printable(neverRunText(neverRun, true), LONGEST_BRIEF)}${isPart ? ` (${spanOf(hook.seconds)})` : ""}`;
}

function consequenceOf({ neverRun }: NothingEvidence): string {
  const isPart = neverRun.code === "words-behind-text" || neverRun.code === "part-fails";
  return isPart ? "" : ". The stop signal comes at once";
}

function correction(all: readonly Violation<NothingEvidence>[]): { readonly fix?: FixText } {
  const [way = "", ...others] = new Set(all.map(({ evidence }) => WAYS[evidence.neverRun.code]));
  return orRemove(others.length === 0 ? way : "correct the commands", all);
}

const WAYS: Readonly<Record<NeverRun["code"], string>> = {
  "only-comments": "write each command on a line of its own",
  "exec-without-command": "put the whole command into the text of -c",
  "words-behind-text": "put the whole command into the text of -c",
  "part-fails": "correct the command",
};
