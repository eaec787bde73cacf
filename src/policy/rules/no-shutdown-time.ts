import { hookSpan } from "../messages/names.ts";
import { graceRule } from "./grace-rule.ts";

/**
 * no-shutdown-time: the hook fills the grace period to the second.
 *
 * Fields:  lifecycle.preStop, spec.terminationGracePeriodSeconds.
 * Allowed: a hook that is shorter than the grace period.
 * Unset:   the grace period is 30 s.
 * Default: Deny. The API server accepts a sleep that is as long as the grace period: its message says "less than", but
 *          its test is "not more than".
 * Source:  pkg/apis/core/validation/validation.go `validateSleepAction` (1.29 to 1.36); kuberuntime_manager.go
 *          `minimumGracePeriodInSeconds`: the app gets only the 2 seconds that the kubelet always gives.
 */
export const noShutdownTime = graceRule(
  {
    id: "no-shutdown-time",
    action: "Deny",
    when: "the hook takes exactly the grace period",
    why: 'The API server accepts a sleep that is as long as the grace period (its error message says "less than", but it tests "not more than"). The stop signal comes only at the end of the grace period, and then the app gets the 2 s that the kubelet always gives.',
    advice: "Raise the grace period to hook + shutdown, or make the hook shorter.",
  },
  ({ seconds }, grace) => seconds.min === grace,
  {
    problem: (hook, grace, note) => `${hookSpan(hook)} fills the whole ${grace} grace${note}`,
    consequence: () => "; the API accepts this, but the stop signal comes only as the time runs out",
    headline: (grace) => `fill the whole ${grace} grace`,
  },
);
