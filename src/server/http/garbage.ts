import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Collects garbage: only recent objects, which is fast, or all. */
export type Collect = (what: "young" | "all") => void;

/**
 * V8 looks for unused buffers only after 64 MiB of new ones. A small container does not have that much memory in
 * addition to its requests. So we tell V8 when to look.
 *
 * Source: V8 include/v8-internal.h `kExternalAllocationSoftLimit`.
 */
export function garbageCollector(): Collect {
  setFlagsFromString("--expose-gc");
  const gc = runInNewContext("gc") as (options: { readonly type: "minor" | "major" }) => void;
  return (what) => gc({ type: what === "young" ? "minor" : "major" });
}
