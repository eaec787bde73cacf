import { baseName } from "../exec/shell-invocation.ts";
import { ENDLESS_SECONDS, isKnown, NO_TIME } from "../interval.ts";
import type { ProgramCall, ProgramTable } from "../programs/program.ts";
import { parseOptions, unknown, type Words } from "../programs/program-result.ts";

/** A program that sets no signal handler. */
export interface DeafProgram {
  /** How long the program runs: Infinity if it never ends, undefined if its time is not known. */
  readonly seconds: number | undefined;
}

/** The result is undefined if the program ends at once. */
type Reader = (args: Words, about: About) => DeafProgram | undefined;

/**
 * Programs that set no handler for any stop signal. As PID 1 they ignore the stop signal.
 *
 * Sources: src/sleep.c, src/tail.c and src/cat.c of GNU coreutils 9.1; coreutils/sleep.c, tail.c and cat.c of busybox
 * 1.35.
 */
const DEAF: Readonly<Record<string, Reader>> = { sleep: readSleep, tail: readTail, cat: readCat };

/** How long a program in `DEAF` runs; undefined for any other program, and for a program that ends at once. */
export function deafProgram(argv: Words, about: About): DeafProgram | undefined {
  const [path = "", ...args] = argv;
  return readerOf(path)?.(args, about);
}

/** Whether the program is in `DEAF`. */
export function isDeaf(path: string): boolean {
  return readerOf(path) !== undefined;
}

/** In a folder other than `/bin` and `/usr/bin`, a program named `sleep` may be a different program. */
function readerOf(path: string): Reader | undefined {
  const name = /^(\/usr)?\/bin\/[^/]*$/.test(path) ? baseName(path) : path;
  return Object.hasOwn(DEAF, name) ? DEAF[name] : undefined;
}

function readSleep(args: Words, { programs }: About): DeafProgram | undefined {
  const { min, max } = programs.get("sleep")?.read(args, CALL).seconds ?? NO_TIME;
  if (max === 0) return undefined;
  if (min >= ENDLESS_SECONDS) return { seconds: max };
  return { seconds: isKnown({ min, max }) ? max : undefined };
}

/** A program in the foreground, whose input is not known. A command that it runs takes an unknown time. */
export const CALL: ProgramCall = {
  command: () => unknown("runs a command"),
  elsewhere: () => unknown("runs a command"),
  inputDelay: Number.POSITIVE_INFINITY,
  wordsVary: false,
  background: false,
  ignoresSignals: false,
  filesMayWait: true,
};

const VALUED = new Set(["-n", "-c", "-s", "--lines", "--bytes", "--sleep-interval"]);
const FLAGS = new Set(["--follow", "--retry", "--quiet", "--silent", "--verbose"]);

/** `tail -f` of an existing file never ends. With `--pid` or an unknown option, `tail` may end. */
function readTail(args: Words): DeafProgram | undefined {
  const words = args.map((word) => (/^--follow=(name|descriptor)$/.test(word ?? "") ? "--follow" : word));
  const { options, operands } = parseOptions(words, VALUED, false, FLAGS) ?? {};
  if (operands === undefined) return { seconds: undefined };
  if (!["-f", "-F", "--follow"].some((option) => options?.has(option))) return undefined;
  const isEndless = operands.length > 0 && operands.every((file) => file === "/dev/null");
  return { seconds: isEndless ? Number.POSITIVE_INFINITY : undefined };
}

/** `cat` ends when its input ends. Input from a terminal never ends if no person uses the terminal. */
function readCat(args: Words, { input }: About): DeafProgram | undefined {
  if (args.length > 0) return { seconds: undefined };
  return input === "none"
    ? undefined
    : { seconds: input === "terminal" ? Number.POSITIVE_INFINITY : undefined };
}

/** The stop signal and the input of the main process, and the table of programs. */
export interface About {
  readonly signal: { readonly name: string; readonly number: number };
  /**
   * The source of the main process's standard input. `person`: a person may end the input. `terminal`: the input never
   * ends, because no person uses the terminal.
   */
  readonly input: "none" | "terminal" | "person";
  readonly programs: ProgramTable;
}
