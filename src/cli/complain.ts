import { clean } from "../report/human.ts";

/**
 * Says on standard error what is wrong. It is one line, also where it quotes the name of a file with line breaks: CI systems
 * take lines that begin with `::` for commands.
 */
export function complain(sentence: string): void {
  process.stderr.write(`gracekeeper: ${clean(sentence)}\n`);
}
