import { setImmediate as yieldToOthers } from "node:timers/promises";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Untouched } from "../../admission/decision.ts";
import {
  type DeniedPod,
  deniedPod,
  type NamespaceWrite,
  readNamespaceWrite,
} from "../../admission/namespace-write.ts";
import { readReview } from "../../admission/review.ts";
import { validateNamespace } from "../../admission/validate-namespace.ts";
import type { ListPods } from "../../kube/pods.ts";
import type { Preview } from "../../policy/messages/namespace-messages.ts";
import type { Context } from "../../policy/model/context.ts";
import type { Deps } from "../deps.ts";
import { sendDecision, sendError } from "../http/reply.ts";

export const NAMESPACE_ROUTE = "/validate/namespace";

/**
 * The limits of Pod Security admission: 3,000 pods and 1 s (pod-security-admission admission/admission.go
 * `defaultNamespaceMaxPodsToCheck`).
 */
const MOST_PODS = 3000;
const LONGEST_PREVIEW = 1000;

/** The default timeout of the API server, for a request without the query parameter `timeout`. */
const DEFAULT_TIMEOUT_SECONDS = 10;

/** How many milliseconds the preview runs before it yields to other requests. */
const LONGEST_TURN = 5;

/**
 * POST /validate/namespace: validates a write of a namespace with a label of gracekeeper. Only this route calls the API
 * server during a review, to list the pods of the namespace. The list takes at most a second, and at most half of the
 * caller's timeout. If the list takes longer, the response has no preview.
 */
export function namespaceRoute(app: FastifyInstance, deps: Deps): void {
  app.post(NAMESPACE_ROUTE, async (request, reply) => {
    let uid = "";
    try {
      const review = readReview(request.body);
      uid = review.uid;
      const context = deps.currentConfig.context(review.namespace);
      const write = readNamespaceWrite(review, context.configuration);
      const preview = await previewOf(write, context, deps.listPods, millisecondsFor(request));
      const facts = { preview, readsNamespaces: deps.listPods !== undefined };
      sendDecision(deps, { request, reply }, validateNamespace(review, write, facts, context));
    } catch (error) {
      sendError(deps, { request, reply, uid }, error);
    }
    return reply;
  });
}

async function previewOf(
  write: NamespaceWrite | Untouched,
  context: Context,
  listPods: ListPods | undefined,
  milliseconds: number,
): Promise<Preview | undefined> {
  if (write.kind !== "write" || write.preview === undefined || listPods === undefined) return undefined;
  const deadline = performance.now() + milliseconds;
  let denied = 0;
  let first: DeniedPod | undefined;
  const listed = await listPods(write.namespace.name, { limit: MOST_PODS, milliseconds }, async (pods) => {
    let turn = performance.now();
    for (const pod of pods) {
      if (performance.now() > turn + LONGEST_TURN) {
        await yieldToOthers();
        turn = performance.now();
      }
      if (performance.now() > deadline) return false;
      const one = deniedPod(pod, write, context);
      if (one === undefined) continue;
      denied++;
      if (first === undefined || one.name < first.name) first = one;
    }
    return true;
  });
  return listed && first && { denied, ...listed, first };
}

/** Half of the caller's timeout, at most one second. */
function millisecondsFor(request: FastifyRequest): number {
  const [, given] = /[?&]timeout=(\d{1,3})s(?:&|$)/.exec(request.raw.url ?? "") ?? [];
  const seconds = given === undefined || Number(given) === 0 ? DEFAULT_TIMEOUT_SECONDS : Number(given);
  return Math.min(LONGEST_PREVIEW, (seconds * 1000) / 2);
}
