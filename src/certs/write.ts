import type { JsonObject } from "../json.ts";
import type { Access } from "../kube/access.ts";
import { json, request, type Write } from "../kube/request.ts";
import type { Timings } from "../kube/timings.ts";

/** The field manager of all server-side applies. */
export const FIELD_MANAGER = "gracekeeper-certificates";

/** A limit for the response, which contains the whole object. */
const LONGEST = 9 * 1024 * 1024;

export interface Writing {
  readonly path: string;
  /** The words after "Cannot" in an error message, such as "patch Secret shop/ca". */
  readonly what: string;
  readonly method: Write["method"];
  readonly type: string;
  readonly body: JsonObject;
}

/** Writes an object. @throws ApiFault */
export async function writeObject(
  access: Access,
  { path, what, method, type, body }: Writing,
  signal: AbortSignal,
  timings: Timings,
): Promise<void> {
  const write = { method, type, body: JSON.stringify(body) };
  const times = { silence: timings.silence, limit: timings.answer };
  const call = { path, accept: "application/json", what, write, ...times, signal };
  await request(access, call, (answer) => json(answer, LONGEST));
}
