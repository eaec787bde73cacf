import type { JsonObject } from "../../src/json.ts";
import type { Fix } from "../../src/policy/model/finding.ts";

/** Applies the fixes of a finding to a copy of the manifest. */
export function followed(manifest: JsonObject, fixes: readonly Fix[]): JsonObject {
  const mended = structuredClone(manifest);
  for (const fix of fixes) follow(mended, fix);
  return mended;
}

/** Sets a field. A fix without a value removes the field, and also parents that are then empty. */
function follow(object: JsonObject, fix: Fix): void {
  const steps = [...fix.path.matchAll(/\["([^"]+)"\]|\[(\d+)\]|([^.[\]]+)/g)].map(
    ([, key, index, name]) => key ?? index ?? name ?? "",
  );
  const last = steps.pop() ?? "";
  let here = object as Record<string, unknown>;
  let parent = here;
  for (const step of steps) {
    here[step] ??= {};
    parent = here;
    here = here[step] as Record<string, unknown>;
  }
  const value = newValue(fix, here[last]);
  if (value !== undefined) here[last] = value;
  else {
    delete here[last];
    if (Object.keys(here).length === 0) delete parent[steps.at(-1) ?? ""];
  }
}

/** The new value. With `shortenTo`, the hook becomes a sleep action of this many seconds. */
function newValue(fix: Fix, old: unknown): unknown {
  if ("shortenTo" in fix) return { sleep: { seconds: fix.shortenTo } };
  return "beginWith" in fix ? [fix.beginWith, ...(old as readonly string[])] : fix.value;
}
