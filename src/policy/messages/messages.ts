import type { Addition } from "../injection/decide.ts";
import type { Finding, Sentence } from "../model/finding.ts";
import type { PodFacts } from "../model/pod-facts.ts";
import { RULES } from "../rules/registry.ts";
import { addedSentence, sleepAdded } from "../rules/sleep-added.ts";
import { printable } from "./quote.ts";

/**
 * The texts a person sees. They are API: golden-tested.
 *
 * One line, printable ASCII: the API server drops a warning with a control character, and kubectl prints denials raw.
 * No pod name, uid or time: events of the same text are counted together, and a retried pod has another name each time.
 */

/** A longer denial or warning loses its clause, so that no name makes it longer than 512 and 256. */
const LONGEST_DENIAL = 300;
const LONGEST_WARNING = 150;

/** What a denial says: every finding, those of one kind in one sentence. */
export function denial(findings: readonly Finding[], pod: PodFacts): string {
  return grouped(findings)
    .map(([id, group]) => compose(kindOf(id).deny(group, pod), id, LONGEST_DENIAL))
    .join(" ");
}

/** The long form of one kind of finding. */
export function explained(finding: Finding, pod: PodFacts): string {
  return compose(kindOf(finding.id).deny([finding], pod), finding.id, Number.POSITIVE_INFINITY);
}

/** A template's paths are longer, and what its pods would be denied for begins with 23 characters that say so. */
const LONGEST_TEMPLATE_WARNING = 190;
const MOST_OF_TEMPLATE_WARNING = 232;

/** One warning for each kind of finding. */
export function warnings(findings: readonly Finding[], pod: PodFacts): readonly string[] {
  const pods = pod.subject.role === "pod";
  const longest = pods ? LONGEST_WARNING : LONGEST_TEMPLATE_WARNING;
  const most = pods ? LONGEST_WARNING * AT_WORST : MOST_OF_TEMPLATE_WARNING;
  return grouped(findings).map(([id, group]) => compose(kindOf(id).warn(group, pod), id, longest, most));
}

/** What is wrong, without what to set: for who cannot set it there. */
export function gist(finding: Finding, pod: PodFacts): string {
  const { what, brief = what } = kindOf(finding.id).warn([finding], pod);
  return compose({ what, brief, fix: "" }, finding.id, LONGEST_WARNING);
}

/** `container "web": added preStop sleep 10s, grace 40s (30 + 10 added); opt out with ... [sleep-added]`. */
export function additionWarning(addition: Addition): string {
  return compose(addedSentence(addition), sleepAdded.id, LONGEST_WARNING);
}

/** Nothing is longer than this many times what is wanted, whatever names and values a pod brings. */
const AT_WORST = 1.7;

/** A message in one line, with the finding's id at its end. */
export function compose(
  sentence: Sentence,
  id: string,
  longest: number,
  most: number = longest * AT_WORST,
): string {
  const { what, clause = "", fix, brief = what } = sentence;
  const end = `${fix} [${id}]`;
  const ways = [`${what}${clause}`, what, brief];
  const fitting = ways.find((text) => text.length + end.length <= longest) ?? brief;
  const room = Math.max(0, most - end.length);
  return `${printable(fitting, room)}${end}`;
}

function grouped(findings: readonly Finding[]): readonly (readonly [string, readonly Finding[]])[] {
  return RULES.map(({ id }) => [id, findings.filter((finding) => finding.id === id)] as const).filter(
    ([, group]) => group.length > 0,
  );
}

function kindOf(id: string) {
  const kind = RULES.find((one) => one.id === id);
  if (kind === undefined) throw new Error(`finding ${id} is not in the list of findings`);
  return kind;
}
