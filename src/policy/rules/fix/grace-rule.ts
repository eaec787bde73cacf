import { quote } from "../../messages/quote.ts";
import { inSeconds } from "../../messages/seconds.ts";
import type { Fix, Rule, RuleInfo } from "../../model/finding.ts";
import type { ContainerFacts } from "../../model/pod-facts.ts";
import {
  fixSentence,
  fixWords,
  gracePath,
  type HookedContainer,
  hookRuns,
  named,
  nameOf,
  only,
} from "./fix-text.ts";
import { graceFixes, graceSum, orShorten, underLimit } from "./grace-fix.ts";

/** How a finding says that a hook and the grace do not fit together; `grace` is `30s`. */
export interface GraceRuleText {
  /** `preStop takes 45s but the pod has 30s to stop`, after the container's name. */
  readonly deny: (container: HookedContainer, grace: string) => string;
  /** Why it matters, beginning with its own punctuation. */
  readonly clause: string;
  /** `do not fit the 30s grace`, after the number of containers. */
  readonly denySeveral: (grace: string) => string;
  readonly warn: (container: HookedContainer, grace: string) => string;
  /** The same in the fewest characters. */
  readonly brief: (container: HookedContainer, grace: string) => string;
  readonly warnSeveral: (grace: string) => string;
  /** What is said of each of several: `preStop 45s`. */
  readonly detail: (container: ContainerFacts) => string;
}

/** A finding about hooks that run and, by `isFound`, do not fit the grace: the fix is room for them. */
export function graceRule(
  about: RuleInfo,
  isFound: (hook: HookedContainer["hook"], grace: number) => boolean,
  words: GraceRuleText,
  fixOf: (container: HookedContainer, room: readonly Fix[]) => readonly Fix[] = (_, room) => room,
): Rule {
  return {
    ...about,
    find: (pod) => {
      const path = gracePath(pod);
      const found = hookRuns(pod).filter(({ hook }) => isFound(hook, pod.graceSeconds));
      if (found.length === 0) return [];
      const room = graceFixes(pod);
      return found.map((container) => ({ container, path, fix: fixOf(container, room(container)) }));
    },
    deny: (findings, pod) => {
      const grace = inSeconds(pod.graceSeconds);
      const one = only(findings);
      if (one === undefined) {
        const what = `${findings.length} containers ${words.denySeveral(grace)}: ${named(findings, words.detail)}`;
        return { what, clause: underLimit(pod), fix: `. ${fixSentence(findings)}.` };
      }
      const limited = one.fix.some(({ path }) => path === gracePath(pod)) ? underLimit(pod) : "";
      return {
        what: `${nameOf(one)}: ${words.deny(one.container as HookedContainer, grace)}`,
        clause: limited === "" ? words.clause : limited,
        fix: `. ${fixSentence(findings)}${graceSum(pod, findings)}${orShorten(pod, findings)}.`,
      };
    },
    warn: (findings, pod) => {
      const grace = inSeconds(pod.graceSeconds);
      const one = only(findings);
      const fix = `; ${fixWords(findings)}`;
      if (one !== undefined) {
        const container = one.container as HookedContainer;
        const brief = `${quote(container.container.name)}: ${words.brief(container, grace)}`;
        return { what: `${nameOf(one)}: ${words.warn(container, grace)}`, brief, fix };
      }
      const brief = `${findings.length} containers ${words.warnSeveral(grace)}`;
      return { what: brief, clause: ` (${named(findings, words.detail)})`, brief, fix };
    },
  };
}
