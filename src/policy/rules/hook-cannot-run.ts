import type { CannotRun } from "../../hook/reading.ts";
import { cannotRunBrief, cannotRunText } from "../../hook/reason-text.ts";
import { printable } from "../messages/quote.ts";
import type { FixText, Rule, Violation } from "../model/finding.ts";
import { hookPath } from "./containers.ts";
import { intendedFix, orRemove } from "./fix/intended-command.ts";

interface CannotRunEvidence {
  readonly cannotRun: CannotRun;
}

/**
 * hook-cannot-run: the hook always fails at once, so the stop signal comes without any delay.
 *
 * Fields:  lifecycle.preStop.
 * Allowed: a handler that the kubelet can run, with a command that can succeed.
 * Unset:   nothing to find.
 * Default: Warn, because the pod stops as it would without the hook.
 * Source:  pkg/kubelet/lifecycle/handlers.go `Run` (1.29 to 1.36): tcpSocket and an empty handler are "invalid
 *          handler". A command that cannot start is a failed hook, and the termination goes on at once.
 */
export const hookCannotRun: Rule<CannotRunEvidence> = {
  id: "hook-cannot-run",
  action: "Warn",
  when: "the hook always fails at once",
  why: 'The kubelet cannot run this hook: a tcpSocket handler, a command in one word such as ["sleep 20"], a list in quotes, a `sleep` without a number, or shell text that does not parse. A hook that fails does not delay the stop signal, and leaves only an event (FailedPreStopHook).',
  advice: "Write the command as a list of words, or use the sleep action.",
  find: (pod) =>
    pod.hookStarts.flatMap((container) => {
      const { cannotRun } = container.hook.reading;
      if (cannotRun === undefined) return [];
      const fix = intendedFix(container, cannotRun, pod);
      return [{ container, path: hookPath(container), fix, evidence: { cannotRun } }];
    }),
  describe: (found) => ({
    problem: `preStop cannot run: ${because(found)}`,
    consequence: ". The stop signal comes at once",
    brief: `preStop cannot run: ${printable(cannotRunBrief(found.evidence.cannotRun), LONGEST_BRIEF)}`,
    ...correction([found]),
  }),
  summarize: (all) => ({ headline: "have a preStop that cannot run", ...correction(all) }),
  detail: because,
};

/**
 * The maximum length of the reason why the hook cannot run. With this limit, even a message with the longest fix has
 * fewer than 256 characters.
 */
const LONGEST_BRIEF = 40;

function because({ evidence }: Violation<CannotRunEvidence>): string {
  return printable(cannotRunText(evidence.cannotRun));
}

/** The advice to correct the command, which is left out if no command was intended. */
function correction(all: readonly Violation<CannotRunEvidence>[]): { readonly fix?: FixText } {
  const isMeant = all.every(({ evidence: { cannotRun } }) => !NOTHING_MEANT.includes(cannotRun.code));
  return isMeant ? orRemove("correct the command", all) : {};
}

const NOTHING_MEANT: readonly CannotRun["code"][] = ["tcp-socket", "no-handler", "empty-command"];
