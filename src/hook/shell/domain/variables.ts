import { ENDLESS_SECONDS, type Interval } from "../../interval.ts";
import type { Scope } from "../analysis.ts";
import type { State } from "./state.ts";
import { asRange, type Clock, isClock, type Range, sum, type Value } from "./value.ts";

/** Variables that the shell itself sets or changes, so that a value from the script may not stay. */
const VOLATILE =
  /^(RANDOM|SRANDOM|SECONDS|LINENO|EPOCHSECONDS|EPOCHREALTIME|BASHPID|PPID|UID|EUID|_|OPTIND|OPTARG|REPLY|PWD|OLDPWD|PIPESTATUS|FUNCNAME|DIRSTACK|GROUPS|SHELLOPTS|BASHOPTS|HISTCMD|SHLVL|BASH_SUBSHELL|BASH_COMMAND|BASH_ARGV|MAPFILE|COPROC|COLUMNS|LINES)$/;

/** bash(1) "RANDOM": an integer between 0 and 32767. */
const LARGEST_RANDOM = 32_767;

/**
 * A variable that is certainly not set. A variable that the script never sets is unknown instead, because the image may
 * set it.
 */
export interface Unset {
  readonly unset: true;
}
export const UNSET: Unset = { unset: true };

export function isUnset(value: Value | Unset): value is Unset {
  return typeof value === "object" && "unset" in value;
}

/**
 * The value of a variable. A name that neither the script nor `env` sets is unknown, not unset, because the image or
 * `valueFrom` may set it.
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

/** Removes the link to the clock from a value that was read earlier: the value no longer changes. */
function withoutStaleReads({ now }: State, held: Value): Value {
  const isStale = typeof held === "object" && "reads" in held && held.reads?.now !== now;
  return isStale ? { ...held, reads: undefined } : held;
}

/** The output that `date +%s` has at this point. */
export function clockAt(state: State, scope: Scope): Clock {
  return { ...readClock(state, scope), epoch: true };
}

function readClock({ now }: State, { analysis }: Scope): Range {
  analysis.timeReads += 1;
  return wholeSeconds(now);
}

/** The clock counts whole seconds, so the result may be 1 greater than the elapsed seconds. */
function wholeSeconds(now: Interval): Range {
  return { low: Math.floor(now.min), high: lastSecond(now) + 1, reads: { now, slope: 1 } };
}

/** The last whole second of `now`, but at most ENDLESS_SECONDS. */
export function lastSecond({ max }: Interval): number {
  return Math.floor(Math.min(max, ENDLESS_SECONDS));
}

/**
 * Variables that change the meaning of commands, or the code that runs with them (bash(1) "Shell Variables", ld.so(8)).
 */
const CHANGES_SEMANTICS =
  /^(PS4|POSIXLY_CORRECT|BASH_(ENV|ALIASES|CMDS|COMPAT|XTRACEFD)|EXECIGNORE|FUNCNEST|TMOUT|LD_PRELOAD|LD_AUDIT|SHELLOPTS|BASHOPTS)$/;

/** Sets a variable; `source` is the value as the script writes it, before expansion. */
export function assign(state: State, name: string, value: Value, source = ""): void {
  if (name === "PATH") notePath(state, value, source);
  if (CHANGES_SEMANTICS.test(name)) state.options = { ...state.options, semanticsUnknown: true };
  state.vars.set(
    name,
    name === "SECONDS" ? countedFrom(state, value) : VOLATILE.test(name) ? undefined : value,
  );
}

/** The moment at which SECONDS was 0. An assignment sets the number from which SECONDS counts (bash(1) "SECONDS"). */
function countedFrom({ now }: State, value: Value): Value {
  const number = asRange(value);
  return number && sum({ ...wholeSeconds(now), epoch: true }, number, -1);
}

/**
 * While a local variable hides a value, `vars` stores the hidden value under this key. No shell variable has a blank in
 * its name.
 */
export function hiddenKey(calls: number, name: string): string {
  return `${calls} ${name}`;
}

/** Restores the values that local variables of a function have hidden. */
export function endLocals(state: State, calls: number): void {
  const prefix = hiddenKey(calls, "");
  for (const [key, value] of [...state.vars]) {
    if (!key.startsWith(prefix)) continue;
    state.vars.delete(key);
    state.vars.set(key.slice(prefix.length), value);
  }
}

/** Whether `/bin` or `/usr/bin` is on the PATH. */
export function isUsualPath(path: string): boolean {
  return /(^|:)(\/usr)?\/bin\/?(:|$)/.test(path);
}

/**
 * A shell finds programs on a PATH that has `/bin` or `/usr/bin`, or contains the old PATH. On any other PATH, programs
 * may be missing.
 */
function notePath(state: State, value: Value, source: string): void {
  const usual = typeof value === "string" && isUsualPath(value);
  if (usual || /\$\{?PATH\b/.test(source)) return;
  state.options = { ...state.options, pathDoubtful: true };
}
