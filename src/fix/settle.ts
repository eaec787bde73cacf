import { changed, isSame, type WishTree } from "../edit/change.ts";
import { applied } from "../edit/edits.ts";
import type { Edit } from "../edit/site.ts";
import type { ManifestItem } from "../manifest/objects.ts";

/** The text of a manifest, and its Kubernetes objects from top to bottom. */
export interface TextWithObjects {
  readonly text: string;
  readonly objects: readonly { readonly item: ManifestItem }[];
}

/** The planned changes of one Kubernetes object. If the plan has no edits, the object stays the same. */
export interface Plan {
  readonly edits: readonly Edit[];
  readonly tree: WishTree;
}

/** The manifest after the edits of all plans. */
export interface Settled<Text, OnePlan> {
  readonly after: Text;
  readonly plans: readonly OnePlan[];
  readonly edits: readonly Edit[];
}

interface Work<Text, OnePlan> {
  /** Makes the plan for an object. After a rejection, `plan` must return another plan. */
  readonly plan: (index: number) => OnePlan;
  /** Records that the edits of a plan did not change the object as planned. */
  readonly reject: (index: number, reason: string) => void;
  readonly read: (text: string) => Text;
}

const NO_PLACE = "no edit was found that makes this change and no other";

/**
 * Applies the edits of all plans and reads the text again. A plan is rejected if its object does not have exactly the
 * planned changes after the edits.
 */
export function settle<Text extends TextWithObjects, OnePlan extends Plan>(
  before: Text,
  { plan, reject, read }: Work<Text, OnePlan>,
): Settled<Text, OnePlan> {
  for (;;) {
    const plans = before.objects.map((_, index) => plan(index));
    const edits = plans.flatMap((one) => one.edits);
    if (edits.length === 0) return { after: before, plans, edits };
    const after = read(applied(before.text, edits));
    const planned = [...plans.keys()].filter((index) => plans[index]?.edits.length !== 0);
    const wrong = new Set(
      [...plans.keys()].filter((index) => !isAsMeant(index, plans[index], before, after)),
    );
    if (wrong.size === 0 && before.objects.length === after.objects.length) return { after, plans, edits };
    const own = planned.filter((index) => wrong.has(index));
    // An edit can also change an object without a plan, or the number of objects. Then any plan may be the cause, so
    // all plans are rejected.
    for (const index of own.length > 0 ? own : planned) reject(index, NO_PLACE);
  }
}

function isAsMeant(
  index: number,
  plan: Plan | undefined,
  before: TextWithObjects,
  after: TextWithObjects,
): boolean {
  const [old, now] = [before.objects[index]?.item.value, after.objects[index]?.item.value];
  return isSame(plan === undefined || plan.edits.length === 0 ? old : changed(old, plan.tree), now);
}
