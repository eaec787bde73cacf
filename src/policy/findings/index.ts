import type { FindingKind } from "../finding.ts";
import { badAnnotation } from "./bad-annotation.ts";
import { graceZero } from "./grace-zero.ts";
import { hookCannotRun } from "./hook-cannot-run.ts";
import { hookLengthUnknown } from "./hook-length-unknown.ts";
import { hookMayExceed } from "./hook-may-exceed.ts";
import { hookOverGrace } from "./hook-over-grace.ts";
import { noShutdownTime } from "./no-shutdown-time.ts";
import { shutdownTooShort } from "./shutdown-too-short.ts";

/** Every kind of finding, in the order they are said: what is surely wrong first. A new one is a new file and a line here. */
export const FINDING_KINDS: readonly FindingKind[] = [
  badAnnotation,
  graceZero,
  hookOverGrace,
  noShutdownTime,
  hookMayExceed,
  shutdownTooShort,
  hookCannotRun,
  hookLengthUnknown,
];
