import { graceOf } from "../../termination/pod.ts";
import type { Configuration } from "../model/configuration.ts";
import type { PodOrTemplate } from "../model/pod.ts";
import { isShutdownAsked, type Settings } from "../settings/resolve.ts";
import { FIT_SHUTDOWN_SECONDS, type Injected, SHORTEST_GRACE_SECONDS } from "./record.ts";
import type { AppliedGrace, OverLimit } from "./skip.ts";

/** The length of an added preStop sleep, and the grace period before and after, in seconds. */
export type Plan = Omit<Injected, "containers">;

/** The reason why a pod gets neither a sleep nor a longer grace period. */
export type NoPlan = OverLimit | AppliedGrace | { readonly reason: "unsafe-number" };

export interface Planned {
  readonly subject: PodOrTemplate;
  readonly settings: Settings;
  readonly configuration: Pick<Configuration, "strategy">;
}

/**
 * Computes the seconds N of the sleep, and the grace period for it. G is the grace period before the injection. S is
 * the shutdown time that the pod or its namespace sets, else 0.
 *
 * | strategy | grace                  | the app                                         |
 * |----------|------------------------|-------------------------------------------------|
 * | Extend   | max(G + N, N + S)      | keeps all the time it had after the stop signal |
 * | Fit      | max(G, N + max(S, 10)) | has at least max(S, 10) after the stop signal   |
 *
 * A grace period that `kubectl apply` sets is not raised: the next apply of the same file would set the old value, and
 * the API server refuses that change. A grace period from an apply is kept if it is at least N + max(S, 10); otherwise
 * there is no plan. A grace period from an apply is raised only if an earlier call added the sleep and another client
 * has lowered the grace period since.
 *
 * A grace period above the limit is replaced by the limit, if the limit is at least N + max(S, G); otherwise there is
 * no plan.
 *
 * On a later call, N is the sleep of the first call, and G is the grace period before the first call. So the sleep is
 * not added to the grace period a second time. If another client has lowered the grace period below G, the lower value
 * is used as G. The new grace period always has room for the sleep, and is never longer than after the first call. The
 * grace period is never lowered.
 */
export function plan(
  { subject, settings, configuration }: Planned,
  earlier: Injected | undefined,
): Plan | NoPlan {
  const current = graceOf(subject.spec);
  const sleepSeconds = sleepThere(earlier) ?? settings.prestopSleepSeconds;
  const graceBefore = originalGrace(current, earlier);
  const asked = isShutdownAsked(settings) ? settings.shutdownSeconds : 0;
  const fitting = sleepSeconds + Math.max(asked, FIT_SHUTDOWN_SECONDS);
  const wanted =
    configuration.strategy === "Extend"
      ? sleepSeconds + Math.max(graceBefore, asked)
      : Math.max(graceBefore, fitting);
  if (![current, wanted].every(Number.isSafeInteger)) return { reason: "unsafe-number" };
  if (subject.graceApplied && fitting <= current) return { sleepSeconds, graceBefore, graceAfter: current };
  if (subject.graceApplied && earlier === undefined)
    return { reason: "applied-grace", sleepSeconds, neededSeconds: fitting, graceSeconds: current };
  const { limit } = settings;
  const least = sleepSeconds + Math.max(asked, graceBefore);
  if (limit !== undefined && wanted > limit.seconds && least > limit.seconds)
    return { reason: "over-limit", sleepSeconds, graceSeconds: wanted, limit };
  const allowed = Math.min(wanted, limit?.seconds ?? wanted);
  return {
    sleepSeconds,
    graceBefore,
    graceAfter: earlier === undefined ? allowed : Math.max(allowed, current),
  };
}

/**
 * The seconds of the sleep that an earlier call of the webhook added; undefined if no container has this sleep any
 * more.
 */
function sleepThere(earlier: Injected | undefined): number | undefined {
  return earlier === undefined || earlier.containers.length === 0 ? undefined : earlier.sleepSeconds;
}

/** The grace period without the added sleep. Another injector may have lowered the grace period since, even to 0. */
function originalGrace(current: number, earlier: Injected | undefined): number {
  if (earlier === undefined) return current;
  return Math.max(SHORTEST_GRACE_SECONDS, Math.min(current, earlier.graceBefore));
}
