/** Field splitting (POSIX 2.6.5). */
import type { Scope } from "../analysis.ts";
import type { State } from "../domain/state.ts";
import { lookup } from "../domain/variables.ts";

export const DEFAULT_SEPARATORS = " \t\n";

/** The separators in IFS; undefined if they are not known. */
export function separatorsOf(state: State, scope: Scope): string | undefined {
  const isAssigned = state.vars.has("IFS") || state.allVarsUnknown;
  if (!isAssigned) return scope.analysis.env.has("IFS") ? undefined : DEFAULT_SEPARATORS;
  const value = lookup(state, scope, "IFS");
  return typeof value === "string" ? value : undefined;
}

/**
 * The pieces into which IFS splits a text. Several IFS blanks in a row are one separator. Each other letter of IFS ends
 * a field.
 */
export interface Pieces {
  readonly add: (value: string) => void;
  readonly close: () => void;
}

export function splitText(text: string, separators: string, { add, close }: Pieces): void {
  let start = 0;
  let end = 0;
  for (const letter of text) {
    end += letter.length;
    if (!separators.includes(letter)) continue;
    const before = end - letter.length;
    if (before > start || !/\s/.test(letter)) add(text.slice(start, before));
    close();
    start = end;
  }
  if (end > start) add(text.slice(start));
}
