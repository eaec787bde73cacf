/** Programs that a script runs, and their effect on the state. */
import { baseName } from "../../exec/shell-invocation.ts";
import { atMost, CANNOT_TELL, exactly, type Interval, isKnown, knownSeconds, plus } from "../../interval.ts";
import type { ProgramResult } from "../../programs/program.ts";
import { knownLeaves } from "../../programs/program-result.ts";
import type { Invocation, Scope } from "../analysis.ts";
import type { Span } from "../ast.ts";
import { consume, fork, type State, withDetached } from "../domain/state.ts";
import { mayBeStopped, note, spend, type Time, textOf } from "../effects.ts";
import { programReading } from "./program.ts";

/** Runs a program and waits for it. */
export function external(state: State, scope: Scope, command: Invocation): void {
  const { node, fields } = command;
  const reading = programReading(state, scope, fields);
  const before = state.now;
  noteProgram(state, scope, command, reading);
  // After a change of PATH, the name of a program may belong to a different program, or to no program.
  const name = fields[0] as string;
  const doubtful = state.options.pathDoubtful && !name.includes("/");
  const output = state.outputs.get(1);
  const mayBreak = output?.fragile === true && reading.output !== "";
  const time = timeOf(state, reading);
  const seconds = doubtful ? CANNOT_TELL : mayBreak ? atMost(time.seconds) : time.seconds;
  spend(state, scope, node, { ...time, seconds, program: baseName(name) });
  if (baseName(name) === "sleep") noteSleep(scope, node, doubtful ? undefined : reading.failure);
  const leaves = scope.analysis.reads === "bounds" ? reading.leaves : exactly(knownLeaves(reading));
  if (leaves !== undefined && leaves.max > 0) leaveRunning(state, scope, plus(before, leaves));
  takeInput(state, reading);
  if (output !== undefined) note(state, output, reading.output);
  state.status = doubtful || mayBreak ? undefined : statusOf(reading);
}

/**
 * The time of a program, with the wait for input. A program that reads the hook's own input waits for an unknown time.
 */
function timeOf({ input }: State, reading: ProgramResult): Time {
  const {
    because: clause,
    runs,
    failure,
    readsInput,
    waitsForInput: max = Number.POSITIVE_INFINITY,
  } = reading;
  const waits = readsInput !== undefined && input.kind === "hook";
  const seconds = waits ? plus(reading.seconds, { min: 0, max }) : reading.seconds;
  const isOfInput = waits && isKnown(reading.seconds) && !isKnown(seconds);
  return {
    seconds,
    known: knownSeconds(isOfInput ? reading.seconds : seconds, reading.known?.seconds),
    because: isOfInput ? READS : { clause, runs, failure },
  };
}

const READS = { clause: "reads from the standard input of the hook" };

function statusOf({ status, exitStatus }: ProgramResult): State["status"] {
  if (status === "unknown") return undefined;
  return status === "success" ? 0 : (exitStatus ?? "failure");
}

/** In a loop, a sleep counts as failing only if it fails in every iteration. */
function noteSleep({ analysis: { sleeps } }: Scope, node: Span, failure: ProgramResult["failure"]): void {
  sleeps.set(node, sleeps.has(node) && sleeps.get(node) === undefined ? undefined : failure);
}

/** The effects of a program on the analysis of the whole script. */
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

/** A program that reads a pipe waits for the writers of the pipe; text and files need no wait. */
function takeInput(
  state: State,
  { readsInput, waitsForInput = Number.POSITIVE_INFINITY }: ProgramResult,
): void {
  if (readsInput === undefined) return;
  const { kind, delay } = state.input;
  state.input = { ...state.input, delay: Math.min(delay, waitsForInput) };
  consume(state, kind === "empty" ? "" : undefined, readsInput === "all" && kind !== "hook");
  // If a program ends before its input, the next reader has to wait for the input.
  if (waitsForInput < delay) state.input = { ...state.input, delay };
}
