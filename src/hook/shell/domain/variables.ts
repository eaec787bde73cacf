import { ENDLESS_SECONDS, type Interval } from "../../interval.ts";
import type { Scope } from "../analysis.ts";
import type { State } from "./state.ts";
import { asRange, type Clock, isClock, type Range, sum, type Value } from "./value.ts";

/** Variables that the shell itself sets or changes: what a script assigns to them need not stay. */
const VOLATILE =
  /^(RANDOM|SRANDOM|SECONDS|LINENO|EPOCHSECONDS|EPOCHREALTIME|BASHPID|PPID|UID|EUID|_|OPTIND|OPTARG|REPLY|PWD|OLDPWD|PIPESTATUS|FUNCNAME|DIRSTACK|GROUPS|SHELLOPTS|BASHOPTS|HISTCMD|SHLVL|BASH_SUBSHELL|BASH_COMMAND|BASH_ARGV|MAPFILE|COPROC|COLUMNS|LINES)$/;

/** bash(1) "RANDOM": an integer between 0 and 32767. */
const LARGEST_RANDOM = 32_767;

/** A variable that is surely not set. A variable that the script does not set is unknown instead, because the image may set it. */
export interface Unset {
  readonly unset: true;
}
export const UNSET: Unset = { unset: true };

export function isUnset(value: Value | Unset): value is Unset {
  return typeof value === "object" && "unset" in value;
}

/**
 * What a variable holds. A name that neither the script nor `env` sets may still be set by the image or by
 * `valueFrom`: it is unknown, not unset.
 */
export function lookup(state: State, scope: Scope, name: string): Value {
  const { dialect, env } = scope.analysis;
  const held = withoutStaleReads(state, state.vars.get(name));
  if (name === "SECONDS" && isClock(held))
    return dialect === "bash" ? sum(clockAt(state, scope), held, -1) : undefined;
  if (state.vars.has(name)) return held;
  if (state.allVarsUnknown) return undefined;
  if (dialect === "bash") {
    if (name === "RANDOM") return { low: 0, high: LARGEST_RANDOM };
    if (name === "SECONDS" && !env.has(name)) return readClock(state, scope);
  }
  return VOLATILE.test(name) ? undefined : env.get(name);
}

/** What was read off the clock earlier stands still. */
function withoutStaleReads({ now }: State, held: Value): Value {
  const isStale = typeof held === "object" && "reads" in held && held.reads?.now !== now;
  return isStale ? { ...held, reads: undefined } : held;
}

/** What `date +%s` prints now. */
export function clockAt(state: State, scope: Scope): Clock {
  return { ...readClock(state, scope), epoch: true };
}

function readClock({ now }: State, { analysis }: Scope): Range {
  analysis.timeReads += 1;
  return wholeSeconds(now);
}

/** Counted in whole seconds of the clock: between two of its ticks it may be one ahead. */
function wholeSeconds(now: Interval): Range {
  return { low: Math.floor(now.min), high: lastSecond(now) + 1, reads: { now, slope: 1 } };
}

/** The last whole second of `now`; endless counts as ENDLESS_SECONDS. */
export function lastSecond({ max }: Interval): number {
  return Math.floor(Math.min(max, ENDLESS_SECONDS));
}

/** Names that change what commands mean, or what runs with them (bash(1) "Shell Variables", ld.so(8)). */
const CHANGES_SEMANTICS =
  /^(PS4|POSIXLY_CORRECT|BASH_(ENV|ALIASES|CMDS|COMPAT|XTRACEFD)|EXECIGNORE|FUNCNEST|TMOUT|LD_PRELOAD|LD_AUDIT|SHELLOPTS|BASHOPTS)$/;

/** Sets a variable; `source` is the text the value was written as. */
export function assign(state: State, name: string, value: Value, source = ""): void {
  if (name === "PATH") notePath(state, value, source);
  if (CHANGES_SEMANTICS.test(name)) state.options = { ...state.options, semanticsUnknown: true };
  state.vars.set(
    name,
    name === "SECONDS" ? countedFrom(state, value) : VOLATILE.test(name) ? undefined : value,
  );
}

/** When SECONDS was 0: it counts on from what is assigned (bash(1) "SECONDS"). */
function countedFrom({ now }: State, value: Value): Value {
  const number = asRange(value);
  return number && sum({ ...wholeSeconds(now), epoch: true }, number, -1);
}

/** Under this key lies what a local variable hides until its function ends; no shell variable has a blank in its name. */
export function hiddenKey(calls: number, name: string): string {
  return `${calls} ${name}`;
}

/** Gives back what the local variables of a function hid. */
export function endLocals(state: State, calls: number): void {
  const prefix = hiddenKey(calls, "");
  for (const [key, value] of [...state.vars]) {
    if (!key.startsWith(prefix)) continue;
    state.vars.delete(key);
    state.vars.set(key.slice(prefix.length), value);
  }
}

/** True where the usual folders are on it. */
export function isUsualPath(path: string): boolean {
  return /(^|:)(\/usr)?\/bin\/?(:|$)/.test(path);
}

/** Programs are found on any PATH that has the usual folders or keeps what was there; on another they may not be. */
function notePath(state: State, value: Value, source: string): void {
  const usual = typeof value === "string" && isUsualPath(value);
  if (usual || /\$\{?PATH\b/.test(source)) return;
  state.options = { ...state.options, pathDoubtful: true };
}
