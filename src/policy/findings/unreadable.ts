import type { Found } from "../finding.ts";
import { andMore } from "./common.ts";

/** Characters for the values that are named in one message. */
const LISTED_CHARACTERS = 200;

/** Each says its key and value, so one message holds one or two. */
export function saying(findings: readonly Found[], what: (found: Found) => string): string {
  return andMore(findings.slice(0, 2).map(what), "; ", LISTED_CHARACTERS, findings.length);
}

/** `. Set it to "enforce".`, or what can be said where nobody knows what was meant. */
export function correction([first, ...others]: readonly Found[], end: string): string {
  const [fix] = first?.fix ?? [];
  const meant = fix !== undefined && "value" in fix ? fix.value : undefined;
  const text =
    meant === undefined || others.length > 0
      ? "Correct it or remove it"
      : `Set it to ${JSON.stringify(meant)}`;
  return `. ${text}${end}`;
}
