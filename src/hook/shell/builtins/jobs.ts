/** wait, kill and jobs. */
import { longer } from "../../interval.ts";
import { stopsNobody } from "../../programs/signals.ts";
import { loseTrack, mayBeStopped } from "../analysis.ts";
import { type Job, type Shell, withOrphans } from "../domain/state.ts";
import { type Field, isPid } from "../domain/value.ts";
import { lost } from "./flow.ts";
import type { Builtin, Call } from "./registry.ts";

/** `wait` (POSIX 2.14 and wait(1p)), `kill` (kill(1p)); bash has `wait -n` as well. */
export const JOB_BUILTINS: ReadonlyMap<string, Builtin> = new Map<string, Builtin>([
  ["wait", wait],
  ["kill", kill],
  [
    "jobs",
    (call) => {
      const { shell } = call;
      // `jobs -x` (bash) runs a command.
      if (call.args.some((arg) => typeof arg !== "string" || !/^(-[lprsn]+|%\d*)$/.test(arg))) {
        lost("runs a command that is not followed")(call);
        return;
      }
      shell.status = undefined;
      shell.written = new Map([...shell.written.keys()].map((output) => [output, undefined]));
    },
  ],
]);

function wait({ shell, args }: Call): void {
  if (args.length === 0) {
    for (const job of shell.jobs) shell.now = longer(shell.now, job.end);
    shell.status = 0;
    return;
  }
  const jobs = args.map((arg) => jobOf(shell, arg));
  if (jobs.every((job) => job !== undefined)) {
    for (const job of jobs) shell.now = longer(shell.now, job.end);
    // A job that is over may be forgotten by then; 127 in that case.
    shell.status = jobs.at(-1)?.status;
    return;
  }
  // Some of them, the next one, or one that is no child: from not at all to until the last has ended.
  const last = shell.jobs.reduce((max, job) => Math.max(max, job.end.max), shell.now.max);
  shell.now = { min: shell.now.min, max: last };
  shell.status = undefined;
}

function jobOf(shell: Shell, field: Field): Job | undefined {
  return isPid(field) ? shell.jobs.find((job) => job.id === field.pid) : undefined;
}

/** Signals that end a program which does nothing about them. INT and QUIT do not: background jobs ignore them. */
const DEADLY = /^-(s=?)?(SIG)?(TERM|KILL|HUP|15|9|1)$/;
const HARMLESS = /^-(s=?)?(SIG)?(0|CONT|18)$/;

function kill({ run, shell, at, args, command }: Call): void {
  const signal = { ...signalOf(args), hidden: /\bkill\s+(-s\s*)?["']?-?["']?-["']?[$`]/.test(command.text) };
  if (signal.word === "-l" || signal.word === "-L") {
    shell.status = undefined;
    return;
  }
  if (signal.word !== undefined && HARMLESS.test(signal.word)) {
    shell.status = undefined;
    return;
  }
  if (signal.word === undefined ? signal.hidden : !stopsNobody(signal.word.replace(/^-(s=)?/, ""))) {
    loseTrack(run, shell, at, command.node.pos, command.text, "may stop somebody who is waited for");
    return;
  }
  const clause = "may stop the container's main process or the hook itself";
  const why = { command: command.text, clause };
  const jobs = signal.targets.map((target) => jobOf(shell, target));
  if (jobs.some((job) => job === undefined)) mayBeStopped(run, shell, why);
  // Process 1 is never the hook; any other that is no job may be.
  const others = signal.targets.filter((target) => target !== "1");
  if (run.handlesSignals && others.length > 0) {
    loseTrack(run, shell, at, command.node.pos, command.text, "may set off a trap");
    return;
  }
  const deadly = signal.word === undefined || DEADLY.test(signal.word);
  for (const job of jobs) if (job !== undefined) endJob(shell, job, deadly);
  const alive = jobs.length > 0 && jobs.every((job) => job !== undefined && job.end.min > shell.now.max);
  shell.status = alive ? 0 : undefined;
}

/** The signal as `-TERM`, and whom it goes to. */
function signalOf(args: readonly Field[]): {
  readonly word: string | undefined;
  readonly targets: readonly Field[];
} {
  const [first, second] = args;
  if (first === "-s" || first === "-n")
    return { word: `-${typeof second === "string" ? second : "?"}`, targets: args.slice(2) };
  if (first === "--") return { word: undefined, targets: args.slice(1) };
  if (typeof first === "string" && first.startsWith("-"))
    return { word: first, targets: args.slice(args[1] === "--" ? 2 : 1) };
  return { word: undefined, targets: args };
}

/** A killed job ends now; what it started may go on and keep the output open. */
function endJob(shell: Shell, job: Job, deadly: boolean): void {
  const { now } = shell;
  const killed: Job = {
    ...job,
    end: {
      min: Math.min(job.end.min, now.min),
      max: deadly && job.dies !== "perhaps" ? Math.min(job.end.max, now.max) : job.end.max,
    },
    status: undefined,
  };
  shell.jobs = shell.jobs.map((other) => (other.id === job.id ? killed : other));
  if (job.dies !== "all")
    shell.orphans = withOrphans(shell.orphans, [{ ...job, end: { min: 0, max: job.end.max }, holds: [] }]);
}
