import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Frees what is not used any more: what came lately, or everything. It takes 1 to 2 ms, or some 10 ms. */
export type Collect = (what: "young" | "all") => void;

/**
 * V8 frees buffers when 64 MiB of them have come since it last looked, and the memory of a small container does not hold
 * that beside the requests. So it is told when to look.
 */
export function garbageCollector(): Collect {
  setFlagsFromString("--expose-gc");
  const gc = runInNewContext("gc") as (options: { readonly type: "minor" | "major" }) => void;
  return (what) => gc({ type: what === "young" ? "minor" : "major" });
}
