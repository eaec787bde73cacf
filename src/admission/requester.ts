import { asObject } from "../json.ts";
import type { PodOrTemplate } from "../policy/model/pod.ts";
import type { Requester, Review } from "./review.ts";

/** Group of every kubelet (plugin/pkg/auth/authenticator; the NodeRestriction plugin relies on it too). */
const NODES_GROUP = "system:nodes";

/** Whether the request comes from a kubelet: only then is the mirror-pod annotation believed. */
export function madeByNode(user: Requester): boolean {
  return user.groups.includes(NODES_GROUP);
}

/** The object's name, else its generateName: for objects of controllers, the API server makes the name. */
export function requestedName(review: Review): string {
  if (review.name !== "") return review.name;
  const metadata = asObject(asObject(review.object)?.["metadata"]);
  const generateName = metadata?.["name"] ?? metadata?.["generateName"];
  return typeof generateName === "string" ? generateName : "";
}

/** `ReplicaSet/web-7d9f`, or empty. */
export function ownerOf({ controller }: PodOrTemplate): string {
  return controller === undefined ? "" : `${controller.kind}/${controller.name}`;
}
