import type { JsonObject } from "../../src/json.ts";
import type { Fix } from "../../src/policy/model/finding.ts";

/** The manifest after the fix of a message. The given manifest does not change. */
export function followed(manifest: JsonObject, fixes: readonly Fix[]): JsonObject {
  const mended = structuredClone(manifest);
  for (const fix of fixes) follow(mended, fix);
  return mended;
}

/** A fix without a value removes the field and parents that are then empty. A hook to shorten becomes a sleep of that length. */
function follow(object: JsonObject, fix: Fix): void {
  const value = "shortenTo" in fix ? { sleep: { seconds: fix.shortenTo } } : fix.value;
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
  if (value !== undefined) here[last] = value;
  else {
    delete here[last];
    if (Object.keys(here).length === 0) delete parent[steps.at(-1) ?? ""];
  }
}
