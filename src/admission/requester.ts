import { asObject } from "../json.ts";
import { matchesAny } from "../policy/configuration/patterns.ts";
import { quote } from "../policy/messages/quote.ts";
import type { Configuration } from "../policy/model/configuration.ts";
import type { PodOrTemplate } from "../policy/model/pod.ts";
import type { Requester, Review } from "./review.ts";

/** The group of every kubelet (plugin/pkg/auth/authenticator), on which the NodeRestriction plugin relies, too. */
const NODES_GROUP = "system:nodes";

/** Whether the request comes from a kubelet. The mirror-pod annotation is trusted only in a request of a kubelet. */
export function madeByNode(user: Requester): boolean {
  return user.groups.includes(NODES_GROUP);
}

/** The object's name; or its generateName, if the API server still has to generate the name. */
export function requestedName(review: Review): string {
  if (review.name !== "") return review.name;
  const metadata = asObject(asObject(review.object)?.["metadata"]);
  const generateName = metadata?.["name"] ?? metadata?.["generateName"];
  return typeof generateName === "string" ? generateName : "";
}

/** The controller of the object, such as `ReplicaSet/web-7d9f`; empty if there is none. */
export function ownerOf({ controller }: PodOrTemplate): string {
  return controller === undefined ? "" : `${controller.kind}/${controller.name}`;
}

/** The user or the namespace that the configuration exempts from the checks. */
export interface Exemption {
  readonly kind: "user" | "namespace";
  readonly name: string;
}

/**
 * The exemption of this request from all checks; undefined if there is none.
 *
 * A pattern must match the whole name. `*` matches any characters or none, and case matters. Tenants can choose user
 * names: a user that may create service accounts in a namespace NS can become any `system:serviceaccount:NS:...`. So a
 * pattern for service accounts should contain the name of the namespace. `system:serviceaccount:ci:*` exempts the
 * accounts of one namespace. `*-deployer` exempts every account with this suffix, in any namespace.
 */
export function exemption(
  { user, namespace }: Pick<Review, "user" | "namespace">,
  { exempt }: Pick<Configuration, "exempt">,
): Exemption | undefined {
  if (matchesAny(exempt.users, user.name)) return { kind: "user", name: user.name };
  if (matchesAny(exempt.namespaces, namespace)) return { kind: "namespace", name: namespace };
  return undefined;
}

/** The exemption as text, such as `exempt: user "ci"`, for the audit annotation and the log. */
export function exemptionText({ kind, name }: Exemption): string {
  return `exempt: ${kind} ${quote(name)}`;
}
