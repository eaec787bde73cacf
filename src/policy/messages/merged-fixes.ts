import type { Fix, Violation } from "../model/finding.ts";

/** One change a field. Violations that ask for the same changes share one list: a pod may have thousands of both. */
export function mergedFixes(violations: readonly Pick<Violation, "fix">[]): readonly Fix[] {
  const [first, ...others] = violations;
  if (first !== undefined && others.length === 0) return first.fix;
  const byField = new Map<string, Fix>();
  for (const fix of [...new Set(violations.map((one) => one.fix))].flat()) {
    const key = `${fix.target} ${fix.path}`;
    const other = byField.get(key);
    byField.set(key, other === undefined ? fix : forBoth(fix, other));
  }
  return [...byField.values()];
}

/** Where containers ask for different graces, the longest is enough for all; an annotation has the items of all. */
function forBoth(one: Fix, other: Fix): Fix {
  if (!("value" in one && "value" in other)) return one;
  if (typeof one.value === "string" && typeof other.value === "string") {
    const items = [other.value, one.value].flatMap((value) => value.split(","));
    return { ...one, value: [...new Set(items)].join(",") };
  }
  return Number(one.value) < Number(other.value) ? other : one;
}
