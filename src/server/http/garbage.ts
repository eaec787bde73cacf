import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Runs V8's garbage collector. `young` is fast and covers only recent objects; `all` covers the whole heap. */
export type Collect = (what: "young" | "all") => void;

/**
 * V8 frees unused buffers only after 64 MiB of new buffers, which is too much for a small container. So gracekeeper
 * starts collections itself.
 *
 * Source: V8 include/v8-internal.h `kExternalAllocationSoftLimit`.
 */
export function garbageCollector(): Collect {
  setFlagsFromString("--expose-gc");
  const gc = runInNewContext("gc") as (options: { readonly type: "minor" | "major" }) => void;
  return (what) => gc({ type: what === "young" ? "minor" : "major" });
}
