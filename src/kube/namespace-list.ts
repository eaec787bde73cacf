import type { Namespace } from "../policy/model/namespace.ts";
import type { Access } from "./access.ts";
import { ApiFault } from "./api-fault.ts";
import { readObject } from "./namespace-object.ts";
import { json, request } from "./request.ts";
import type { Timings } from "./timings.ts";
import { type Page, readPage } from "./watch/wire.ts";

export const NAMESPACES = "/api/v1/namespaces";

/** The page size of client-go's reflector. */
const PAGE = 500;

/**
 * The size limit of a list page, in bytes. A page that exceeds the limit is requested again with a tenth of the
 * namespaces. A single namespace has at most 3 MiB.
 */
export const LONGEST = 8 * 1024 * 1024;

/** etcd is compacted every five minutes. Continue tokens then expire, so a list that takes longer fails. */
const LONGEST_LIST = 5 * 60 * 1000;

/**
 * Requests only the metadata. An API server that does not support metadata-only lists sends whole namespaces, which are
 * small.
 */
const ACCEPT = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";

export interface NamespaceListing {
  /** The namespaces with a label or annotation of gracekeeper. */
  readonly namespaces: Map<string, Namespace>;
  readonly resourceVersion: string;
}

/**
 * Lists all namespaces page by page. The request has no resourceVersion, so the API server reads the newest state and
 * applies the limit. With resourceVersion=0, the watch cache would ignore the limit.
 *
 * @throws ApiFault, also if a continue token has expired (HTTP 410).
 */
export async function listNamespaces(
  access: Access,
  signal: AbortSignal,
  timings: Timings,
  pageCame: () => void,
): Promise<NamespaceListing> {
  const namespaces = new Map<string, Namespace>();
  const start = performance.now();
  let limit = PAGE;
  let next = "";
  for (;;) {
    if (performance.now() - start > LONGEST_LIST)
      throw new ApiFault("Reading the list of namespaces takes more than 5 minutes.");
    const page = await onePage(access, { limit, next }, signal, timings);
    if (page === undefined) {
      limit = Math.ceil(limit / 10);
      continue;
    }
    pageCame();
    for (const item of page.items) {
      const { name, namespace } = readObject(item);
      if (namespace !== undefined) namespaces.set(name, namespace);
    }
    if (page.next === "") return { namespaces, resourceVersion: page.resourceVersion };
    next = page.next;
  }
}

/** Undefined if the page is too long and `limit` is above 1, so that the caller can try a lower limit. */
async function onePage(
  access: Access,
  { limit, next }: { readonly limit: number; readonly next: string },
  signal: AbortSignal,
  timings: Timings,
): Promise<Page | undefined> {
  const after = next === "" ? "" : `&continue=${encodeURIComponent(next)}`;
  const call = {
    path: `${NAMESPACES}?limit=${limit}${after}`,
    accept: ACCEPT,
    what: "list namespaces",
    silence: timings.silence,
    limit: timings.answer,
    signal,
  };
  try {
    const { value } = await request(access, call, (body) => json(body, LONGEST));
    return readPage(value);
  } catch (error) {
    if (error instanceof ApiFault && error.tooLong && limit > 1) return undefined;
    throw error;
  }
}
