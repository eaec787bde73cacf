import { isKnown } from "../../hook/interval.ts";
import { graceNote, hookSpan, limitName } from "../messages/names.ts";
import { inSeconds, plainNumber } from "../messages/seconds.ts";
import type { Fix, Rule, RuleInfo } from "../model/finding.ts";
import type { HookedContainer, PodFacts } from "../model/pod-facts.ts";
import type { Limit } from "../settings/resolve.ts";
import {
  fixWithoutGrace,
  type GraceSum,
  graceFixes,
  graceSums,
  limitBelowNeed,
  raisesLimit,
  shorterHook,
  sumText,
} from "./fix/grace-fix.ts";

type Hook = HookedContainer["hook"];

/** The texts of a rule about hooks and the grace period. */
export interface GraceRuleText {
  /**
   * The problem, such as `preStop takes 45s but the pod has 30s to stop`. `note` is ` (Kubernetes' default)` or empty.
   */
  readonly problem: (hook: Hook, grace: string, note: string) => string;
  /** A shorter text of the problem. The default is a text such as `preStop 45s, grace 30s`. */
  readonly brief?: (hook: Hook, grace: string) => string;
  /** The text that says why the problem matters, with its punctuation in front. */
  readonly consequence: (hook: Hook) => string;
  /** The text after the number of containers: `do not fit the 30s grace`. */
  readonly headline: (grace: string) => string;
  /** The text about one container in a list. The default is a text such as `preStop 45s`. */
  readonly detail?: (hook: Hook) => string;
}

export interface GraceEvidence {
  readonly hook: Hook;
  readonly graceSeconds: number;
  readonly graceNeeded: number;
  /**
   * The limit of the grace period, if the needed grace period is longer. The fix keeps within the limit or raises the
   * limit.
   */
  readonly limit: Limit | undefined;
  readonly sum: GraceSum | undefined;
  readonly shorter: number | undefined;
}

/**
 * A rule about hooks that can run, but do not fit the grace period. `isFound` selects the hooks that do not fit the
 * grace period. The fix gives the hooks the time that they need. A pod is never denied only because of the duration
 * that a hook's author seems to intend.
 */
export function graceRule(
  info: RuleInfo,
  isFound: (hook: Hook, grace: number) => boolean,
  text: GraceRuleText,
  fixOf: (container: HookedContainer, time: readonly Fix[]) => readonly Fix[] = (_, time) => time,
): Rule<GraceEvidence> {
  const { detail = hookSpan, brief = (hook, grace) => `${detail(hook)}, grace ${grace}` } = text;
  return {
    ...info,
    find: (pod) => {
      const found = pod.hookRuns.filter(({ hook }) => isFound(hook, pod.graceSeconds));
      if (found.length === 0) return [];
      const [time, sum] = [graceFixes(pod), graceSums(pod)];
      return found.map((container) => {
        const fix = fixWithoutGrace(pod, container) ?? fixOf(container, time(container));
        const evidence = { ...evidenceOf(pod, container, fix), sum: sum(container, fix) };
        const proven = isProven(container.hook, pod.graceSeconds);
        return { container, path: pod.subject.gracePath, fix, evidence, ...(!proven && { atMost: "Warn" }) };
      });
    },
    describe: ({ fix, evidence }) => {
      const grace = inSeconds(evidence.graceSeconds);
      return {
        whole: text.problem(evidence.hook, grace, graceNote(evidence.graceSeconds)),
        problem: text.problem(evidence.hook, grace, ""),
        consequence: underLimit(evidence) ?? text.consequence(evidence.hook),
        brief: brief(evidence.hook, grace),
        fixNote: fixNote(evidence, fix),
      };
    },
    summarize: (all) => ({
      headline: text.headline(inSeconds(all[0]?.evidence.graceSeconds ?? 0)),
      consequence: all.map(({ evidence }) => underLimit(evidence)).find((one) => one !== undefined) ?? "",
    }),
    detail: ({ evidence }) => detail(evidence.hook),
  };
}

function isProven({ seconds }: Hook, grace: number): boolean {
  return isKnown(seconds) || seconds.min >= grace;
}

function evidenceOf(
  pod: PodFacts,
  container: HookedContainer,
  fix: readonly Fix[],
): Omit<GraceEvidence, "sum"> {
  // A change of the grace period is always the last change. A list of changes is not searched, because it may have
  // thousands of items.
  const last = fix.at(-1);
  return {
    hook: container.hook,
    graceSeconds: pod.graceSeconds,
    graceNeeded: pod.graceNeeded,
    limit: last !== undefined && last.container === undefined ? limitBelowNeed(pod) : undefined,
    shorter: fix.some((one) => "shortenTo" in one) ? undefined : shorterHook(pod, container),
  };
}

function underLimit({ limit, graceNeeded }: GraceEvidence): string | undefined {
  return limit && `; ${inSeconds(graceNeeded)} would be above ${limitName(limit)}`;
}

/**
 * The text after the fix: ` (45 hook + 10 shutdown), or shorten the hook to 20s`. If a limit does not allow the fix,
 * the text says whom to ask.
 */
function fixNote({ sum, shorter, limit }: GraceEvidence, fix: readonly Fix[]): string {
  const why = sumText(sum);
  if (fix.length === 1)
    return shorter === undefined || fix.some((one) => "shortenTo" in one)
      ? why
      : `${why}, or shorten the hook to ${plainNumber(shorter)}s`;
  return limit === undefined || raisesLimit(fix) ? why : `${why}${orAsk(limit)}`;
}

/** The text `, or ask the owner of the namespace`, because the owner can raise the limit. */
export function orAsk(limit: Limit): string {
  return `, or ask the owner of the ${limit.namespace === undefined ? "cluster" : "namespace"}`;
}
