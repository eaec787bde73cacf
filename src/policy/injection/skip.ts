import type { PodSpec } from "../../termination/pod.ts";
import type { Announcement } from "../proxies/beside.ts";
import type { Limit } from "../settings/resolve.ts";
import type { NoSleepAction } from "./sleep-action.ts";

/**
 * The reasons why a pod gets no sleep. Only the first reason that applies is reported. The set of reasons is closed,
 * because each reason is the value of a metric label.
 */
export const SKIP_REASONS = [
  "mirror-pod",
  "opted-out",
  "owner",
  "runs-to-completion",
  "grace-too-short",
  "beside-proxy",
  "has-hook",
  "no-ports",
  "not-ours",
  "owner-may-compare",
  "bad-annotation",
  "sleep-action",
  "unsafe-number",
  "applied-grace",
  "over-limit",
  "already-added",
  "annotations-full",
  "would-be-denied",
] as const;

export type SkipReason = (typeof SKIP_REASONS)[number];

/** The reason why a pod gets no sleep, with the values for the message. Times are in seconds. */
export type SkipCause =
  | {
      readonly reason:
        | "mirror-pod"
        | "opted-out"
        | "has-hook"
        | "no-ports"
        | "unsafe-number"
        | "already-added"
        | "annotations-full";
    }
  | { readonly reason: "owner" | "owner-may-compare"; readonly owner: string }
  | { readonly reason: "runs-to-completion"; readonly restartPolicy: NonNullable<PodSpec["restartPolicy"]> }
  | { readonly reason: "grace-too-short"; readonly graceSeconds: number | undefined }
  | { readonly reason: "beside-proxy"; readonly proxy: Announcement | { readonly container: string } }
  /** `container` is the first container without a hook; `others` is how many more there are. */
  | { readonly reason: "not-ours"; readonly container: string; readonly others: number }
  | { readonly reason: "bad-annotation"; readonly key: string }
  | { readonly reason: "sleep-action"; readonly cause: NoSleepAction }
  | AppliedGrace
  | OverLimit
  | { readonly reason: "would-be-denied"; readonly sleepSeconds: number; readonly rule: string };

/** The grace period that the sleep needs, and the grace period that an apply set. */
export interface AppliedGrace {
  readonly reason: "applied-grace";
  readonly sleepSeconds: number;
  readonly neededSeconds: number;
  readonly graceSeconds: number;
}

export interface OverLimit {
  readonly reason: "over-limit";
  readonly sleepSeconds: number;
  readonly graceSeconds: number;
  readonly limit: Limit;
}
