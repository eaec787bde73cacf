/** The builtins that all three shells have, and those of bash; what each does to the shell. */

import type { Dialect, Place, Run } from "../analysis.ts";
import type { Shell } from "../domain/state.ts";
import type { Field } from "../domain/value.ts";
import type { Invocation } from "../eval/simple.ts";
import { BASH_ONLY } from "./bash.ts";
import { FLOW_BUILTINS } from "./flow.ts";
import { OUTPUT_BUILTINS } from "./io.ts";
import { JOB_BUILTINS } from "./jobs.ts";
import { STATE_BUILTINS } from "./state.ts";

/** A builtin with its arguments, in the shell that runs it. */
export interface Call {
  readonly run: Run;
  readonly shell: Shell;
  readonly at: Place;
  readonly args: readonly Field[];
  readonly command: Invocation;
}

/** Does to the shell what the builtin does; without a return value, as all of it is in the shell. */
export type Builtin = (call: Call) => void;

const EVERYWHERE: ReadonlyMap<string, Builtin> = new Map([
  ...FLOW_BUILTINS,
  ...STATE_BUILTINS,
  ...JOB_BUILTINS,
  ...OUTPUT_BUILTINS,
]);

/** The builtin of this name; undefined where the shell looks for a program. */
export function builtinNamed(name: string, dialect: Dialect): Builtin | undefined {
  return (dialect === "bash" ? BASH_ONLY.get(name) : undefined) ?? EVERYWHERE.get(name);
}

/** POSIX 2.14: special builtins. */
const SPECIAL: ReadonlySet<string> = new Set([
  ":",
  ".",
  "break",
  "continue",
  "eval",
  "exec",
  "exit",
  "export",
  "readonly",
  "return",
  "set",
  "shift",
  "times",
  "trap",
  "unset",
]); // prettier-ignore

/** A special builtin: an error in one ends a POSIX shell. */
export function isSpecial(name: string): boolean {
  return SPECIAL.has(name);
}
