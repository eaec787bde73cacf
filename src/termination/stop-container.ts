import { exactly, type Interval, longer, NO_TIME, plus, shorter } from "../hook/interval.ts";
import { fraction } from "./seconds.ts";
import type { ContainerTimeline, HookTimeline, StoppingContainer, StoppingHook } from "./timeline.ts";

/**
 * How the kubelet stops one container: `killContainer`, `executePreStopHook` (pkg/kubelet/kuberuntime/
 * kuberuntime_container.go) and `waitForTurn` (kuberuntime_termination_order.go), read at 1.25 to 1.36.
 *
 * Everything is in seconds. There is one set of formulas, on intervals. Each is exact for points, and for intervals
 * encloses what any points inside them give.
 */
export interface Rules {
  /** What the container has from the start of its kill; a whole number, not negative. */
  readonly grace: number;
  /** How long its hook may take at most; a whole number, not negative. */
  readonly hookGrace: number;
  /** The kubelet of 1.22 to 1.27 on the kill of a pod: after the hook comes the full grace again. */
  readonly fullGraceAfterHook: boolean;
}

/** `minimumGracePeriodInSeconds`, kuberuntime_manager.go: what a process gets after the stop signal in any case. */
export const MINIMUM_SECONDS = 2;

/** Stops one running container. `start` is when its kill begins, `turn` when everything it waits for has ended. */
export function stopContainer(
  container: StoppingContainer,
  rules: Rules,
  start: Interval,
  turn: Interval,
): ContainerTimeline {
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
    hook: container.hook && hookTimeline(container.hook, hookEnd, itself, rules, start),
    waited,
    stopSignalAt: plus(start, signal),
    left,
    minimumOnly: rest.max <= 0,
    killAt: plus(start, kill),
    exitAt: plus(start, exit),
    exitedBy: exitedBy(itself, signal, shutdown, left, kill),
    endedAt: plus(start, longer(signal, exit)),
  };
}

/**
 * How long the hook goes on when nobody cuts it.
 *
 * An exec hook dies with the container, and an HTTP request loses its connection; a sleep is the kubelet's own and
 * goes on (handlers.go `runSleepHandler`: nothing cancels its context while a pod is killed, 1.29 to 1.36). A handler
 * the kubelet cannot run fails at once.
 */
function uncutHook(hook: StoppingHook, exitsAt: number): Interval {
  if (hook.kind === "none") return NO_TIME;
  const seconds = longer(hook.seconds, NO_TIME);
  return hook.kind === "sleep" ? seconds : shorter(seconds, { min: exitsAt, max: exitsAt });
}

/** When the kubelet stops waiting for the hook: at its end or after the grace, whichever is first. */
function endOfHook(hook: StoppingHook | undefined, exitsAt: number, rules: Rules): Interval {
  return hook === undefined ? NO_TIME : shorter(uncutHook(hook, exitsAt), exactly(rules.hookGrace));
}

/** The time a sidecar waits after its hook: for its turn, but no longer than the hook has left of the grace. */
function waitForTurn(hookEnd: Interval, turn: Interval, grace: number): Interval {
  const missing = plus(turn, { min: -hookEnd.max, max: -hookEnd.min });
  // What is left shrinks as the hook grows, and so does what is missing: the bounds cross over.
  const left = { min: grace - Math.floor(hookEnd.max), max: grace - Math.floor(hookEnd.min) };
  return longer(NO_TIME, shorter(missing, left));
}

/**
 * After the hook and the wait. The wait is over at the latest at grace + frac(hook), as only whole seconds are
 * subtracted.
 */
function stopSignal(hookEnd: Interval, turn: Interval, rules: Rules): Interval {
  if (rules.fullGraceAfterHook) return hookEnd;
  const latest = plus(exactly(rules.grace), fraction(hookEnd));
  return shorter(longer(hookEnd, turn), latest);
}

/**
 * What the hook and the wait have left of the grace, in whole seconds: grace - floor(hook) - floor(wait).
 *
 * The two floors add up to floor(signal) or to one less, which bounds the sum where hook and wait are not known but
 * the moment of the signal is.
 */
function restOfGrace(hookEnd: Interval, waited: Interval, signal: Interval, rules: Rules): Interval {
  if (rules.fullGraceAfterHook) return exactly(rules.grace);
  const most = Math.min(Math.floor(hookEnd.max) + Math.floor(waited.max), Math.floor(signal.max));
  const least = Math.max(Math.floor(hookEnd.min) + Math.floor(waited.min), Math.floor(signal.min) - 1);
  return { min: rules.grace - most, max: rules.grace - least };
}

/** signal + max(2, grace - floor(hook) - floor(wait)), written so that what is not known counts once. */
function killTime(hookEnd: Interval, waited: Interval, signal: Interval, grace: number): Interval {
  const fractions = plus(fraction(hookEnd), fraction(waited));
  return longer(plus(signal, exactly(MINIMUM_SECONDS)), plus(exactly(grace), fractions));
}

/** Where exit and kill fall together the process counts as ended in time, as a hook does that ends with the grace. */
function exitedBy(
  itself: number,
  signal: Interval,
  shutdown: Interval,
  left: Interval,
  kill: Interval,
): ContainerTimeline["exitedBy"] {
  const shutDown = plus(signal, shutdown);
  const possible: ContainerTimeline["exitedBy"][] = [];
  if (itself <= signal.max || (itself < shutDown.max && itself <= kill.max)) possible.push("itself");
  if (itself > signal.min && itself >= shutDown.min && shutdown.min <= left.max) possible.push("stop-signal");
  if (itself > kill.min && shutdown.max > left.min) possible.push("kill");
  const [only, ...others] = possible;
  return only === undefined || others.length > 0 ? "cannot-tell" : only;
}

function hookTimeline(
  hook: StoppingHook,
  end: Interval,
  exitsAt: number,
  rules: Rules,
  start: Interval,
): HookTimeline {
  return { start, end: plus(start, end), outcome: outcome(hook, exitsAt, rules.hookGrace) };
}

function outcome(hook: StoppingHook, exitsAt: number, grace: number): HookTimeline["outcome"] {
  if (grace <= 0) return "skipped";
  const uncut = uncutHook(hook, exitsAt);
  if (uncut.min > grace) return "cut";
  if (uncut.max > grace) return "may-be-cut";
  const diesWithContainer = hook.kind !== "sleep" && exitsAt < hook.seconds.min;
  return hook.kind === "none" || hook.fails === true || diesWithContainer ? "failed" : "completed";
}
