import { budgetOf } from "../../src/hook/budget.ts";
import { type MainProcess, readMainProcess, type Unheard } from "../../src/hook/main-process/main-process.ts";
import { PROGRAMS } from "../../src/hook/programs/table.ts";

/**
 * Shell texts as the main process of a container. `heard` says which shells reacted to SIGTERM as a real PID 1;
 * main-process-shells.test.ts runs them again. Each case also has the finding for `sh -c TEXT` and `bash -c TEXT`.
 * `app` is a program that handles SIGTERM.
 */
export interface MainProcessCase {
  readonly text: string;
  /** Whether bash, dash and busybox reacted to SIGTERM, in this order. */
  readonly heard: readonly [boolean, boolean, boolean];
  readonly sh: Said;
  readonly bash: Said;
}

export type Said = "sure" | "may-end" | "some-shells" | "silent";

const ALL = [true, true, true] as const;
const NONE = [false, false, false] as const;
const NOT_DASH = [true, false, true] as const;
const ONLY_BUSYBOX = [false, false, true] as const;
const ONLY_BASH = [true, false, false] as const;

function row(text: string, heard: MainProcessCase["heard"], sh: Said, bash: Said = sh): MainProcessCase {
  return { text, heard, sh, bash };
}

export const MAIN_PROCESS_CASES: readonly MainProcessCase[] = [
  // `app` is the last command.
  row("app", NOT_DASH, "some-shells", "silent"),
  row("true; app", NOT_DASH, "some-shells", "silent"),
  row("cd / && app", NOT_DASH, "some-shells", "silent"),
  row("[ -d / ] && app > /dev/null", ONLY_BUSYBOX, "some-shells", "silent"),
  row("X=1 app", NOT_DASH, "some-shells", "silent"),
  row("set -e; app", NOT_DASH, "some-shells", "silent"),
  row("if true; then app; fi", ONLY_BUSYBOX, "some-shells", "silent"),
  row("(cd / && app)", ONLY_BUSYBOX, "some-shells", "silent"),
  row("sleep 1000 & app", ONLY_BUSYBOX, "some-shells", "silent"),
  row("exec app", ALL, "silent"),
  row("cd / && exec app", ALL, "silent"),
  // `app` is not the last command, or not the only one.
  row("app && echo done", NONE, "may-end"),
  row("app || true", NONE, "may-end"),
  row("app | cat", NONE, "may-end"),
  row("! app", NONE, "may-end"),
  row("app & wait", NONE, "may-end"),
  row("X=$(app)", NONE, "may-end"),
  row("for i in 1; do app; done", NONE, "may-end"),
  row("while true; do app; done", NONE, "sure"),
  row("app & tail -f /dev/null", NONE, "sure"),
  row("app; sleep infinity", NONE, "sure"),
  row("set -e; app; sleep infinity", NONE, "may-end"),
  // Programs without a handler for SIGTERM.
  row("sleep infinity", NONE, "sure"),
  row("cd / && tail -f /dev/null", NONE, "sure"),
  row("exec tail -f /dev/null", NONE, "sure"),
  row("sleep 1000", NONE, "may-end"),
  row("sleep infinity & wait", NONE, "sure"),
  row("while true; do sleep 0.05; done", NONE, "sure"),
  row("until false; do date > /dev/null; sleep 0.05; done", NONE, "sure"),
  // Commands with a redirection that fails.
  row("sleep infinity </nonexistent; exec app", ALL, "silent"),
  row("sleep infinity </nonexistent & wait; exec app", ALL, "silent"),
  row("while true; do sleep 1; done </nonexistent; exec app", ALL, "silent"),
  row("sleep infinity </dev/null 2>&1", NONE, "sure"),
  // Scripts with a trap.
  row("trap 'exit 0' TERM; sleep infinity & wait", ALL, "silent"),
  row("trap 'exit 0' INT 15; sleep infinity & wait $!", ALL, "silent"),
  row("trap 'exit 0' TERM; sleep infinity", NONE, "silent", "sure"),
  row("trap 'exit 0' TERM; /bin/sleep infinity", NONE, "sure"),
  row("trap 'exit 0' TERM; tail -f /dev/null; true", NONE, "sure"),
  row("trap 'exit 0' TERM; app", NONE, "may-end"),
  row("trap 'exit 0' TERM; exec sleep infinity", NONE, "sure"),
  row("trap 'exit 0' TERM; while true; do sleep 0.05; done", ALL, "silent"),
  row("trap 'exit 0' INT; sleep infinity & wait", NONE, "sure"),
  row("trap 'exit 0' INT; app", NONE, "may-end"),
  row("trap '' TERM; sleep infinity & wait", NONE, "sure"),
  row("trap '' TERM; app", NONE, "some-shells", "silent"),
  row("trap '' TERM; exec app", NONE, "silent"),
  row("trap 'echo stop' TERM; while true; do sleep 0.05; done", NONE, "sure"),
  row("trap 'exit 0' TERM; trap - TERM; sleep infinity & wait", NONE, "silent"),
  row("trap 'echo stop' EXIT; sleep infinity", ONLY_BASH, "silent"),
  row("(trap 'exit 0' TERM; sleep infinity); true", NONE, "may-end"),
];

/** The budget for reading a main process. The budget is enough for far longer texts than those above. */
export const UNITS = 4000;

export function mainProcess(command: readonly string[], more: Partial<MainProcess> = {}): MainProcess {
  return {
    command,
    args: [],
    env: new Map(),
    stopSignal: undefined,
    preStop: undefined,
    stdin: false,
    tty: false,
    ...more,
  };
}

export function readCommand(command: readonly string[], more?: Partial<MainProcess>): Unheard | undefined {
  const main = mainProcess(command, more);
  return readMainProcess(main, { env: main.env, programs: PROGRAMS, budget: budgetOf(UNITS) });
}

export function readShell(text: string, more?: Partial<MainProcess>): Unheard | undefined {
  return readCommand(["sh", "-c", text], more);
}
