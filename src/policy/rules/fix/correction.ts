import type { Violation } from "../../model/finding.ts";
import { andMore } from "./fix-text.ts";

/** Characters for the values that are named in one message. */
const LISTED_CHARACTERS = 200;

/** Each says its key and value, so one message holds one or two. */
export function saying(findings: readonly Violation[], what: (found: Violation) => string): string {
  return andMore(findings.slice(0, 2).map(what), "; ", LISTED_CHARACTERS, findings.length);
}

/** The first alone, where two are too long. */
export function sayingFirst(findings: readonly Violation[], what: (found: Violation) => string): string {
  return andMore(findings.slice(0, 1).map(what), "", 0, findings.length);
}

/** A longer value would have to be cut, and what is cut must not be followed. */
const LONGEST_MEANT = 80;

/** `. Set it to "enforce".`, or what can be said where nobody knows what was meant. */
export function correction([first, ...others]: readonly Violation[], end: string): string {
  const [fix] = first?.fix ?? [];
  const meant = fix !== undefined && "value" in fix ? fix.value : undefined;
  if (others.length > 0) return `. Correct or remove them${end}`;
  return typeof meant !== "string" || meant.length > LONGEST_MEANT
    ? `. Correct it or remove it${end}`
    : `. Set it to ${JSON.stringify(meant)}${end}`;
}
