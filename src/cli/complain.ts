import type { Remark } from "../check/finding.ts";
import { clean } from "../report/human.ts";
import { type InFile, placeText } from "../report/report.ts";

/**
 * Prints an error on standard error in one line. A file name may contain a line break, and CI systems run a line that
 * begins with `::` as a command.
 */
export function complain(sentence: string): void {
  process.stderr.write(`gracekeeper: ${clean(sentence)}\n`);
}

/** Prints a note, which is no finding, on standard error. */
export function note(remark: InFile<Remark>): void {
  complain(`${placeText(remark)}: note: ${remark.text}`);
}
