import tab from "@bomb.sh/tab/commander";
import type { Command } from "commander";

/**
 * The library prints `:4` if it has no word to propose, and the shell then proposes nothing. After `:0` the shell
 * proposes files.
 */
const NO_FILES = ":4";
const FILES = ":0";

/**
 * Adds `complete SHELL`, which prints the completion script of a shell, and the command that this script calls. The
 * completion library is loaded only for these two commands. The library proposes words from a fixed set, but our
 * arguments are files.
 */
export function addCompletion(program: Command): void {
  tab(program);
  const print = console.log;
  let proposed = 0;
  console.log = (line: string) => {
    proposed++;
    print(line === NO_FILES && proposed === 1 ? FILES : line);
  };
}
