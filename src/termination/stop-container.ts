import { exactly, type Interval, longer, NO_TIME, plus, shorter } from "../hook/interval.ts";
import { fraction } from "./kubelet.ts";

/** The known facts about one container when the kubelet starts to stop its pod. All times in seconds. */
export interface StoppingContainer {
  readonly name: string;
  readonly role: "main" | "sidecar" | "init" | "ephemeral";
  readonly hook: StoppingHook | undefined;
  /** The time from the stop signal to the exit; `max` is Infinity if the process may ignore the signal. */
  readonly shutdown: Interval;
  /** False if the container waits, crash-loops or has ended: no hook runs, and no signal is sent. */
  readonly running: boolean;
  /** When the container exits by itself, in seconds from the start of its kill. */
  readonly exitsAt?: number;
}

export interface StoppingHook {
  /** `none` is a handler that the kubelet cannot run (tcpSocket, an empty handler), so the hook fails at once. */
  readonly kind: "exec" | "httpGet" | "sleep" | "none";
  /** How long the hook takes if nothing ends it early. */
  readonly seconds: Interval;
  /** True if the hook is known to fail. It fails after `seconds`, and the termination continues even so. */
  readonly fails?: boolean;
}

/** All times count from the moment when the kubelet starts to kill the pod. */
export interface ContainerTimeline {
  readonly name: string;
  readonly role: StoppingContainer["role"];
  /** False if the container was not running; all times are then 0. */
  readonly running: boolean;
  readonly hook: HookTimeline | undefined;
  /** How long the container waited, after its hook, for other containers to end; only sidecars wait. */
  readonly waited: Interval;
  /** The planned time of the stop signal. A process that has ended before gets no signal. */
  readonly stopSignalAt: Interval;
  /**
   * The time from the stop signal to the kill: the timeout, in whole seconds, that the kubelet passes to the runtime.
   */
  readonly left: Interval;
  /** True if hook and wait have used the whole grace period, so that `left` is only the kubelet's minimum. */
  readonly minimumOnly: boolean;
  /** When the runtime kills the container, if it still runs. */
  readonly killAt: Interval;
  readonly exitAt: Interval;
  readonly exitedBy: "stop-signal" | "kill" | "itself" | "power-off" | "cannot-tell";
  /**
   * When the kubelet has finished with the container, so that the next sidecar may stop. The time is later than
   * `exitAt` if the process exited by itself during a sleep hook or a wait, because the kubelet continues both.
   */
  readonly endedAt: Interval;
}

export interface HookTimeline {
  readonly start: Interval;
  /**
   * When the kubelet stops waiting for the hook. A hook that reaches the limit may keep running until the container
   * ends.
   */
  readonly end: Interval;
  /**
   * `completed`: the hook ended within the grace period, with any result. `failed`: the hook is known to fail.
   * `skipped`: the grace period is 0, so no hook runs.
   */
  readonly outcome: "completed" | "cut" | "may-be-cut" | "failed" | "skipped";
}

/**
 * How the kubelet stops one container: `killContainer`, `executePreStopHook`
 * (pkg/kubelet/kuberuntime/kuberuntime_container.go) and `waitForTurn` (kuberuntime_termination_order.go), read in
 * Kubernetes 1.25 to 1.36.
 *
 * Everything is in seconds. The formulas calculate with intervals. For exact times (points), the result of a formula is
 * exact. For wider intervals, the result contains the exact result of every point inside.
 */
export interface Rules {
  /** The grace period of the container, from the start of its kill; a whole number, not negative. */
  readonly grace: number;
  /** The maximum time of the container's hook, in seconds; a whole number, not negative. */
  readonly hookGrace: number;
  /** True if a kubelet of 1.22 to 1.27 kills a pod: the full grace period starts again after the hook. */
  readonly fullGraceAfterHook: boolean;
}

/** `minimumGracePeriodInSeconds`, kuberuntime_manager.go: the time that a process always gets after the stop signal. */
export const MINIMUM_SECONDS = 2;

/**
 * Stops one running container. The kill of the container begins at `start`. The other containers that this container
 * waits for have ended at `turn`.
 */
export function stopContainer(
  container: StoppingContainer,
  rules: Rules,
  start: Interval,
  turn: Interval,
): ContainerTimeline {
  const after = (time: Interval): Interval => (start === NO_TIME ? time : plus(start, time));
  const itself = Math.max(0, container.exitsAt ?? Number.POSITIVE_INFINITY);
  const shutdown = longer(container.shutdown, NO_TIME);
  const hookEnd = endOfHook(container.hook, itself, rules);
  const waited = rules.fullGraceAfterHook ? NO_TIME : waitForTurn(hookEnd, turn, rules.grace);
  const signal = stopSignal(hookEnd, turn, rules);
  const rest = restOfGrace(hookEnd, waited, signal, rules);
  const left = rules.fullGraceAfterHook ? rest : longer(rest, exactly(MINIMUM_SECONDS));
  const kill = rules.fullGraceAfterHook ? plus(signal, left) : killTime(hookEnd, waited, signal, rules.grace);
  const exit = shorter(shorter(plus(signal, shutdown), kill), { min: itself, max: itself });
  return {
    name: container.name,
    role: container.role,
    running: true,
    hook: container.hook && {
      start,
      end: after(hookEnd),
      outcome: outcome(container.hook, itself, rules.hookGrace),
    },
    waited,
    stopSignalAt: after(signal),
    left,
    minimumOnly: rest.max <= 0,
    killAt: after(kill),
    exitAt: after(exit),
    exitedBy: exitedBy(itself, { signal, shutdown, left, kill }),
    endedAt: after(longer(signal, exit)),
  };
}

