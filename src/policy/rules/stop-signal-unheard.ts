import type { Unheard } from "../../hook/main-process/main-process.ts";
import { isServer } from "../../termination/pod.ts";
import { graceNote } from "../messages/names.ts";
import { inSeconds } from "../messages/seconds.ts";
import type { Fix, FixText, Rule } from "../model/finding.ts";
import type { ContainerFacts } from "../model/pod-facts.ts";
import { setField } from "./containers.ts";

interface UnheardEvidence extends Unheard {
  readonly graceSeconds: number;
  /** Whether the manifest sets no stop signal, so that the image may set another signal than SIGTERM. */
  readonly isAssumed: boolean;
}

/**
 * stop-signal-unheard: the container's main process is PID 1 and does not handle its stop signal.
 *
 * Fields:  command, args, env, stdin, tty, lifecycle.stopSignal, lifecycle.preStop, ports, readinessProbe;
 *          spec.restartPolicy, shareProcessNamespace, hostPID, os, nodeSelector.
 * Allowed: a program that is not known, an init, `exec` before the app, a trap for the signal with `wait`.
 * Unset:   without `command` the image decides what PID 1 is; without lifecycle.stopSignal the signal is SIGTERM, if
 *          the image sets no other.
 * Default: Warn if the main process certainly ignores the signal, and the container has a server: then every stop takes
 *          the whole grace period, and requests may fail. Audit in all other cases: for example if the main process
 *          waits for a program that may end, or if the result depends on which shell `sh` is.
 * Source:  Linux 6.12 kernel/signal.c `sig_task_ignored`: the kernel drops a signal to PID 1 of a PID namespace if PID
 *          1 has no handler for it. The files in src/hook/main-process name the sources for shells and programs.
 */
export const stopSignalUnheard: Rule<UnheardEvidence> = {
  id: "stop-signal-unheard",
  action: "Audit",
  actionNote:
    "Warn if PID 1 surely ignores the signal, and the container has ports or a readiness probe other than exec",
  when: "the `command` of the container starts a PID 1 that ignores the stop signal",
  why: "Linux drops a signal to PID 1 if PID 1 has no handler for it. A shell, `sleep` or `tail` has no handler, and a shell does not forward signals. So the app gets no signal: it serves until the end of the grace period and is killed. A longer grace period only delays the kill. The stop signal is SIGTERM, unless the container (lifecycle.stopSignal) or its image (STOPSIGNAL) sets another signal.",
  advice:
    "Start the app with `exec`, or with an init in the image that forwards signals to all processes (`dumb-init`, `tini -g`), or use a trap with `wait`. `shareProcessNamespace` is not a fix: the shell dies, the app is killed without a signal, and containers see each other's environment.",
  find: (pod) => {
    const { graceSeconds } = pod;
    return pod.containers.flatMap((one) => {
      const { unheard, path } = one;
      if (unheard === undefined || (unheard.endsAfter ?? Number.POSITIVE_INFINITY) <= graceSeconds) return [];
      const fix = fixOf(one, unheard);
      const isAssumed = one.container.stopSignal === undefined;
      const evidence = { ...unheard, graceSeconds, isAssumed };
      const found = { container: one, path: `${path}.command`, fix, evidence };
      return one.runsUntilKill && isServer(one.container) ? { ...found, action: "Warn" as const } : found;
    });
  },
  describe: ({ path, fix, evidence }) => ({
    problem: `${problem(evidence)}${evidence.isAssumed ? " (unless STOPSIGNAL is set)" : ""}`,
    consequence: consequence(evidence),
    brief: `PID 1 ${evidence.certainty === "some-shells" ? "may ignore" : "ignores"} ${evidence.signal}`,
    ...(evidence.ignored && { fix: withoutTrap(evidence, path) }),
    fixNote: fixNote(evidence, fix),
  }),
  summarize: () => ({ headline: "ignore their stop signal" }),
  detail: ({ evidence }) => `(${names(evidence)})`,
};

function names({ pidOne }: Unheard): string {
  return pidOne.slice(0, MOST_NAMES).join(" or ");
}

const MOST_NAMES = 2;

function problem(evidence: UnheardEvidence): string {
  const { certainty, signal } = evidence;
  return certainty === "some-shells"
    ? `${names(evidence)} may stay PID 1 and ignore ${signal}`
    : `PID 1 (${names(evidence)}) ignores ${signal}`;
}

function consequence({ certainty, graceSeconds }: UnheardEvidence): string {
  const whole = `takes the whole ${inSeconds(graceSeconds)} grace${graceNote(graceSeconds)}`;
  switch (certainty) {
    case "sure":
      return `, so every stop ${whole}`;
    case "may-end":
      return `, so a stop ${whole} unless the app ends by itself`;
    case "some-shells":
      return `, as dash does, so a stop ${whole}`;
    default:
      return certainty satisfies never;
  }
}

function fixNote({ ignored }: UnheardEvidence, [fix]: readonly Fix[]): string {
  if (ignored) return `, and ${WITHOUT_INIT}`;
  return fix !== undefined && "beginWith" in fix
    ? `, which the image must have, or ${WITHOUT_INIT}`
    : ", or use an init such as dumb-init";
}

const WITHOUT_INIT = "use exec, or a trap with wait";

function withoutTrap({ signal }: UnheardEvidence, path: string): FixText {
  const text = `remove the trap that ignores ${signal} from ${path}`;
  return { denial: text, warning: text, names: "container" };
}

/** The most characters of a command line that a message repeats. */
const LONGEST_COMMAND = 80;

/**
 * The fix: a short command line that handles the stop signal, or else an init process in front of the present command
 * line.
 */
function fixOf(one: ContainerFacts, { ignored, instead }: Unheard): readonly Fix[] {
  if (ignored) return [];
  const { command, args, name } = one.container;
  const text = JSON.stringify(instead ?? []);
  if (instead === undefined || text.length > LONGEST_COMMAND || !/^[ -~]*$/.test(text))
    return [{ target: "pod", path: `${one.path}.command`, container: name, beginWith: "dumb-init" }];
  if (args.length === 0) return [setField(one, ".command", instead)];
  if (command.every((word, index) => word === instead[index]))
    return [setField(one, ".args", instead.slice(command.length))];
  return [setField(one, ".command", instead), setField(one, ".args", undefined)];
}
