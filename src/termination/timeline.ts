import type { Interval } from "../hook/interval.ts";

/** What is known of one container at the moment the kubelet starts to stop its pod. All times in seconds. */
export interface StoppingContainer {
  readonly name: string;
  readonly role: "main" | "sidecar" | "init" | "ephemeral";
  readonly hook: StoppingHook | undefined;
  /** From the stop signal to the exit; `max` is Infinity where the process may ignore the signal. */
  readonly shutdown: Interval;
  /** False for one that is waiting, crash-looping or terminated: it gets neither hook nor signal. */
  readonly running: boolean;
  /** When it exits by itself, counted from the start of the kill. */
  readonly exitsAt?: number;
}

export interface StoppingHook {
  readonly kind: "exec" | "httpGet" | "sleep" | "none";
  readonly seconds: Interval;
}

export interface ContainerTimeline {
  readonly name: string;
  readonly role: StoppingContainer["role"];
  readonly hook: HookTimeline | undefined;
  /** How long it waited for its turn after its hook; only a sidecar does. */
  readonly waited: Interval;
  readonly stopSignalAt: Interval;
  /** When the runtime kills it if it still runs. */
  readonly killAt: Interval;
  readonly exitAt: Interval;
  readonly exitedBy: "stop-signal" | "kill" | "itself" | "cannot-tell";
}

export interface HookTimeline {
  readonly end: Interval;
  readonly outcome: "completed" | "cut" | "may-be-cut" | "failed" | "skipped";
}

export interface Timeline {
  /** The grace the kubelet works with, in whole seconds. */
  readonly graceSeconds: number;
  readonly containers: readonly ContainerTimeline[];
  /** When the last container has ended. */
  readonly stoppedAt: Interval;
}
