import tab from "@bomb.sh/tab/commander";
import type { Command } from "commander";

/**
 * The library prints this if it has no word to propose; then the shell does not propose files either. With `:0` it
 * does.
 */
const NO_FILES = ":4";
const FILES = ":0";

/**
 * Adds `complete SHELL`, which prints the completion script of a shell, and the command that this script calls. The
 * library is loaded only for them. It expects a fixed set of words as arguments; our arguments are files.
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
