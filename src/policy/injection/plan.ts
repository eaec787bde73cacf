import { graceOf } from "../../termination/pod.ts";
import type { Configuration } from "../model/configuration.ts";
import type { PodOrTemplate } from "../model/pod.ts";
import { isShutdownAsked, type Settings } from "../settings/resolve.ts";
import { FIT_SHUTDOWN_SECONDS, type Injected, SHORTEST_GRACE_SECONDS } from "./record.ts";
import type { AppliedGrace, OverLimit } from "./skip.ts";

/** The numbers of one injection, in seconds. */
export type Plan = Omit<Injected, "containers">;

/** Why there are no numbers. */
export type NoPlan = OverLimit | AppliedGrace | { readonly reason: "unsafe-number" };

/** What the numbers come from. */
export interface Planned {
  readonly subject: PodOrTemplate;
  readonly settings: Settings;
  readonly configuration: Pick<Configuration, "strategy">;
}

/**
 * The sleep N and the grace period for it. G is the grace period before; S is the shutdown time that pod or namespace
 * asks for, else 0.
 *
 * | strategy | grace                  | the app                                         |
 * |----------|------------------------|-------------------------------------------------|
 * | Extend   | max(G + N, N + S)      | keeps all the time it had after the stop signal |
 * | Fit      | max(G, N + max(S, 10)) | has what it asks for, or 10 s                   |
 *
 * A grace period that an apply sets cannot be raised. The next apply of the same file would ask for the old value, and
 * the API server refuses that change. It stays if it is at least N + max(S, 10); otherwise there is no plan. If another
 * client has changed it since, it may be raised.
 *
 * If the result is above the limit, the limit is used, provided that it leaves the app max(S, G) after N. Otherwise
 * there is no plan.
 *
 * On a later call, N is the sleep that is there, and G is the grace period before the first call. The current grace
 * period already includes the sleep, so it is not raised a second time. If it is now below G, the lower value is G, and
 * the sleep is added to it. So the result always has room for the sleep, and is never more than after the first call.
 * The grace period is never lowered.
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

/** The length of the sleep that containers have already. */
function sleepThere(earlier: Injected | undefined): number | undefined {
  return earlier === undefined || earlier.containers.length === 0 ? undefined : earlier.sleepSeconds;
}

/** The grace period without our sleep. Another injector may have lowered it even to 0 since. */
function originalGrace(current: number, earlier: Injected | undefined): number {
  if (earlier === undefined) return current;
  return Math.max(SHORTEST_GRACE_SECONDS, Math.min(current, earlier.graceBefore));
}
