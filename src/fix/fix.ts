import type { CheckedFinding, Remark } from "../check/finding.ts";
import { ignoreComments } from "../check/ignore-comments.ts";
import { checkItem } from "../check/item.ts";
import { namespacesIn } from "../check/namespaces.ts";
import type { CheckOptions } from "../check/options.ts";
import { composed } from "../edit/compose.ts";
import { sourceOf } from "../edit/edits.ts";
import { mechanical } from "../edit/mechanical.ts";
import type { Edit } from "../edit/site.ts";
import type { Location } from "../manifest/location.ts";
import { itemsOf } from "../manifest/objects.ts";
import { readDocuments } from "../manifest/read.ts";
import type { Namespace } from "../policy/model/namespace.ts";
import { badNamespaceValue } from "../policy/rules/bad-namespace-value.ts";
import { type FaultyObject, type FindingPlan, planFor } from "./plan.ts";
import type { RewrittenText } from "./rewritten.ts";
import { type Settled, settle, type TextWithObjects } from "./settle.ts";

export interface FixOptions extends CheckOptions {
  /** The findings to fix. */
  readonly includes: (finding: CheckedFinding) => boolean;
}

/** The text after all fixes that a program can make. */
export interface FixedText extends RewrittenText {
  readonly fixed: readonly CheckedFinding[];
  readonly left: readonly LeftFinding[];
}

export interface LeftFinding extends CheckedFinding {
  /** The location in the original text, or in the new text if a fix caused the finding. */
  readonly given: Location;
  /** A clause that says why the finding is not fixed. */
  readonly reason: string;
}

/**
 * The maximum number of rounds of fixes. A fix can cause another finding: a sleep action may be able to replace a
 * corrected command.
 */
const MOST_ROUNDS = 10;

/**
 * Makes every change that a program can make. All other bytes of the text stay the same. After each round of fixes, the
 * new text is parsed. If an object does not have the planned value, its edits are rejected.
 */
export function fix(text: string, options: FixOptions): FixedText {
  const fixed = new Map<string, CheckedFinding>();
  let refused: ReadonlyMap<string, string> = new Map();
  let edits: readonly Edit[] = [];
  let now = readText(text, options);
  const places = new Map(
    now.objects.flatMap(({ findings }, index) =>
      findings.map((finding) => [keyOf(index, finding), finding.location] as const),
    ),
  );
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const next = mend(now, options);
    refused = next.refused;
    if (next.edits.length === 0) break;
    for (const [index, { mended }] of next.plans.entries())
      for (const finding of mended) fixed.set(keyOf(index, finding), finding);
    edits = composed(text.length, edits, next.edits);
    now = next.after;
  }
  const left = now.objects.flatMap(({ item, findings }, index) =>
    findings.map((finding) => {
      const key = keyOf(index, finding);
      fixed.delete(key);
      const given = places.get(key) ?? finding.location;
      return { ...finding, given, reason: refused.get(key) ?? reasonOf(finding, item.value) };
    }),
  );
  return {
    text: now.text,
    edits,
    fixed: [...fixed.values()],
    left,
    faults: now.faults,
    hasObjects: now.hasObjects,
  };
}

/** The Namespaces in a text, with their findings fixed. Pods are fixed with the settings of these Namespaces. */
export function mendedNamespaces(
  text: string,
  options: Omit<FixOptions, "namespaces" | "includes">,
): readonly Namespace[] {
  const found = namespacesIn(text);
  if (found.length === 0) return found;
  const includes = ({ id }: CheckedFinding): boolean => id === badNamespaceValue.id;
  return namespacesIn(fix(text, { ...options, namespaces: new Map(), includes }).text);
}

function reasonOf({ id, fix: fixes }: CheckedFinding, object: unknown): string {
  const found = mechanical(id, fixes, object);
  return found.ok ? "the change conflicts with the change for another finding" : found.reason;
}

interface CheckedText extends TextWithObjects {
  readonly objects: readonly FaultyObject[];
  readonly faults: readonly Remark[];
  readonly hasObjects: boolean;
}

function readText(text: string, options: FixOptions): CheckedText {
  const comments = ignoreComments(text, options.configuration.ignorable);
  let hasObjects = false;
  const faults: Remark[] = [];
  const objects: FaultyObject[] = [];
  for (const document of readDocuments(text, { keepSourceTokens: true }))
    for (const item of itemsOf(document)) {
      const part = checkItem(item, { ...options, text, comments });
      faults.push(...(part.faults ?? []));
      hasObjects ||= part.foreign !== true;
      objects.push({ item, findings: (part.findings ?? []).filter(options.includes) });
    }
  return { text, objects, faults, hasObjects };
}

/** An identifier of a finding that stays the same in all rounds of fixes. */
function keyOf(index: number, { id, container, path }: CheckedFinding): string {
  return JSON.stringify([index, id, container, path]);
}

interface Round extends Settled<CheckedText, FindingPlan> {
  /** The reasons why findings are not fixed, by the `keyOf` of each finding. */
  readonly refused: ReadonlyMap<string, string>;
}

/** Makes one round of fixes. A change that is refused in one round may be possible in the next round. */
function mend(now: CheckedText, options: FixOptions): Round {
  const refused = new Map<string, string>();
  const source = sourceOf(now.text);
  const plan = (index: number): FindingPlan => {
    const { item, findings } = now.objects[index] as FaultyObject;
    const refuse = (finding: CheckedFinding, reason: string): void =>
      void refused.set(keyOf(index, finding), reason);
    const open = findings.filter((finding) => !refused.has(keyOf(index, finding)));
    return planFor(source, { item, findings: open }, refuse);
  };
  const settled = settle(now, {
    plan,
    reject: (index, reason) => {
      for (const finding of plan(index).mended) refused.set(keyOf(index, finding), reason);
    },
    read: (text) => readText(text, options),
  });
  return { ...settled, refused };
}
