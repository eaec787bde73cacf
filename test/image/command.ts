import { execFile } from "node:child_process";

/** Output may exceed Node's default limit: for example, npm prints long lists of packages. */
const MOST_OUTPUT = 64 * 1024 * 1024;

/**
 * Runs a program to its end and returns its standard output. If the program fails, the error has its standard error.
 */
export function output(program: string, ...args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, args, { maxBuffer: MOST_OUTPUT }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout.trim());
      else
        reject(
          new Error(
            `${program} ${args[0] ?? ""} failed: ${error.message.split("\n")[0]}\n${stderr.slice(-4000)}`,
          ),
        );
    });
  });
}
