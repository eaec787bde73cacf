import { asObject, type JsonObject } from "../../json.ts";
import type { Access } from "../access.ts";
import type { FaultEvents } from "../fault-report.ts";
import { json, request } from "../request.ts";
import { TIMINGS } from "../timings.ts";
import { keepWatching, type Watching } from "./keep-watching.ts";
import { readEvent, readPage, readResourceVersion } from "./wire.ts";

/** The name of an object in the cluster. */
export interface ObjectName {
  /** The path of the collection, such as "/api/v1/namespaces/shop/secrets". */
  readonly collection: string;
  readonly name: string;
  /** Kind and name for messages, such as "Secret shop/web". */
  readonly title: string;
}

export interface ObjectEvents extends FaultEvents {
  /** Called after each list and each event. `object` is undefined if the object does not exist. */
  seen(object: JsonObject | undefined): void;
}

/** A limit for the response. etcd accepts objects of 1.5 MiB, and JSON with escapes can be six times as long. */
const LONGEST = 9 * 1024 * 1024;

const ACCEPT = "application/json";

/**
 * Watches one object by list and watch with a field selector, until `stop`. RBAC can grant list and watch for one name,
 * because the API server treats a list with metadata.name=NAME as a request for NAME (k8s.io/apiserver, request info).
 */
export function watchObject(
  access: Access,
  { collection, name, title }: ObjectName,
  events: ObjectEvents,
  timings = TIMINGS,
): Watching {
  const path = `${collection}?fieldSelector=${encodeURIComponent(`metadata.name=${name}`)}`;
  let resourceVersion: string | undefined;
  const watched = {
    what: title,
    path,
    accept: ACCEPT,
    longest: LONGEST,
    get resourceVersion() {
      return resourceVersion;
    },
    async list(signal: AbortSignal) {
      const times = { silence: timings.silence, limit: timings.answer };
      const call = { path, accept: ACCEPT, what: `list ${title}`, ...times, signal };
      const { value } = await request(access, call, (body) => json(body, LONGEST));
      const page = readPage(value);
      resourceVersion = page.resourceVersion;
      events.seen(asObject(page.items[0]));
    },
    read(line: string) {
      const { type, object } = readEvent(line, title);
      resourceVersion = readResourceVersion(object, title);
      if (type !== "BOOKMARK") events.seen(type === "DELETED" ? undefined : asObject(object));
    },
    contact: () => {},
    forgetVersion() {
      resourceVersion = undefined;
    },
  };
  return keepWatching(access, watched, events, timings);
}
