import type { JsonObject } from "../../src/json.ts";
import type { Fix } from "../../src/policy/model/finding.ts";

/** The manifest after the fix of a message. The given manifest does not change. */
export function followed(manifest: JsonObject, fixes: readonly Fix[]): JsonObject {
  const mended = structuredClone(manifest);
  for (const fix of fixes) follow(mended, fix);
  return mended;
}

/** Without a value the field goes, and parents that are then empty. */
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

/** A hook to shorten becomes a sleep of that length. */
function newValue(fix: Fix, old: unknown): unknown {
  if ("shortenTo" in fix) return { sleep: { seconds: fix.shortenTo } };
  return "beginWith" in fix ? [fix.beginWith, ...(old as readonly string[])] : fix.value;
}
