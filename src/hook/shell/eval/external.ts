/** Programs that a script runs: what their reading does to the shell. */
import { baseName } from "../../exec/shell-invocation.ts";
import { CANNOT_TELL, longer, plus } from "../../interval.ts";
import type { ProgramResult } from "../../programs/program.ts";
import { addPart, mayBeStopped, note, type Place, type Run, spend } from "../analysis.ts";
import { consume, fork, type Shell, withOrphans } from "../domain/state.ts";
import { type Field, isPid } from "../domain/value.ts";
import type { Invocation } from "./simple.ts";

/** Runs a program and waits for it. */
export function external(run: Run, shell: Shell, at: Place, command: Invocation, allKnown = true): void {
  const { node, fields, text } = command;
  const reading = run.mind.program(run, shell, allKnown ? fields : [...fields, undefined]);
  const because = { clause: reading.because, runs: reading.runs, failure: reading.failure };
  const name = fields[0] as string;
  const doubtful = shell.options.pathDoubtful && !name.includes("/");
  const output = shell.outputs.get(1);
  const broken = output?.fragile === true && reading.output !== "";
  const { max } = reading.seconds;
  // On another PATH there may be another program of that name, or none.
  const seconds = doubtful ? CANNOT_TELL : broken ? { min: 0, max } : reading.seconds;
  if (max !== Number.POSITIVE_INFINITY) run.longest = Math.max(run.longest, max);
  run.hook.assumptions.add("programs-as-documented");
  for (const assumption of reading.assumes ?? []) run.hook.assumptions.add(assumption);
  if (reading.stopsMainAfter !== undefined || reading.mayStopMain) {
    const stopping = { ...fork(shell), now: plus(shell.now, { min: reading.stopsMainAfter ?? 0, max: 0 }) };
    mayBeStopped(run, stopping, { command: text, clause: "may stop the container's main process" });
  }
  run.handlesSignals ||= reading.handlesSignals === true;
  const before = shell.now;
  spend(run, shell, seconds, { command: text, ...because });
  if (reading.leaves !== undefined) leaveRunning(run, shell, plus(before, reading.leaves));
  takeInput(run, shell, reading.readsInput, text);
  waitForSubstitutions(run, shell, name, fields);
  if (output !== undefined) note(shell, output, reading.output);
  shell.status =
    doubtful || broken || reading.status === "unknown"
      ? undefined
      : reading.status === "success"
        ? 0
        : (reading.exitStatus ?? "failure");
  addPart(shell, at, { offset: node.pos, text, seconds, because, program: baseName(name) });
}

function leaveRunning(run: Run, shell: Shell, end: Shell["now"]): void {
  run.jobCount += 1;
  const mayHold = [...shell.outputs.values()];
  shell.orphans = withOrphans(shell.orphans, [
    { id: run.jobCount, end, status: undefined, holds: [], mayHold, dies: "perhaps" },
  ]);
}

/** Reading waits for whoever writes: not at all for text and files, unknown for what the hook itself was given. */
function takeInput(run: Run, shell: Shell, reads: ProgramResult["readsInput"], text: string): void {
  if (reads === undefined) return;
  if (shell.input.kind === "hook")
    spend(run, shell, CANNOT_TELL, { command: text, clause: "reads from what the hook was given" });
  consume(
    shell,
    shell.input.kind === "empty" ? "" : undefined,
    reads === "all" && shell.input.kind !== "hook",
  );
}

/** Programs that read each file they are given to its end. */
const FILE_READERS: ReadonlySet<string> = new Set(["cat", "wc", "sort", "tac", "nl"]);

function waitForSubstitutions(run: Run, shell: Shell, name: string, fields: readonly Field[]): void {
  for (const field of fields) {
    const other = isPid(field) ? run.substitutions.get(field.pid) : undefined;
    if (other === undefined) continue;
    const both = longer(shell.now, other.closed);
    shell.now = FILE_READERS.has(name) ? both : { min: shell.now.min, max: both.max };
  }
}
