import { clean } from "../report/human.ts";

/**
 * Prints an error on standard error, always in one line: CI systems take lines that begin with `::` for commands, and
 * the name of a file may contain line breaks.
 */
export function complain(sentence: string): void {
  process.stderr.write(`gracekeeper: ${clean(sentence)}\n`);
}
