import tab from "@bomb.sh/tab/commander";
import type { Command } from "commander";

/** What the library prints when it has no word to propose: neither words nor files. `:0` lets the shell propose files. */
const NO_FILES = ":4";
const FILES = ":0";

/**
 * Adds `complete SHELL`, which prints the completion of a shell, and what that asks for. The library is loaded only for this
 * command. It takes arguments for words of its own; ours are files.
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
