import type { Run } from "../analysis.ts";
import { type Shell, UNSET, type Variable } from "./state.ts";
import type { Value } from "./value.ts";

/** Variables that the shell itself sets or changes: what a script assigns to them need not stay. */
const LIVING: ReadonlySet<string> = new Set([
  "RANDOM",
  "SRANDOM",
  "SECONDS",
  "LINENO",
  "EPOCHSECONDS",
  "EPOCHREALTIME",
  "BASHPID",
  "PPID",
  "UID",
  "EUID",
  "_",
  "OPTIND",
  "OPTARG",
  "REPLY",
  "PWD",
  "OLDPWD",
  "PIPESTATUS",
  "FUNCNAME",
  "DIRSTACK",
  "GROUPS",
  "SHELLOPTS",
  "BASHOPTS",
  "HISTCMD",
  "SHLVL",
  "BASH_SUBSHELL",
  "BASH_COMMAND",
  "BASH_ARGV",
  "MAPFILE",
  "COPROC",
  "COLUMNS",
  "LINES",
]); // prettier-ignore

/** bash(1) "RANDOM": an integer between 0 and 32767. */
const LARGEST_RANDOM = 32_767;

/**
 * What a variable holds. A name that neither the script nor `env` sets may still be set by the image or by
 * `valueFrom`: it is unknown, not unset.
 */
export function lookup(run: Run, shell: Shell, name: string): Variable {
  if (run.dialect === "bash" && !shell.vars.has(name) && !shell.forgotten) {
    const living = bashVariable(run, shell, name);
    if (living !== undefined) return living;
  }
  if (shell.vars.has(name)) return shell.vars.get(name);
  if (shell.forgotten || LIVING.has(name)) return undefined;
  return run.env.get(name);
}

function bashVariable(run: Run, shell: Shell, name: string): Value {
  switch (name) {
    case "RANDOM":
      return { low: 0, high: LARGEST_RANDOM };
    case "SECONDS":
      // Counted in whole seconds of the clock: between two of its ticks it may be one ahead.
      run.timeReads += 1;
      return shell.now.max > LARGEST_RANDOM
        ? undefined
        : { low: Math.floor(shell.now.min), high: Math.floor(shell.now.max) + 1 };
    default:
      return undefined;
  }
}

/** Names that change what commands mean, or what runs with them (bash(1) "Shell Variables", ld.so(8)). */
const TELLING =
  /^(PS4|POSIXLY_CORRECT|BASH_(ENV|ALIASES|CMDS|COMPAT|XTRACEFD)|EXECIGNORE|FUNCNEST|TMOUT|LD_PRELOAD|LD_AUDIT|SHELLOPTS|BASHOPTS)$/;

/** Sets a variable; `source` is the text the value was written as. */
export function assign(shell: Shell, name: string, value: Variable, source = ""): void {
  if (name === "PATH") notePath(shell, value, source);
  if (TELLING.test(name) || shell.readonlys.has(name)) shell.options = { ...shell.options, strange: true };
  shell.vars.set(name, LIVING.has(name) ? undefined : value);
}

/** From here on the name is surely not set. */
export function unset(shell: Shell, name: string): void {
  if (shell.readonlys.has(name)) shell.options = { ...shell.options, strange: true };
  shell.vars.set(name, LIVING.has(name) ? undefined : UNSET);
}

/** True where the usual folders are on it. */
export function isUsualPath(path: string): boolean {
  return /(^|:)(\/usr)?\/bin\/?(:|$)/.test(path);
}

/** Programs are found on any PATH that has the usual folders or keeps what was there; on another they may not be. */
function notePath(shell: Shell, value: Variable, source: string): void {
  const usual = typeof value === "string" && isUsualPath(value);
  if (usual || /\$\{?PATH\b/.test(source)) return;
  shell.options = { ...shell.options, pathDoubtful: true };
}
