import { intersection } from "../../hook/interval.ts";
import { cannotRunText } from "../../hook/reason-text.ts";
import { isEndless } from "../assess/build-facts.ts";
import { printable } from "../messages/quote.ts";
import type { Fix, Rule, Violation } from "../model/finding.ts";
import type { ContainerFacts, PodFacts } from "../model/pod-facts.ts";
import {
  fixSentence,
  fixWords,
  type HookedContainer,
  hookPath,
  hookStarts,
  named,
  nameOf,
  only,
  removeHook,
} from "./fix/fix-text.ts";
import { fixForNewHook, plannedSeconds } from "./fix/grace-fix.ts";

/**
 * hook-cannot-run: the hook fails at once, whatever it was meant to do, so the stop signal comes without any delay.
 *
 * Fields:  lifecycle.preStop
 * Allowed: a handler that the kubelet can run and a command that can do what it says
 * Unset:   nothing to find
 * Default: Warn. The pod stops as it would without the hook.
 * Source:  pkg/kubelet/lifecycle/handlers.go `Run` (1.29 to 1.36): tcpSocket and an empty handler are "invalid handler";
 *          a command that cannot start is a failed hook, and termination goes on at once
 */
export const hookCannotRun: Rule = {
  id: "hook-cannot-run",
  action: "Warn",
  when: "the hook fails at once, whatever it was meant to do",
  why: 'The kubelet cannot run this hook: a tcpSocket handler, a command in one word such as ["sleep 20"], a `sleep` without a number, shell text that does not parse. A hook that fails delays nothing: the stop signal comes at once, and only an event (FailedPreStopHook) tells of it.',
  advice: "Write the command as a list of words, or use the sleep action.",
  find: (pod) =>
    hookStarts(pod)
      .filter(({ hook }) => hook.reading.cannotRun !== undefined)
      .map((container): Violation => {
        return { container, path: hookPath(container), fix: fixOf(container, pod) };
      }),
  deny: (findings) => {
    const one = only(findings);
    if (one === undefined) {
      return {
        what: `${findings.length} containers have a preStop that cannot run: ${named(findings, because)}`,
        fix: `. ${fixSentence(findings)}.`,
      };
    }
    return {
      what: `${nameOf(one)}: preStop cannot run: ${because(one.container)}`,
      clause: ". The stop signal comes at once",
      fix: `. ${fixSentence(findings)}.`,
    };
  },
  warn: (findings) => {
    const fix = `; ${fixWords(findings)}`;
    const one = only(findings);
    if (one === undefined) {
      return {
        what: `${findings.length} containers have a preStop that cannot run`,
        fix,
      };
    }
    const brief = "preStop cannot run";
    return { what: `${nameOf(one)}: ${brief}`, clause: `: ${because(one.container)}`, brief, fix };
  },
};

/** A longer command would not fit into the message whole, and one that is cut must not be followed. */
const LONGEST_COMMAND = 50;

/** The command that was probably intended, with the grace that it needs, where it may have that. */
function fixOf(container: HookedContainer, pod: PodFacts): readonly Fix[] {
  const { reading, intended } = container.hook;
  const instead = reading.cannotRun?.instead;
  const printed = JSON.stringify(instead) ?? "";
  const usable = printed.length <= LONGEST_COMMAND && printed === printable(printed);
  if (instead === undefined || intended === undefined || !usable) return removeHook(container);
  const declared = pod.settings.hookSeconds.get(container.container.name) ?? intended;
  if (intersection(intended, declared) === undefined) return removeHook(container);
  const room = isEndless({ seconds: intended })
    ? undefined
    : fixForNewHook(container, plannedSeconds({ seconds: intended }), pod);
  if (room === undefined) return removeHook(container);
  return [{ path: `${hookPath(container)}.exec.command`, value: instead }, ...room];
}

function because({ hook }: ContainerFacts): string {
  const cannotRun = hook?.reading.cannotRun;
  return cannotRun === undefined ? "" : printable(cannotRunText(cannotRun));
}
