import fc from "fast-check";
import t from "tap";
import type { Stage } from "../../src/policy/assess/evaluate.ts";
import { denial, warnings } from "../../src/policy/messages/messages.ts";
import type { Finding } from "../../src/policy/model/finding.ts";
import type { PodFacts } from "../../src/policy/model/pod-facts.ts";
import { RULES } from "../../src/policy/rules/registry.ts";
import { contextOf, type Situation, situation, strictSituation } from "../arbitraries/situations.ts";
import { cases } from "../cases.ts";
import { evaluate, factsOf, subjectOf } from "../reviews.ts";
import { followFix, followText, isCut } from "./follow.ts";
import { refusedByServer } from "./refused.ts";
import "../patience.ts";

/** Every printed fix removes its finding, and does not cause a denial. */
const SITUATIONS = cases(16_000, 300);
const DENIALS = cases(32_000, 300);
const SEED = 7;

interface PodAssessment {
  readonly pod: PodFacts;
  readonly findings: readonly Finding[];
}

function judged(one: Situation, stage: Stage = "manifest"): PodAssessment {
  const context = contextOf(one);
  const subject = subjectOf(one.object, one.group, one.kind);
  const pod = factsOf(subject, context, one.settled);
  return { pod, findings: evaluate(pod, context.configuration, stage).findings };
}

/** The denials of a pod. The pod is judged after validation by the API server, as in the validating webhook. */
function denied(one: Situation): PodAssessment {
  const { pod, findings } = judged(one, "after-validation");
  return { pod, findings: findings.filter(({ action }) => action === "Deny") };
}

const keyOf = ({ id, container, path }: Finding): string =>
  `${id} ${container?.container.name ?? "pod"} ${path}`;

function check(before: Situation, after: Situation, what: string): void {
  const refused = refusedByServer(before, after);
  if (refused !== undefined) throw new Error(`${what}: the API server refuses ${refused}`);
}

t.test(`the fix data of each finding of ${SITUATIONS} pods and templates removes the finding`, async (t) => {
  const seen = new Map<string, number>();
  const follow = (one: Situation): void => {
    const { findings } = judged(one);
    for (const found of findings) {
      seen.set(found.id, (seen.get(found.id) ?? 0) + 1);
      if (found.fix.length === 0) throw new Error(`${found.id} has no fix`);
      const after = followFix(one, found);
      check(one, after, found.id);
      const left = judged(after).findings.map(keyOf);
      if (left.includes(keyOf(found)))
        throw new Error(`${found.id} stays after ${JSON.stringify(found.fix)}`);
    }
  };
  fc.assert(fc.property(situation, follow), { numRuns: SITUATIONS, seed: SEED });
  for (const [id, count] of [...seen].sort()) t.comment(`${count} x ${id}`);
  for (const { id } of RULES) t.ok((seen.get(id) ?? 0) >= SITUATIONS / 1000, `the generator reaches ${id}`);
});

/** The maximum number of messages that the test follows for one generated pod. */
const MOST_ROUNDS = 12;

/** Applies the fixes of a message, then those of the next message, until a message is not shortened. */
function following(one: Situation, said: (one: Situation) => { text: string; pod: PodFacts }): Situation {
  let after = one;
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const { text, pod } = said(after);
    if (text !== "") after = followText(after, text, pod);
    if (!isCut(text)) break;
  }
  return after;
}

/** Follows a denial, and checks that no finding remains that denies. `mayBring` names findings that may appear. */
function followDenial(
  one: Situation,
  count: () => void,
  mayBring: (found: Finding, known: readonly string[]) => boolean,
): void {
  const saying = (situation: Situation) => {
    const { pod, findings } = denied(situation);
    return { text: denial(findings), pod };
  };
  const { text } = saying(one);
  if (text === "") return;
  count();
  checkText(text);
  const after = following(one, saying);
  check(one, after, text);
  const known = denied(one).findings.flatMap((found) => [found.id, keyOf(found)]);
  const left = denied(after).findings.filter((found) => !mayBring(found, known));
  if (left.length > 0) throw new Error(`${left.map(keyOf)} after: ${text}`);
}

t.test("following the text of a denial removes the denial", async (t) => {
  let denials = 0;
  const count = (): void => {
    denials += 1;
  };
  fc.assert(
    fc.property(situation, (one) => followDenial(one, count, () => false)),
    { numRuns: DENIALS, seed: SEED },
  );
  t.comment(`${denials} denials followed`);
  t.ok(denials >= DENIALS / 4, `${denials} denials`);
});

/**
 * Findings that a fix may cause or uncover. For example, a fix may add or remove a hook, or lower the grace period. The
 * rules of these findings are not applied while the grace period is 0 or 1, or while a hook does not fit.
 */
const UNCOVERED = [
  "hook-missing",
  "hook-length-unknown",
  "probe-grace-short",
  "use-native-sleep",
  "poststart-holds-stop",
  "hook-cannot-run",
  "hook-does-nothing",
  "sidecar-delays-job",
  "shutdown-too-short",
  "stop-signal-unheard",
];

/**
 * Whether a fix may uncover this finding. For example, gracekeeper knows the end of a hook only after its length is
 * declared.
 */
function mayUncover(found: Finding, known: readonly string[]): boolean {
  const { id } = found;
  const told = id === "shutdown-too-short" || id === "probe-grace-short";
  return (
    (told && known.includes("hook-length-unknown")) ||
    (UNCOVERED.includes(id) && !known.includes(keyOf(found)))
  );
}

t.test("following the text of a denial removes it with the owner's own actions, too", async (t) => {
  let denials = 0;
  const count = (): void => {
    denials += 1;
  };
  fc.assert(
    fc.property(strictSituation, (one) => followDenial(one, count, mayUncover)),
    { numRuns: SITUATIONS, seed: SEED + 1 },
  );
  t.comment(`${denials} denials followed`);
  t.ok(denials >= SITUATIONS / 3, `${denials} denials`);
});

t.test("following the text of a warning or audit annotation removes its finding", async (t) => {
  let texts = 0;
  const warning = (findings: readonly Finding[], pod: PodFacts): string => warnings(findings, pod).join(" ");
  const follow = (one: Situation): void => {
    for (const id of new Set(judged(one).findings.map((found) => found.id))) {
      const own = (situation: Situation): readonly Finding[] =>
        judged(situation).findings.filter((found) => found.id === id);
      const known = new Set(own(one).map(keyOf));
      for (const say of [denial, warning]) {
        const saying = (situation: Situation) => {
          const { pod } = judged(situation);
          return { text: say(own(situation), pod), pod };
        };
        const { text } = saying(one);
        texts += 1;
        checkText(text);
        const after = following(one, saying);
        check(one, after, text);
        const left = own(after)
          .map(keyOf)
          .filter((key) => known.has(key));
        if (left.length > 0) throw new Error(`${left} after: ${text}`);
      }
    }
  };
  fc.assert(fc.property(situation, follow), { numRuns: cases(8_000, 500), seed: SEED + 2 });
  t.comment(`${texts} texts followed`);
});

function checkText(text: string): void {
  if (/[^\x20-\x7e]/.test(text)) throw new Error(`not printable ASCII: ${JSON.stringify(text)}`);
  if (/NaN|Infinity|undefined|null|\de\+/.test(text)) throw new Error(`a number that is none: ${text}`);
}
