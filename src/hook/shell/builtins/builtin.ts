import type { Scope } from "../analysis.ts";
import type { Command } from "../ast.ts";
import { mayExitTo } from "../domain/join.ts";
import { type State, writtenUnknown } from "../domain/state.ts";
import type { Field } from "../domain/value.ts";
import { giveUp } from "../effects.ts";

/** A builtin with its arguments, in the state in which it runs. */
export interface Call {
  readonly state: State;
  readonly scope: Scope;
  readonly name: string;
  readonly args: readonly Field[];
  readonly node: Command;
}

/** Applies the effect of a builtin to the analysed state of the shell. */
export type Builtin = (call: Call) => void;

/** Does nothing, with status 0. */
export function succeed({ state }: Call): void {
  state.status = 0;
}

/**
 * A builtin that takes no time and does not change the analysed state of the shell. The status and the output of the
 * builtin are not known.
 */
export function perhaps({ state }: Call): void {
  state.status = undefined;
  writtenUnknown(state);
}

/** A builtin after which nothing is known about the script. */
export function unsupported(because: string): Builtin {
  return ({ state, scope, node }) => giveUp(state, scope, node, because);
}

/** After a wrong call of a special builtin, bash continues, but dash, ash and bash in POSIX mode may end. */
export function refused({ state, scope }: Call): void {
  state.status = "failure";
  if (scope.analysis.dialect === "any") mayExitTo(state, scope.ends);
}

/** The arguments as text, if the text of every argument is known. */
export function plainWords(args: readonly Field[]): readonly string[] | undefined {
  return args.every((arg) => typeof arg === "string") ? args : undefined;
}

/** POSIX 2.14: special builtins. An error in a special builtin ends a POSIX shell. */
const SPECIAL = /^(:|\.|break|continue|eval|exec|exit|export|readonly|return|set|shift|times|trap|unset)$/;

export function isSpecial(name: string): boolean {
  return SPECIAL.test(name);
}
