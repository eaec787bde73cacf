/** The effects of a command on the state: time passes, output is written, the analysis may give up. */
import { CANNOT_TELL, exactly, type Interval, knownSeconds, plus } from "../interval.ts";
import type { RawPart, RawReason } from "../reason.ts";
import { type Analysis, charged, type Scope } from "./analysis.ts";
import type { Span } from "./ast.ts";
import { exitTo, mayExitTo } from "./domain/join.ts";
import { fork, type Output, type State, weightOf, writtenUnknown } from "./domain/state.ts";
import { LONGEST_TEXT, type Value } from "./domain/value.ts";

/**
 * Gives up: after this point, nothing is known about what runs or for how long. The hook may end at any later time. The
 * known run (`HookReading.known`) continues as if the command did nothing.
 */
export function giveUp(state: State, scope: Scope, node: Span, clause: string): void {
  if (state.unreachable) return;
  if (scope.analysis.reads === "known-run") {
    scope.analysis.givenUp += 1;
    state.status = undefined;
    writtenUnknown(state);
    return;
  }
  mayBeStopped(state, scope.analysis, { command: textOf(scope, node), clause });
  spend(state, scope, node, { seconds: CANNOT_TELL, because: { clause } });
  state.status = undefined;
  writtenUnknown(state);
  state.exitTrap = state.exitTrap === "" ? "" : undefined;
  exitTo(state, scope.ends);
}

/** Records that the main process may get a stop signal at this point. */
export function mayBeStopped(state: State, analysis: Analysis, because: RawReason): void {
  if (state.now.min >= analysis.stopsAt) return;
  analysis.stopsAt = state.now.min;
  analysis.stopBecause = because;
}

/**
 * The time of one command. `program` has the meaning of `RawPart.program`, and `known` is the expected time in seconds.
 */
export interface Time extends Pick<RawPart, "seconds" | "because" | "program"> {
  readonly known?: number | undefined;
}

/** Adds the time of one command at this point. */
export function spend(state: State, scope: Scope, node: Span, { known, ...bounds }: Time): void {
  const isKnownRun = scope.analysis.reads === "known-run";
  const time = isKnownRun ? { ...bounds, seconds: exactly(knownSeconds(bounds.seconds, known)) } : bounds;
  state.now = plus(state.now, time.seconds);
  if (time.seconds.max === Number.POSITIVE_INFINITY)
    scope.analysis.unknownBecause ??= { command: textOf(scope, node), ...time.because };
  addPart(state, scope, node, time);
}

/** The text of the hook from which this node was parsed. */
export function textOf({ text, origin }: Scope, { pos, end }: Span): string {
  return origin?.text ?? text.slice(pos, end);
}

/** The maximum number of commands that `explain` lists for one hook; a person would not read more. */
const MOST_PARTS = 40;

/**
 * Records the time of a command as a part of the hook, for explain. If the command runs again, the time of the part
 * grows.
 */
export function addPart(state: State, scope: Scope, node: Span, time: Time): void {
  const offset = scope.origin?.offset ?? node.pos;
  const known = state.parts.get(offset);
  if (known === undefined && state.parts.size >= MOST_PARTS) return;
  const part =
    known === undefined ? { text: textOf(scope, node), offset, ...time } : again(known, time.seconds);
  state.parts = new Map(state.parts).set(offset, part);
}

/** Adds the time of another run of the same command to the command's total time. */
export function again(part: RawPart, seconds: Interval): RawPart {
  const all = plus(part.seconds, seconds);
  if (all.max === 0 || all.max === Number.POSITIVE_INFINITY) return { ...part, seconds: all };
  const range = all.min === all.max ? `${all.min}` : `${all.min} to ${all.max}`;
  return { ...part, seconds: all, because: { clause: `takes ${range} s in all` } };
}

/** Writes a text to standard output; the text is undefined if it is not known. */
export function write(state: State, scope: Scope, text: Value): void {
  const output = state.outputs.get(1);
  if (output === undefined) return;
  if (output.fragile && scope.analysis.reads === "bounds") mayDieOfPipe(state, scope, output);
  note(state, output, text);
}

/** Adds text to an output, if it is captured. */
export function note(state: State, output: Output, text: Value): void {
  if (output.kind === "unknown") writtenUnknown(state);
  if (!state.written.has(output)) return;
  const before = state.written.get(output);
  const after = before === undefined || typeof text !== "string" ? undefined : before + text;
  const fits = after !== undefined && after.length <= LONGEST_TEXT;
  state.written = new Map(state.written).set(output, fits ? after : undefined);
}

/**
 * A shell that is not interactive may end at this point because of a failure. In the known run (`HookReading.known`),
 * no command fails.
 */
export function mayFailHere(state: State, scope: Scope): void {
  if (scope.analysis.reads === "known-run") return;
  charged(scope, weightOf(state));
  mayExitTo({ ...fork(state), status: "failure" }, scope.ends);
}

/**
 * The reader of this pipe may have ended. SIGPIPE then ends the writer, or the write fails and the writer continues.
 * With `set -e`, a failed write ends the writer, too. So if the writer continues, its write has succeeded. On SIGPIPE,
 * dash and busybox end without their EXIT trap; bash runs it.
 */
function mayDieOfPipe(state: State, scope: Scope, pipe: Output): void {
  const dead = fork(state);
  const written = new Map(state.written);
  written.delete(pipe);
  dead.written = written;
  dead.status = undefined;
  if (dead.exitTrap !== "") dead.exitTrap = undefined;
  mayExitTo(dead, scope.ends);
  if (state.options.errexit !== true || scope.tested !== false) state.status = undefined;
}
