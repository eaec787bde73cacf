import { setImmediate as yieldToOthers } from "node:timers/promises";
import { asObject } from "../json.ts";
import type { Access } from "./access.ts";
import { ApiFault } from "./api-fault.ts";
import { json, request } from "./request.ts";
import { TIMINGS } from "./timings.ts";

/** A pod from the API server, without `metadata.managedFields`. Pods in a list have no `kind`. */
export type RunningPod = Readonly<Record<string, unknown>>;

export interface Listed {
  /** The number of visited pods. */
  readonly looked: number;
  /** Whether there are more pods than the limit. */
  readonly more: boolean;
}

export interface PodLimits {
  /** The maximum number of pods to visit. */
  readonly limit: number;
  /** The time limit for all pages. */
  readonly milliseconds: number;
}

/**
 * Visits one page of pods before the next page is fetched. Returns false to stop. To keep memory small, a visitor must
 * not keep the pods.
 */
export type VisitPods = (pods: readonly RunningPod[]) => Promise<boolean>;

/**
 * Visits the pods, page by page. Undefined if the time is over, the permission is missing, there is too much data, or a
 * request fails. `visit` may have received some pages before such a failure. Throws only errors of `visit`.
 */
export type ListPods = (
  namespace: string,
  limits: PodLimits,
  visit: VisitPods,
) => Promise<Listed | undefined>;

/** The page size. A page is in memory three times: as bytes, as a string and as objects. */
const PAGE = 100;

/** The size limit for all pages, in bytes. 3,000 ordinary pods have 20 to 30 MiB. */
const LONGEST = 48 * 1024 * 1024;

/** The size limit for a page, in bytes. Parsing blocks the event loop for 5 to 10 ms for each MiB. */
const LONGEST_PAGE = 4 * 1024 * 1024;

/**
 * The maximum number of concurrent pod lists, so that a user who labels hundreds of namespaces cannot fill the memory.
 */
const AT_ONCE = 1;

/** Completed and failed pods are left out, because their controllers do not replace them. */
const SELECTOR = encodeURIComponent("status.phase!=Succeeded,status.phase!=Failed");

const FORBIDDEN = 403;

interface Page {
  readonly items: readonly unknown[];
  readonly next: string;
  readonly bytes: number;
}

/**
 * Lists the running pods of a namespace, page by page. The list has no resourceVersion, because with resourceVersion=0
 * the watch cache ignores the limit and sends all pods. The load on etcd is small, because previews are rare.
 *
 * After HTTP 403 no pods are listed for a minute, because the permission usually covers all namespaces or none.
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
    const { value, bytes } = await request(access, call, (body) =>
      json(body, Math.min(longest, LONGEST_PAGE)),
    );
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
  if (!Array.isArray(items) || typeof next !== "string")
    throw new ApiFault("The API server sent something that is not a list.");
  return { items, next };
}

/** The pod, or undefined if it is being deleted. */
function runningPod(item: unknown): RunningPod[] {
  const pod = asObject(item);
  const { managedFields: _, ...metadata } = asObject(pod?.["metadata"]) ?? {};
  return pod === undefined || "deletionTimestamp" in metadata ? [] : [{ ...pod, metadata }];
}
