import { intersection } from "../../hook/interval.ts";
import type { CannotRun } from "../../hook/reading.ts";
import { cannotRunText } from "../../hook/reason-text.ts";
import { isEndless } from "../assess/build-facts.ts";
import { printable } from "../messages/quote.ts";
import type { Fix, Rule } from "../model/finding.ts";
import type { PodFacts } from "../model/pod-facts.ts";
import { type HookedContainer, hookPath, hookStarts, PRE_STOP, removeHook, setField } from "./containers.ts";
import { fixForNewHook, plannedSeconds } from "./fix/grace-fix.ts";

interface CannotRunEvidence {
  readonly cannotRun: CannotRun;
}

/**
 * hook-cannot-run: the hook always fails at once, so the stop signal comes without any delay.
 *
 * Fields:  lifecycle.preStop
 * Allowed: a handler that the kubelet can run and a command that can do what it says
 * Unset:   nothing to find
 * Default: Warn. The pod stops as it would without the hook.
 * Source:  pkg/kubelet/lifecycle/handlers.go `Run` (1.29 to 1.36): tcpSocket and an empty handler are "invalid handler";
 *          a command that cannot start is a failed hook, and termination goes on at once
 */
export const hookCannotRun: Rule<CannotRunEvidence> = {
  id: "hook-cannot-run",
  action: "Warn",
  when: "the hook always fails at once",
  why: 'The kubelet cannot run this hook: a tcpSocket handler, a command in one word such as ["sleep 20"], a `sleep` without a number, shell text that does not parse. A hook that fails delays nothing. The stop signal comes at once, and the only trace is an event (FailedPreStopHook).',
  advice: "Write the command as a list of words, or use the sleep action.",
  find: (pod) =>
    hookStarts(pod).flatMap((container) => {
      const { cannotRun } = container.hook.reading;
      if (cannotRun === undefined) return [];
      return [{ container, path: hookPath(container), fix: fixOf(container, pod), evidence: { cannotRun } }];
    }),
  describe: ({ evidence }) => ({
    problem: `preStop cannot run: ${because(evidence)}`,
    consequence: ". The stop signal comes at once",
    brief: "preStop cannot run",
  }),
  summarize: () => ({ headline: "have a preStop that cannot run" }),
  detail: ({ evidence }) => because(evidence),
};

/** A longer command would be cut in the message, and a cut command must not be followed. */
const LONGEST_COMMAND = 50;

/** The command that was probably intended, with the grace that it needs, where it may have that. */
function fixOf(container: HookedContainer, pod: PodFacts): readonly Fix[] {
  const { instead, insteadSeconds: intended } = container.hook.reading.cannotRun ?? {};
  const printed = JSON.stringify(instead) ?? "";
  const usable = printed.length <= LONGEST_COMMAND && printed === printable(printed);
  if (instead === undefined || intended === undefined || !usable) return removeHook(container);
  const declared = pod.settings.hookSeconds.get(container.container.name) ?? intended;
  if (intersection(intended, declared) === undefined) return removeHook(container);
  const room = isEndless({ seconds: intended })
    ? undefined
    : fixForNewHook(container, plannedSeconds({ seconds: intended }), pod);
  if (room === undefined) return removeHook(container);
  return [setField(container, `${PRE_STOP}.exec.command`, instead), ...room];
}

function because({ cannotRun }: CannotRunEvidence): string {
  return printable(cannotRunText(cannotRun));
}
