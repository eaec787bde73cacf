import type { CheckedFinding, Remark } from "../check/finding.ts";
import { ignoreComments } from "../check/ignore-comments.ts";
import { checkItem } from "../check/item.ts";
import type { CheckOptions } from "../check/options.ts";
import { changed, isSame } from "../edit/change.ts";
import { composed } from "../edit/compose.ts";
import { applied, type Source, sourceOf } from "../edit/edits.ts";
import { mechanical } from "../edit/mechanical.ts";
import type { Edit } from "../edit/site.ts";
import { itemsOf } from "../manifest/objects.ts";
import { readDocuments } from "../manifest/read.ts";
import { type FaultyObject, type Plan, planFor } from "./plan.ts";

export interface FixOptions extends CheckOptions {
  /** The findings to mend. */
  readonly includes: (finding: CheckedFinding) => boolean;
}

/** A text, mended as far as a program can. */
export interface FixedText {
  readonly text: string;
  /** What has changed, in the order of the text that was given. */
  readonly edits: readonly Edit[];
  readonly fixed: readonly CheckedFinding[];
  readonly left: readonly LeftFinding[];
  /** Documents that cannot be read or checked. They are as they were. */
  readonly faults: readonly Remark[];
}

export interface LeftFinding extends CheckedFinding {
  /** Why it was left: a clause. */
  readonly reason: string;
}

/** Some findings only appear once others are mended: a sleep that fits can be a native one. Three rounds have always done. */
const MOST_ROUNDS = 10;

/**
 * The text with every change that a program can make, and nothing else: whatever a change does not need stays byte for byte.
 * Each round is checked again: an object that does not become what was meant is left as it is.
 */
export function fix(text: string, options: FixOptions): FixedText {
  const fixed = new Map<string, CheckedFinding>();
  let refused: ReadonlyMap<string, string> = new Map();
  let edits: readonly Edit[] = [];
  let now = readText(text, options);
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const next = mend(now, options);
    refused = next.refused;
    if (next.edits.length === 0) break;
    for (const [key, finding] of next.mended) fixed.set(key, finding);
    edits = composed(text.length, edits, next.edits);
    now = next.text;
  }
  const left = [...now.findings()].map(([key, finding, { item }]) => {
    fixed.delete(key);
    return { ...finding, reason: refused.get(key) ?? reasonOf(finding, item.value) };
  });
  return { text: now.source.text, edits, fixed: [...fixed.values()], left, faults: now.faults };
}

function reasonOf({ id, fix: fixes }: CheckedFinding, object: unknown): string {
  const found = mechanical(id, fixes, object);
  return found.ok ? "its change does not go with the others" : found.reason;
}

interface ReadText {
  readonly source: Source;
  readonly objects: readonly FaultyObject[];
  readonly faults: readonly Remark[];
  /** All findings, with a key that stays the same while the text is mended. */
  findings(): Generator<readonly [key: string, CheckedFinding, FaultyObject]>;
}

function readText(text: string, options: FixOptions): ReadText {
  const comments = ignoreComments(text, options.configuration.ignorable);
  const faults: Remark[] = [];
  const objects: FaultyObject[] = [];
  for (const document of readDocuments(text, { keepSourceTokens: true }))
    for (const item of itemsOf(document)) {
      const part = checkItem(item, { ...options, text, comments });
      faults.push(...(part.faults ?? []));
      objects.push({ item, findings: (part.findings ?? []).filter(options.includes) });
    }
  return {
    source: sourceOf(text),
    objects,
    faults,
    *findings() {
      for (const [index, object] of objects.entries())
        for (const finding of object.findings) yield [keyOf(index, finding), finding, object];
    },
  };
}

function keyOf(index: number, { id, container, path }: CheckedFinding): string {
  return JSON.stringify([index, id, container, path]);
}

interface Round {
  readonly text: ReadText;
  readonly edits: readonly Edit[];
  readonly mended: readonly (readonly [key: string, CheckedFinding])[];
  /** Reasons by the key of the finding. */
  readonly refused: ReadonlyMap<string, string>;
}

/** One round. Without edits the text is the same. What is refused in one may have its place in the next. */
function mend(now: ReadText, options: FixOptions): Round {
  const refused = new Map<string, string>();
  for (;;) {
    const plans = now.objects.map((object, index) => {
      const findings = object.findings.filter((finding) => !refused.has(keyOf(index, finding)));
      return planFor(now.source, { ...object, findings }, (finding, reason) =>
        refused.set(keyOf(index, finding), reason),
      );
    });
    const edits = plans.flatMap((plan) => plan.edits);
    if (edits.length === 0) return { text: now, edits, mended: [], refused };
    const text = readText(applied(now.source.text, edits), options);
    const wrong = [...plans.keys()].filter((index) => !isAsMeant(index, plans, now, text));
    const mended = (index: number): readonly (readonly [string, CheckedFinding])[] =>
      (plans[index]?.mended ?? []).map((finding) => [keyOf(index, finding), finding]);
    if (wrong.length === 0) return { text, edits, mended: [...plans.keys()].flatMap(mended), refused };
    const own = wrong.flatMap(mended);
    // A change that does something to another object, or to the list of them, cannot be told from the others.
    for (const [key] of own.length > 0 ? own : [...plans.keys()].flatMap(mended)) refused.set(key, NO_PLACE);
  }
}

const NO_PLACE = "no place was found where the change does what it should and nothing else";

/** Whether an object has become what its plan says. */
function isAsMeant(index: number, plans: readonly Plan[], before: ReadText, after: ReadText): boolean {
  const { mended = [], tree = new Map() } = plans[index] ?? {};
  if (before.objects.length !== after.objects.length) return mended.length === 0;
  const old = before.objects[index]?.item.value;
  return isSame(mended.length === 0 ? old : changed(old, tree), after.objects[index]?.item.value);
}
