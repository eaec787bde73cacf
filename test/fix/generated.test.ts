import { applyPatch } from "diff";
import fc from "fast-check";
import t from "tap";
import { check } from "../../src/check/check.ts";
import type { CheckedFinding } from "../../src/check/finding.ts";
import { ignoreComments } from "../../src/check/ignore-comments.ts";
import { checkItem } from "../../src/check/item.ts";
import type { CheckOptions } from "../../src/check/options.ts";
import { applied, sourceOf } from "../../src/edit/edits.ts";
import { mechanical } from "../../src/edit/mechanical.ts";
import type { Edit } from "../../src/edit/site.ts";
import { unifiedDiff } from "../../src/fix/diff.ts";
import { fix } from "../../src/fix/fix.ts";
import { planFor } from "../../src/fix/plan.ts";
import { asObject } from "../../src/json.ts";
import { itemsOf, type ManifestItem } from "../../src/manifest/objects.ts";
import { type Step, stepsOfPath } from "../../src/manifest/path.ts";
import { readDocuments } from "../../src/manifest/read.ts";
import { contextOf, type Situation, situation } from "../arbitraries/situations.ts";
import { cases } from "../cases.ts";
import { Random } from "../hook/random.ts";
import "../patience.ts";
import { manifestOf, styled } from "./styled.ts";

/** Generates manifests in every style. `fix` must remove the findings and change nothing else. */
const TEXTS = cases(2600, 100);
const SEED = 13;

const counts = { texts: 0, changed: 0, fixed: 0, left: 0, refused: 0 };

function checkOne(one: Situation, seed: number): void {
  const random = new Random(seed);
  const { text, shares } = styled(objectOf(one, random), random);
  const { configuration, readHooks, namespace } = contextOf(one);
  const namespaces = new Map(namespace === undefined ? [] : [["", namespace]]);
  const options: CheckOptions = { configuration, readHooks, namespaces };
  const { text: after, edits, fixed, left, faults } = fix(text, { ...options, includes: () => true });
  if (faults.length > 0) throw new Error(`${faults[0]?.text}\n${text}`);
  counts.texts += 1;
  counts.changed += after === text ? 0 : 1;
  counts.fixed += fixed.length;
  counts.left += left.length;
  for (const { id, fix: fixes, reason, object } of left) {
    const item = itemsIn(after).find(({ value }) => titleOf(value) === object.title);
    if (!mechanical(id, fixes, item?.value).ok) continue;
    counts.refused += 1;
    if (!shares && !/a comment stands/.test(reason))
      throw new Error(`${id}: ${reason}\n${text}\n=>\n${after}`);
  }
  const ids = (all: readonly CheckedFinding[]): string =>
    JSON.stringify(all.map(({ id, path }) => [id, path]));
  if (ids(check(after, options).findings) !== ids(left)) throw new Error(`not clean\n${text}\n=>\n${after}`);
  if (fix(after, { ...options, includes: () => true }).text !== after)
    throw new Error(`a second run changes it\n${text}\n=>\n${after}`);
  if (applied(text, edits) !== after) throw new Error(`edits of another text\n${text}\n=>\n${after}`);
  if (applyPatch(text, unifiedDiff("a.yaml", text, edits), { autoConvertLineEndings: false }) !== after)
    throw new Error(`a diff of another text\n${unifiedDiff("a.yaml", text, edits)}`);
  checkFields(text, after, fixed);
  const inRounds = byRounds(text, options);
  if (inRounds !== after && !shares) throw new Error(`other edits\n${inRounds}\n=>\n${after}`);
}

function objectOf(one: Situation, random: Random): object {
  if (random.chance(0.8)) return manifestOf(one, "web");
  return { apiVersion: "v1", kind: "List", items: [manifestOf(one, "web"), manifestOf(one, "api")] };
}

function itemsIn(text: string): readonly ManifestItem[] {
  return [...readDocuments(text, { keepSourceTokens: true })].flatMap(itemsOf);
}

function titleOf(value: unknown): string {
  const { kind, metadata } = asObject(value) ?? {};
  return `${kind} ${JSON.stringify(asObject(metadata)?.["name"])}`;
}

