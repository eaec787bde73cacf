import { asObject, type JsonObject } from "../../json.ts";
import type { Access } from "../access.ts";
import type { FaultEvents } from "../fault-report.ts";
import { json, request } from "../request.ts";
import { TIMINGS } from "../timings.ts";
import { keepWatching, type Watching } from "./keep-watching.ts";
import { readEvent, readPage, readResourceVersion } from "./wire.ts";

/** One object of the cluster by its name. */
export interface ObjectName {
  /** The path of its collection: "/api/v1/namespaces/shop/secrets". */
  readonly collection: string;
  readonly name: string;
  /** Kind and name, for messages: "Secret shop/web". */
  readonly title: string;
}

export interface ObjectEvents extends FaultEvents {
  /** The present object; undefined if there is none. Called after each list and each event. */
  seen(object: JsonObject | undefined): void;
}

/** etcd accepts 1.5 MiB for an object, which may be six times as long in JSON. */
const LONGEST = 9 * 1024 * 1024;

const ACCEPT = "application/json";

/**
 * Watches one object by list and watch with a field selector, until `stop`. RBAC can grant both for one name
 * (k8s.io/apiserver, request info: a list with metadata.name=NAME is a request for NAME).
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
