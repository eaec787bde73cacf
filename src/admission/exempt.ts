import { matchesAny } from "../policy/configuration/patterns.ts";
import { quote } from "../policy/messages/quote.ts";
import type { Configuration } from "../policy/model/configuration.ts";
import type { Review } from "./review.ts";

/**
 * Why the configuration exempts this request from everything, in words; undefined where it does not.
 *
 * A pattern has to match the whole name, `*` stands for any characters, none included, and case counts. User names are
 * not only the cluster owner's to give: whoever may create service accounts in a namespace NS is any
 * `system:serviceaccount:NS:...` they like. So a pattern must spell out all that goes before the name of a service
 * account: `system:serviceaccount:ci:*` exempts one namespace, `*-deployer` whoever calls an account so.
 */
export function exemption(review: Review, { exempt }: Configuration): string | undefined {
  if (matchesAny(exempt.users, review.user.name)) return `exempt: user ${quote(review.user.name)}`;
  if (matchesAny(exempt.namespaces, review.namespace)) return `exempt: namespace ${quote(review.namespace)}`;
  return undefined;
}
