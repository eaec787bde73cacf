import t from "tap";
import { type Change, treeOf } from "../../src/edit/change.ts";
import { type Plan, settle, type TextWithObjects } from "../../src/fix/settle.ts";
import { itemsOf } from "../../src/manifest/objects.ts";
import { readDocuments } from "../../src/manifest/read.ts";
import "../patience.ts";

/**
 * A plan is rejected if its edits do not have the promised result. A rejected plan does not cause the rejection of
 * unrelated plans.
 */

function read(text: string): TextWithObjects {
  return { text, objects: [...readDocuments(text)].flatMap(itemsOf).map((item) => ({ item })) };
}

const TEXT = "a: 1\n---\na: 2\n---\na: 3\n";
const NOTHING: Plan = { edits: [], tree: new Map() };

/** A plan that promises to set `a` of the object to 7, by replacing a text. */
function setting(index: number, replaced: string, by: string): Plan {
  const start = TEXT.indexOf(replaced);
  const change: Change = { steps: ["a"], wish: { do: "set", value: 7 } };
  return {
    edits: [{ start, end: start + replaced.length, text: by }],
    tree: treeOf(index < 0 ? [] : [change]),
  };
}

function settled(plans: readonly Plan[]): { readonly text: string; readonly rejected: readonly number[] } {
  const rejected: number[] = [];
  const { after } = settle(read(TEXT), {
    plan: (index) => (rejected.includes(index) ? NOTHING : (plans[index] ?? NOTHING)),
    reject: (index) => rejected.push(index),
    read,
  });
  return { text: after.text, rejected };
}

t.test("plans with the promised result are applied", async (t) => {
  const { text, rejected } = settled([setting(0, "1", "7"), NOTHING, setting(2, "3", "7")]);
  t.same([text, rejected], ["a: 7\n---\na: 2\n---\na: 7\n", []]);
});

t.test("a plan with another result is rejected, and other plans are applied", async (t) => {
  const { text, rejected } = settled([setting(0, "1", "8"), NOTHING, setting(2, "3", "7")]);
  t.same([text, rejected], ["a: 1\n---\na: 2\n---\na: 7\n", [0]]);
});

t.test("all plans that may have changed another object or the number of objects are rejected", async (t) => {
  t.same(settled([setting(0, "1\n---\na: 2", "7\n---\na: 9")]), { text: TEXT, rejected: [0] });
  t.same(settled([setting(0, "1\n---\n", "7\nb: 1\n---\nb: 2\n---\n")]), { text: TEXT, rejected: [0] });
  t.same(settled([NOTHING, NOTHING, setting(2, "3\n", "7\n---\nb: 2\n")]), { text: TEXT, rejected: [2] });
});

t.test("a plan that makes the text unreadable is rejected", async (t) => {
  t.same(settled([setting(0, "1", "[7")]), { text: TEXT, rejected: [0] });
});