/**
 * How long the hook runs if the grace period does not end it.
 *
 * An exec hook dies with the container, and an HTTP request loses its connection. A sleep runs in the kubelet and
 * continues (handlers.go `runSleepHandler`, 1.29 to 1.36: nothing cancels its context while a pod is killed). A handler
 * that the kubelet cannot run fails at once.
 */
function uncutHook(hook: StoppingHook, exitsAt: number): Interval {
  if (hook.kind === "none") return NO_TIME;
  const seconds = longer(hook.seconds, NO_TIME);
  return hook.kind === "sleep" ? seconds : shorter(seconds, { min: exitsAt, max: exitsAt });
}

/** When the kubelet stops waiting for the hook: at its end or after the grace period, whichever is first. */
function endOfHook(hook: StoppingHook | undefined, exitsAt: number, rules: Rules): Interval {
  return hook === undefined ? NO_TIME : shorter(uncutHook(hook, exitsAt), exactly(rules.hookGrace));
}

/** How long a sidecar waits, after its hook, for other containers to end: at most the remaining grace period. */
function waitForTurn(hookEnd: Interval, turn: Interval, grace: number): Interval {
  const missing = plus(turn, { min: -hookEnd.max, max: -hookEnd.min });
  // A longer hook leaves a shorter wait and a shorter remaining grace period. So each `min` comes from the hook's
  // `max`, and each `max` from the hook's `min`.
  const left = { min: grace - Math.floor(hookEnd.max), max: grace - Math.floor(hookEnd.min) };
  return longer(NO_TIME, shorter(missing, left));
}

/**
 * When the stop signal comes: after the hook and the wait. The wait ends at grace + frac(hook) at the latest, because
 * the kubelet subtracts whole seconds only.
 */
function stopSignal(hookEnd: Interval, turn: Interval, rules: Rules): Interval {
  if (rules.fullGraceAfterHook) return hookEnd;
  const latest = plus(exactly(rules.grace), fraction(hookEnd));
  return shorter(longer(hookEnd, turn), latest);
}

/**
 * The remaining grace period after the hook and the wait, in whole seconds: grace - floor(hook) - floor(wait).
 *
 * The sum floor(hook) + floor(wait) is floor(signal) or floor(signal) - 1. So the moment of the signal gives bounds for
 * this sum, even if the times of the hook and the wait are not known.
 */
function restOfGrace(hookEnd: Interval, waited: Interval, signal: Interval, rules: Rules): Interval {
  if (rules.fullGraceAfterHook) return exactly(rules.grace);
  const most = Math.min(Math.floor(hookEnd.max) + Math.floor(waited.max), Math.floor(signal.max));
  const least = Math.max(Math.floor(hookEnd.min) + Math.floor(waited.min), Math.floor(signal.min) - 1);
  return { min: rules.grace - most, max: rules.grace - least };
}

/**
 * The kill comes at signal + max(2, grace - floor(hook) - floor(wait)). The code rearranges the formula of the kill
 * time, so that an unknown time enters the sum only once.
 */
function killTime(hookEnd: Interval, waited: Interval, signal: Interval, grace: number): Interval {
  const fractions = plus(fraction(hookEnd), fraction(waited));
  return longer(plus(signal, exactly(MINIMUM_SECONDS)), plus(exactly(grace), fractions));
}

/** An exit at the moment of the kill counts as in time, like a hook that ends together with the grace period. */
function exitedBy(
  itself: number,
  { signal, shutdown, left, kill }: Readonly<Record<"signal" | "shutdown" | "left" | "kill", Interval>>,
): ContainerTimeline["exitedBy"] {
  const shutDown = plus(signal, shutdown);
  const possible: ContainerTimeline["exitedBy"][] = [];
  if (itself <= signal.max || (itself < shutDown.max && itself <= kill.max)) possible.push("itself");
  if (itself > signal.min && itself >= shutDown.min && shutdown.min <= left.max) possible.push("stop-signal");
  if (itself > kill.min && shutdown.max > left.min) possible.push("kill");
  const [first, ...others] = possible;
  return first === undefined || others.length > 0 ? "cannot-tell" : first;
}

function outcome(hook: StoppingHook, exitsAt: number, grace: number): HookTimeline["outcome"] {
  if (grace <= 0) return "skipped";
  const uncut = uncutHook(hook, exitsAt);
  if (uncut.min > grace) return "cut";
  if (uncut.max > grace) return "may-be-cut";
  const diesWithContainer = hook.kind !== "sleep" && exitsAt < hook.seconds.min;
  return hook.kind === "none" || hook.fails === true || diesWithContainer ? "failed" : "completed";
}
