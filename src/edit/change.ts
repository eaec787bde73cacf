import { asObject } from "../json.ts";
import type { Step } from "../manifest/path.ts";

/** A value of JSON or YAML. */
export type Json =
  | string
  | number
  | boolean
  | null
  | readonly Json[]
  | { readonly [key: string]: Json | undefined };

/** How a field changes. */
export type Wish =
  | { readonly do: "set"; readonly value: Json }
  | { readonly do: "remove" }
  /** Inserts a string at the beginning of a list. */
  | { readonly do: "begin"; readonly word: string };

/** A change of one field. */
export interface Change {
  readonly steps: readonly Step[];
  readonly wish: Wish;
}

/** Changes as a tree of their paths, so that all changes in one mapping are made together. */
export type WishTree = Map<Step, Wish | Inside>;

export interface Inside {
  readonly do: "inside";
  readonly members: WishTree;
}

/** Builds the tree. The path of a change must not begin with the path of another change. */
export function treeOf(changes: readonly Change[]): WishTree {
  const root: WishTree = new Map();
  for (const { steps, wish } of changes) {
    let here = root;
    for (const step of steps.slice(0, -1)) here = inside(here, step);
    const last = steps.at(-1);
    if (last !== undefined) here.set(last, wish);
  }
  return root;
}

function inside(tree: WishTree, step: Step): WishTree {
  const there = tree.get(step);
  if (there?.do === "inside") return there.members;
  const members: WishTree = new Map();
  tree.set(step, { do: "inside", members });
  return members;
}

/** The value of a field that does not exist yet; undefined if the change does not create it. */
export function newValue(wish: Wish | Inside): Json | undefined {
  if (wish.do === "set") return wish.value;
  if (wish.do !== "inside") return undefined;
  const members = [...wish.members].flatMap(([key, one]) => {
    const value = newValue(one);
    return value === undefined ? [] : [[String(key), value] as const];
  });
  return members.length === 0 ? undefined : Object.fromEntries(members);
}

/** The value after the changes. If a mapping loses its last field, the mapping is removed, too. */
export function changed(value: unknown, tree: WishTree): unknown {
  if (Array.isArray(value)) return value.map((item, index) => member(item, tree.get(index)));
  const after: Record<string, unknown> = { ...asObject(value) };
  for (const [key, wish] of tree) {
    const own = Object.hasOwn(after, key) ? after[key] : undefined;
    const next = member(own, wish);
    if (next === undefined) delete after[key];
    else
      Object.defineProperty(after, key, {
        value: next,
        enumerable: true,
        configurable: true,
        writable: true,
      });
  }
  return after;
}

function member(value: unknown, wish: Wish | Inside | undefined): unknown {
  if (wish === undefined) return value;
  if (wish.do === "set") return wish.value;
  if (wish.do === "remove") return undefined;
  if (wish.do === "begin") return [wish.word, ...(Array.isArray(value) ? value : [])];
  if (value === undefined || value === null) return newValue(wish) ?? value;
  const after = changed(value, wish.members);
  const isEmptied = Object.keys(after as object).length === 0 && Object.keys(value as object).length > 0;
  return isEmptied && !Array.isArray(after) ? undefined : after;
}

/** Whether two JSON values are equal. The order of keys does not matter. */
export function isSame(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true;
  if (Array.isArray(one) && Array.isArray(other))
    return one.length === other.length && one.every((item, index) => isSame(item, other[index]));
  const [first, second] = [asObject(one), asObject(other)];
  if (first === undefined || second === undefined) return false;
  const keys = Object.keys(first);
  return (
    keys.length === Object.keys(second).length &&
    keys.every((key) => Object.hasOwn(second, key) && isSame(first[key], second[key]))
  );
}
