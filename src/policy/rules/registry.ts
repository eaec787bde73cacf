import type { Rule, RuleInfo } from "../model/finding.ts";
import { badAnnotation } from "./bad-annotation.ts";
import { badNamespaceValue } from "./bad-namespace-value.ts";
import { graceOverLimit } from "./grace-over-limit.ts";
import { graceZero } from "./grace-zero.ts";
import { hookCannotRun } from "./hook-cannot-run.ts";
import { hookDoesNothing } from "./hook-does-nothing.ts";
import { hookLengthUnknown } from "./hook-length-unknown.ts";
import { hookMayExceed } from "./hook-may-exceed.ts";
import { hookMissing } from "./hook-missing.ts";
import { hookOverGrace } from "./hook-over-grace.ts";
import { noShutdownTime } from "./no-shutdown-time.ts";
import { postStartHoldsStop } from "./poststart-holds-stop.ts";
import { probeGraceShort } from "./probe-grace-short.ts";
import { proxyStopsFirst } from "./proxy-stops-first.ts";
import { shutdownTooShort } from "./shutdown-too-short.ts";
import { sidecarDelaysJob } from "./sidecar-delays-job.ts";
import { sleepAdded } from "./sleep-added.ts";
import { sleepUnsupported } from "./sleep-unsupported.ts";
import { stopSignalUnheard } from "./stop-signal-unheard.ts";
import { useNativeSleep } from "./use-native-sleep.ts";

/**
 * All rules, in the order of their messages: rules about certain faults come first. A new rule needs a file of its own
 * and a line in this list.
 */
export const RULES: readonly Rule[] = [
  badAnnotation,
  graceOverLimit,
  graceZero,
  hookOverGrace,
  noShutdownTime,
  hookMayExceed,
  shutdownTooShort,
  hookCannotRun,
  hookDoesNothing,
  sleepUnsupported,
  stopSignalUnheard,
  probeGraceShort,
  sidecarDelaysJob,
  hookLengthUnknown,
  hookMissing,
  proxyStopsFirst,
  postStartHoldsStop,
  useNativeSleep,
  badNamespaceValue,
];

/** Every finding there is. */
export const RULE_INFO: readonly RuleInfo[] = [...RULES, sleepAdded];