/** Checks that only the fields of a fix have changed. Their parents may be added or removed with them. */
function checkFields(before: string, after: string, fixed: readonly CheckedFinding[]): void {
  const [old, items] = [itemsIn(before), itemsIn(after)];
  if (old.length !== items.length) throw new Error(`another number of objects\n${before}\n=>\n${after}`);
  for (const [index, { value }] of old.entries()) {
    const named = fixed
      .filter(({ object }) => object.title === titleOf(value))
      .flatMap(({ fix: fixes }) => fixes.map(({ path }) => stepsOfPath(path)));
    for (const way of differences(value, items[index]?.value)) {
      const isNamed = named.some((steps) => steps.every((step, at) => at >= way.length || step === way[at]));
      if (!isNamed) throw new Error(`${way.join(".")} is another\n${before}\n=>\n${after}`);
    }
  }
}

function differences(one: unknown, other: unknown, way: readonly Step[] = []): readonly (readonly Step[])[] {
  if (JSON.stringify(one) === JSON.stringify(other)) return [];
  if (Array.isArray(one) && Array.isArray(other) && one.length === other.length)
    return one.flatMap((item, index) => differences(item, other[index], [...way, index]));
  const [first, second] = [asObject(one), asObject(other)];
  if (first === undefined || second === undefined) return [way];
  return [...new Set([...Object.keys(first), ...Object.keys(second)])].flatMap((key) =>
    differences(first[key], second[key], [...way, key]),
  );
}

const MOST_ROUNDS = 10;

/** Applies the same fixes one at a time. Each fix may change only its own field. */
function byRounds(text: string, options: CheckOptions): string {
  let now = text;
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const comments = ignoreComments(now, options.configuration.ignorable);
    const source = sourceOf(now);
    const edits = itemsIn(now).flatMap((item) => {
      const { findings = [] } = checkItem(item, { ...options, text: now, comments });
      const plan = planFor(source, { item, findings }, () => {});
      for (const edit of plan.edits) checkEdit(now, item, edit, plan.mended);
      return plan.edits;
    });
    now = applied(now, edits);
  }
  return now;
}

function checkEdit(text: string, item: ManifestItem, edit: Edit, mended: readonly CheckedFinding[]): void {
  if (edit.start === edit.end) return;
  const all = mended.flatMap(({ fix: fixes }) => fixes.map(({ path }) => stepsOfPath(path)));
  const isInside = all
    .map((steps) => rangeOf(text, item, steps, all))
    .some(({ start, end }) => start <= edit.start && edit.end <= end);
  if (!isInside) throw new Error(`takes ${JSON.stringify(text.slice(edit.start, edit.end))}\n${text}`);
}

interface Range {
  readonly start: number;
  readonly end: number;
}

/**
 * The text range of a field, including the lines that contain only this field. If the field is absent, the range of its
 * nearest existing parent. If a mapping would become empty, the range includes the mapping.
 */
function rangeOf(
  text: string,
  item: ManifestItem,
  steps: readonly Step[],
  all: readonly (readonly Step[])[],
): Range {
  const way = steps.slice(0, -1);
  const around = way.reduce<unknown>((value, step) => (value as never)?.[step], item.value);
  const keys = Object.keys(asObject(around) ?? {});
  const goes = (key: string): boolean =>
    all.some((one) => [...way, key].every((step, index) => step === one[index]));
  const { start, end, exact } = item.locate(steps);
  if (way.length > 0 && (!exact || keys.every(goes))) return rangeOf(text, item, way, all);
  const [, before = ""] = /((?:\r?\n|,|^)\s*(?:- +)?)$/.exec(text.slice(0, start)) ?? [];
  const [behind] =
    /^\s*,?[ \t]*(?:#.*)?(?:\r?\n(?:[ \t]*(?:#.*)?\r?\n)*(?:[ \t]*#.*(?:\r?\n)?)?[ \t]*)?/.exec(
      text.slice(end),
    ) ?? [""];
  return { start: start - before.length, end: end + behind.length };
}

t.test(`fix removes the findings of ${TEXTS} generated manifests`, async (t) => {
  fc.assert(fc.property(situation, fc.integer(), checkOne), { numRuns: TEXTS, seed: SEED });
  t.comment(counts);
  t.ok(counts.changed > TEXTS / 2, "most have something to fix");
  t.ok(counts.fixed > TEXTS, "and mostly more than one thing");
  t.ok(counts.refused > TEXTS / 200, "some have no place for it");
  t.ok(counts.refused < counts.fixed / 10, "but few");
});
