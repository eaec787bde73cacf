import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";

/**
 * Runs commands one after the other in one child process: a new process takes a fifth of a CPU second. Tests of effects
 * that need a separate process (its start, pipes, signals, a full disk) run src/main.ts.
 */

export interface Asked {
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly input: string;
}

export interface Ended {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

const { NO_COLOR: _, FORCE_COLOR: __, ...COLOURLESS } = process.env;

let child: ChildProcess | undefined;
let last: Promise<unknown> = Promise.resolve();

/** Runs `gracekeeper ARGS`. The variables for colours are unset, unless `given.env` sets them. */
export function command(args: readonly string[], given: Partial<Omit<Asked, "args">> = {}): Promise<Ended> {
  const { cwd = process.cwd(), env = {}, input = "" } = given;
  const ended = last.then(() => ask({ args, cwd, env: { ...COLOURLESS, ...env }, input }));
  last = ended.catch(() => {});
  return ended;
}

/** The child process ends with the test process, and keeps the test process alive only while a command runs. */
async function ask(asked: Asked): Promise<Ended> {
  child ??= fork(new URL("commands-process.ts", import.meta.url), {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const answered = new AbortController();
  const ended = once(child, "exit", answered).then(([code, signal]) => {
    throw new Error(`the process of the commands ended with ${code ?? signal}`);
  });
  ended.catch(() => {});
  child.ref();
  child.channel?.ref();
  child.send(asked);
  const [answer] = await Promise.race([once(child, "message", answered), ended]);
  answered.abort();
  child.unref();
  child.channel?.unref();
  return answer;
}
