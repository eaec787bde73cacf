import { setImmediate as yieldToOthers } from "node:timers/promises";
import { asObject } from "../json.ts";
import type { Access } from "./access.ts";
import { ApiFault } from "./api-fault.ts";
import { get, json } from "./get.ts";
import { TIMINGS } from "./timings.ts";

/** A pod as the API server has it, without `metadata.managedFields`; items of a list have no kind. */
export type RunningPod = Readonly<Record<string, unknown>>;

export interface Listed {
  /** How many pods were handed over. */
  readonly looked: number;
  /** There are more than the limit. */
  readonly more: boolean;
}

export interface PodLimits {
  /** How many pods are read at most. */
  readonly limit: number;
  /** For all of it. */
  readonly milliseconds: number;
}

/**
 * Looks at some pods, before the next are fetched. False: enough, there will be no answer. Who keeps none of them keeps
 * the memory small.
 */
export type VisitPods = (pods: readonly RunningPod[]) => Promise<boolean>;

/**
 * Hands the pods over, page by page. Undefined when it cannot tell: not in time, no right, too much, or any fault; some
 * may have been handed over by then. Throws only what `visit` throws.
 */
export type ListPods = (
  namespace: string,
  limits: PodLimits,
  visit: VisitPods,
) => Promise<Listed | undefined>;

/** One page is in memory at a time, as bytes, as text and as objects. */
const PAGE = 100;

/** 3,000 usual pods are 20 to 30 MiB. */
const LONGEST = 48 * 1024 * 1024;

/** Parsing takes the event loop 5 to 10 ms for each MiB. */
const LONGEST_PAGE = 4 * 1024 * 1024;

/** Who writes labels onto hundreds of namespaces at once must not fill the memory. */
const AT_ONCE = 1;

/** Those that have ended are not replaced. */
const SELECTOR = encodeURIComponent("status.phase!=Succeeded,status.phase!=Failed");

const FORBIDDEN = 403;

interface Page {
  readonly items: readonly unknown[];
  readonly next: string;
  readonly bytes: number;
}

/**
 * Lists the pods of a namespace that run now, page by page. Without a resourceVersion: with resourceVersion=0 the watch
 * cache ignores the limit and sends all there are, and this is asked seldom.
 *
 * After a 403 nothing is asked for a minute, in any namespace: the right is usually granted for all or none.
 */
export function createListPods(access: Access, signal: AbortSignal, timings = TIMINGS): ListPods {
  let forbiddenUntil = Number.NEGATIVE_INFINITY;
  let running = 0;

  async function onePage(namespace: string, next: string, deadline: number, longest: number): Promise<Page> {
    const left = Math.max(1, deadline - performance.now());
    const after = next === "" ? "" : `&continue=${encodeURIComponent(next)}`;
    const call = {
      path: `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods?fieldSelector=${SELECTOR}&limit=${PAGE}${after}`,
      accept: "application/json",
      what: "list pods",
      silence: left,
      limit: left,
      signal,
    };
    const { value, bytes } = await get(access, call, (body) => json(body, Math.min(longest, LONGEST_PAGE)));
    return { ...readPage(value), bytes };
  }

  async function list(
    namespace: string,
    { limit, milliseconds }: PodLimits,
    visit: VisitPods,
  ): Promise<Listed | undefined> {
    const deadline = performance.now() + milliseconds;
    let looked = 0;
    let more = false;
    let bytes = 0;
    let next = "";
    do {
      const page = await onePage(namespace, next, deadline, LONGEST - bytes);
      await yieldToOthers();
      bytes += page.bytes;
      ({ next } = page);
      const pods = page.items.flatMap(runningPod);
      const wanted = pods.slice(0, limit - looked);
      more = next !== "" || wanted.length < pods.length;
      looked += wanted.length;
      if (!(await visit(wanted))) return undefined;
    } while (next !== "" && looked < limit);
    return { looked, more };
  }

  return async (namespace, limits, visit) => {
    if (running >= AT_ONCE || performance.now() < forbiddenUntil) return undefined;
    running++;
    try {
      return await list(namespace, limits, visit);
    } catch (error) {
      if (!(error instanceof ApiFault)) throw error;
      if (error.status === FORBIDDEN) forbiddenUntil = performance.now() + timings.podsForbidden;
      return undefined;
    } finally {
      running--;
    }
  };
}

function readPage(list: unknown): Omit<Page, "bytes"> {
  const { items, metadata } = asObject(list) ?? {};
  const { continue: next = "" } = asObject(metadata) ?? {};
  if (!Array.isArray(items) || typeof next !== "string") throw new ApiFault("The API server sent no list.");
  return { items, next };
}

/** The pod, or nothing if it is being deleted. */
function runningPod(item: unknown): RunningPod[] {
  const pod = asObject(item);
  const { managedFields: _, ...metadata } = asObject(pod?.["metadata"]) ?? {};
  return pod === undefined || "deletionTimestamp" in metadata ? [] : [{ ...pod, metadata }];
}
