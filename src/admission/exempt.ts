import { matchesAny } from "../policy/configuration/patterns.ts";
import { quote } from "../policy/messages/quote.ts";
import type { Configuration } from "../policy/model/configuration.ts";
import type { Review } from "./review.ts";

/**
 * Why the configuration exempts this request from everything, in words; undefined if it does not.
 *
 * A pattern must match the whole name. `*` matches any characters or none, and case matters. Tenants can choose user names:
 * a user that may create service accounts in a namespace NS can become any `system:serviceaccount:NS:...`. So a pattern
 * should spell out everything before the name of a service account. `system:serviceaccount:ci:*` exempts one namespace;
 * `*-deployer` exempts every account with such a name.
 */
export function exemption(review: Review, { exempt }: Configuration): string | undefined {
  if (matchesAny(exempt.users, review.user.name)) return `exempt: user ${quote(review.user.name)}`;
  if (matchesAny(exempt.namespaces, review.namespace)) return `exempt: namespace ${quote(review.namespace)}`;
  return undefined;
}
