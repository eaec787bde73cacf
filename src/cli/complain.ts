import type { Remark } from "../check/finding.ts";
import { clean } from "../report/human.ts";
import { type InFile, placeText } from "../report/report.ts";

/**
 * Prints an error on standard error, always in one line: CI systems take lines that begin with `::` for commands, and
 * the name of a file may contain line breaks.
 */
export function complain(sentence: string): void {
  process.stderr.write(`gracekeeper: ${clean(sentence)}\n`);
}

/** Says what a person should know, although nothing is wrong with how a pod ends. */
export function note(remark: InFile<Remark>): void {
  complain(`${placeText(remark)}: note: ${remark.text}`);
}
