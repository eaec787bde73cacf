import type { Configuration } from "../policy/configuration.ts";
import { quote } from "../policy/quote.ts";
import { matchesAny } from "../policy/wildcard.ts";
import type { Review } from "./review.ts";

/** Why the configuration exempts this request from everything, in words; undefined where it does not. */
export function exemption(review: Review, { exempt }: Configuration): string | undefined {
  if (matchesAny(exempt.users, review.user.name)) return `exempt: user ${quote(review.user.name)}`;
  if (matchesAny(exempt.namespaces, review.namespace)) return `exempt: namespace ${quote(review.namespace)}`;
  return undefined;
}
