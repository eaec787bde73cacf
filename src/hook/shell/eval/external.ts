/** Programs that a script runs: what their reading does to the state. */
import { baseName } from "../../exec/shell-invocation.ts";
import { CANNOT_TELL, exactly, type Interval, knownSeconds, plus } from "../../interval.ts";
import type { ProgramResult } from "../../programs/program.ts";
import { knownLeaves } from "../../programs/program-result.ts";
import type { Invocation, Scope } from "../analysis.ts";
import { consume, fork, type State, withDetached } from "../domain/state.ts";
import { mayBeStopped, note, spend, textOf } from "../effects.ts";
import { programReading } from "./program.ts";

/** Runs a program and waits for it. */
export function external(state: State, scope: Scope, command: Invocation): void {
  const { node, fields } = command;
  const reading = programReading(state, scope, fields);
  const before = state.now;
  noteProgram(state, scope, command, reading);
  // On another PATH there may be another program of that name, or none.
  const name = fields[0] as string;
  const doubtful = state.options.pathDoubtful && !name.includes("/");
  const output = state.outputs.get(1);
  const mayBreak = output?.fragile === true && reading.output !== "";
  const { max } = reading.seconds;
  const seconds = doubtful ? CANNOT_TELL : mayBreak ? { min: 0, max } : reading.seconds;
  const because = { clause: reading.because, runs: reading.runs, failure: reading.failure };
  spend(state, scope, node, {
    seconds,
    known: knownSeconds(reading.seconds, reading.known?.seconds),
    because,
    program: baseName(name),
  });
  const leaves = scope.analysis.reads === "bounds" ? reading.leaves : exactly(knownLeaves(reading));
  if (leaves !== undefined && leaves.max > 0) leaveRunning(state, scope, plus(before, leaves));
  takeInput(state, scope, command, reading.readsInput);
  if (output !== undefined) note(state, output, reading.output);
  state.status = doubtful || mayBreak ? undefined : statusOf(reading);
}

function statusOf({ status, exitStatus }: ProgramResult): State["status"] {
  if (status === "unknown") return undefined;
  return status === "success" ? 0 : (exitStatus ?? "failure");
}

/** What the analysis of the whole script learns from a program. */
function noteProgram(state: State, scope: Scope, { node }: Invocation, reading: ProgramResult): void {
  const { analysis } = scope;
  const { max } = reading.seconds;
  if (max !== Number.POSITIVE_INFINITY) analysis.longest = Math.max(analysis.longest, max);
  analysis.hook.assumptions.add("programs-as-documented");
  for (const assumption of reading.assumes ?? []) analysis.hook.assumptions.add(assumption);
  analysis.handlesSignals ||= reading.handlesSignals === true;
  if (reading.stopsMainAfter === undefined && !reading.mayStopMain) return;
  const stopping = { ...fork(state), now: plus(state.now, { min: reading.stopsMainAfter ?? 0, max: 0 }) };
  mayBeStopped(stopping, analysis, {
    command: textOf(scope, node),
    clause: "may stop the container's main process",
  });
}

function leaveRunning(state: State, { analysis }: Scope, end: Interval): void {
  analysis.jobCount += 1;
  const mayHold = [...state.outputs.values()];
  state.detached = withDetached(state.detached, [
    { id: analysis.jobCount, end, status: undefined, holds: [], mayHold, dies: "perhaps" },
  ]);
}

/** Reading waits for the writers: not at all for text and files, an unknown time for what the hook itself was given. */
function takeInput(
  state: State,
  scope: Scope,
  { node }: Invocation,
  reads: ProgramResult["readsInput"],
): void {
  if (reads === undefined) return;
  const ofHook = state.input.kind === "hook";
  if (ofHook)
    spend(state, scope, node, {
      seconds: CANNOT_TELL,
      because: { clause: "reads from what the hook was given" },
    });
  consume(state, state.input.kind === "empty" ? "" : undefined, reads === "all" && !ofHook);
}
