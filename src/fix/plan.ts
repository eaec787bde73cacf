import type { CheckedFinding } from "../check/finding.ts";
import type { Change } from "../edit/change.ts";
import { editsOf, type Source } from "../edit/edits.ts";
import { changeOf, mechanical } from "../edit/mechanical.ts";
import type { Refusal } from "../edit/site.ts";
import type { ManifestItem } from "../manifest/objects.ts";
import type { Step } from "../manifest/path.ts";
import { mergedFixes } from "../policy/messages/fix-text.ts";
import type { Plan } from "./settle.ts";

/** An object of a text, and the findings to fix in it. */
export interface FaultyObject {
  readonly item: ManifestItem;
  readonly findings: readonly CheckedFinding[];
}

/** The findings that are fixed together in one object. */
export interface FindingPlan extends Plan {
  readonly mended: readonly CheckedFinding[];
}

/** Records a clause that says why a finding is not fixed. */
export type Refuse = (finding: CheckedFinding, reason: string) => void;

/** A finding with the changes that fix it. */
interface Mendable {
  readonly finding: CheckedFinding;
  readonly changes: readonly Change[];
}

/**
 * The edits for all findings that can be fixed together. A finding is fixed completely or not at all. If the change of
 * one finding contains the change of another, the later finding waits for the next round of fixes.
 */
export function planFor(source: Source, { item, findings }: FaultyObject, refuse: Refuse): FindingPlan {
  let mended = compatible(
    findings.flatMap((finding) => {
      const found = mechanical(finding.id, finding.fix, item.value);
      return found.ok ? [{ finding, changes: found.changes }] : [];
    }),
  );
  while (mended.length > 0) {
    const { edits, tree, refusals } = editsOf(source, item, together(mended, item.value));
    if (refusals.length === 0) return { edits, tree, mended: mended.map(({ finding }) => finding) };
    const kept: Mendable[] = [];
    for (const one of mended) {
      const refusal = refusals.find((each) => concerns(each, one));
      if (refusal === undefined) kept.push(one);
      else refuse(one.finding, refusal.reason);
    }
    mended = kept;
  }
  return { edits: [], tree: new Map(), mended: [] };
}

/** The changes of several findings, merged to one change for each field. */
function together(mended: readonly Mendable[], object: unknown): readonly Change[] {
  return mergedFixes(mended.map(({ finding }) => finding)).flatMap((fix) => {
    const change = changeOf(fix, object);
    return typeof change === "string" ? [] : [change];
  });
}

function concerns({ steps }: Refusal, { changes }: Mendable): boolean {
  return changes.some((change) => steps.every((step, index) => step === change.steps[index]));
}

/** The findings whose changes do not overlap with a change of an earlier finding. */
function compatible(all: readonly Mendable[]): readonly Mendable[] {
  const fields = new Set<string>();
  const around = new Set<string>();
  return all.filter(({ changes }) => {
    const ways = changes.map(({ steps }) => wayTo(steps));
    const isFree = ways.every(
      (way) => !around.has(way.at(-1) ?? "") && !way.slice(0, -1).some((one) => fields.has(one)),
    );
    if (!isFree) return false;
    for (const way of ways) {
      fields.add(way.at(-1) ?? "");
      for (const one of way.slice(0, -1)) around.add(one);
    }
    return true;
  });
}

/** Identifiers of a field and of the fields that contain it. */
function wayTo(steps: readonly Step[]): readonly string[] {
  return steps.map((_, index) => JSON.stringify(steps.slice(0, index + 1)));
}
