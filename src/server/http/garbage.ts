import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Frees what is not used any more: what came lately, which takes little time, or everything. */
export type Collect = (what: "young" | "all") => void;

/**
 * V8 begins to look for unused buffers when 64 MiB of them have come, and the memory of a small container does not hold that
 * beside the requests. So it is told when to look.
 *
 * Source: V8 include/v8-internal.h `kExternalAllocationSoftLimit`.
 */
export function garbageCollector(): Collect {
  setFlagsFromString("--expose-gc");
  const gc = runInNewContext("gc") as (options: { readonly type: "minor" | "major" }) => void;
  return (what) => gc({ type: what === "young" ? "minor" : "major" });
}
