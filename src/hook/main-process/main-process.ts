import { chargeText } from "../budget.ts";
import { programChangingVariable } from "../exec/exec.ts";
import { baseName, isShell, LONGEST_WORD, readShellCall } from "../exec/shell-invocation.ts";
import type { Handler } from "../handler.ts";
import type { Surroundings } from "../programs/program.ts";
import type { Words } from "../programs/program-result.ts";
import { UNPREDICTABLE_ENV } from "../shell/script.ts";
import { type About, deafProgram, isDeaf } from "./deaf-programs.ts";
import { expanded } from "./expand.ts";
import { isQuietHook } from "./quiet-hook.ts";
import { readText, trapFor } from "./text.ts";

/** A container's main process as its pod declares it, before the kubelet expands `$(VAR)`. */
export interface MainProcess {
  /** Empty if the image's ENTRYPOINT runs. */
  readonly command: readonly string[];
  readonly args: readonly string[];
  /** See `Environment`. */
  readonly env: ReadonlyMap<string, string | undefined>;
  /** `lifecycle.stopSignal`; undefined if the image decides. */
  readonly stopSignal: string | undefined;
  /** The preStop hook may stop the process, or end a program that the process waits for. */
  readonly preStop: Handler | undefined;
  readonly stdin: boolean;
  readonly tty: boolean;
}

/** A main process that ignores its stop signal, and how certain that is. */
export interface Unheard {
  /** `SIGTERM`. */
  readonly signal: string;
  /** The names of the programs that may be PID 1: `sh`, `tail`. */
  readonly pidOne: readonly string[];
  /**
   * `sure`: the process ignores the signal in every shell, and cannot end by itself. `may-end`: the process ignores the
   * signal in every shell, but waits for a program that may end. `some-shells`: the process ignores the signal only if
   * the shell does not replace itself by its last command.
   */
  readonly certainty: "sure" | "may-end" | "some-shells";
  /** The longest time that the process runs, in seconds; undefined if the time is not known or endless. */
  readonly endsAfter: number | undefined;
  /** Whether the text has `trap "" SIGNAL`: an ignored signal stays ignored after `exec` (POSIX.1-2024 2.12). */
  readonly ignored: boolean;
  /**
   * The command line with an added `exec` or trap, so that the signal is handled; undefined if this needs a larger
   * change.
   */
  readonly instead: readonly string[] | undefined;
}

/**
 * Signals that end a process by default and that shells do not handle. A waiting shell handles SIGINT; dash and busybox
 * end on SIGINT. The signals were tested with bash 5.2, dash 0.5.12 and busybox 1.35.
 */
const STOP_SIGNALS: ReadonlyMap<string, number> = new Map([
  ["SIGTERM", 15],
  ["SIGHUP", 1],
  ["SIGQUIT", 3],
  ["SIGUSR1", 10],
  ["SIGUSR2", 12],
]);

/**
 * The stop signal if the image sets none (OCI image-spec 1.1 config.md, `StopSignal`: the runtime's default is
 * SIGTERM).
 */
const DEFAULT_SIGNAL = "SIGTERM";

/** The maximum number of words of a main process that is analysed. Exec hooks have the same limit. */
const MOST_WORDS = 2000;

/**
 * False for an unknown program: nothing is known about its signal handling. Most main processes are unknown programs.
 */
export function isWorthReading({ command: [path = ""] }: MainProcess): boolean {
  return isShell(path) || baseName(path) === BUSYBOX || isDeaf(path) || path.includes("$");
}

const BUSYBOX = "busybox";

/**
 * How certainly the main process ignores its stop signal; undefined if it handles the signal, or if nothing is known.
 * The kernel drops a signal that PID 1 of a PID namespace has no handler for.
 *
 * Sources: Linux 6.12 kernel/signal.c `sig_task_ignored`; POSIX.1-2024 2.12 and 2.15 (trap, wait); bash(1) 5.2, dash(1)
 * 0.5.12, busybox 1.35 ash; every claim was tested with real processes as PID 1
 * (test/hook/main-process-shells.test.ts).
 */
export function readMainProcess(main: MainProcess, around: Surroundings): Unheard | undefined {
  const { env } = around;
  const { command, args, preStop, stopSignal = DEFAULT_SIGNAL } = main;
  const number = STOP_SIGNALS.get(stopSignal);
  const words = [...command, ...args];
  if (number === undefined || command.length === 0 || words.length > MOST_WORDS) return undefined;
  const texts = preStop?.kind === "exec" ? [...words, ...preStop.command] : words;
  if (texts.some((word) => word.length > LONGEST_WORD) || !chargeText(around.budget, texts.join("")))
    return undefined;
  if (preStop !== undefined && !isQuietHook(preStop)) return undefined;
  if (programChangingVariable(env) !== undefined || UNPREDICTABLE_ENV.some((name) => env.has(name)))
    return undefined;
  const input = main.stdin ? "person" : main.tty ? "terminal" : "none";
  const argv = words.map((word) => expanded(word, env));
  if (!chargeText(around.budget, argv.join(""))) return undefined;
  const read = readArgv(argv, { signal: { name: stopSignal, number }, input, programs: around.programs });
  // The value of a variable may be a secret, so `instead` has only words that the pod spec contains literally.
  const isLiteral = argv.every((word, index) => word === words[index]);
  return read && !isLiteral ? { ...read, instead: undefined } : read;
}

function readArgv(argv: Words, about: About): Unheard | undefined {
  const name = baseName(argv[0] ?? "");
  const call = readShellCall(argv);
  if (call === undefined) return readProgram(name, argv, about);
  const { script } = call;
  if (script.kind === "input" && about.input !== "none")
    return unheard(about, { pidOne: [name], certainty: "may-end" });
  // In a shell text, a pipe or a redirection may replace the terminal by an input that ends.
  const input = about.input === "terminal" ? "person" : about.input;
  const read = script.kind === "text" ? readText(call, script.text, { ...about, input }) : undefined;
  if (read === undefined || script.kind !== "text") return undefined;
  const { certainty, endsAfter, ignored, programs, shellStays, newText } = read;
  const pidOne = shellStays ? [name, ...programs] : programs;
  const instead = newText === undefined ? undefined : known(argv.with(script.wordIndex, newText));
  return unheard(about, { pidOne, certainty, endsAfter, ignored, instead });
}

function readProgram(name: string, argv: Words, about: About): Unheard | undefined {
  if (name === BUSYBOX) {
    const applet = readArgv(argv.slice(1), about);
    return applet && { ...applet, instead: undefined };
  }
  const deaf = deafProgram(argv, about);
  if (deaf === undefined) return undefined;
  const { seconds: endsAfter } = deaf;
  if (endsAfter !== Number.POSITIVE_INFINITY)
    return unheard(about, { pidOne: [name], certainty: "may-end", endsAfter });
  const isPlain = argv.every((word) => word !== undefined && PLAIN_WORD.test(word));
  const text = `${trapFor(about)}; ${argv.join(" ")} & wait`;
  const instead = isPlain && name !== "cat" ? ["sh", "-c", text] : undefined;
  return unheard(about, { pidOne: [name], certainty: "sure", instead });
}

/** Words that every shell reads literally. */
const PLAIN_WORD = /^[\w./:=,@+-]+$/;

function known(argv: Words): readonly string[] | undefined {
  return argv.every((word) => word !== undefined) ? argv : undefined;
}

function unheard({ signal }: About, rest: Pick<Unheard, "pidOne" | "certainty"> & Partial<Unheard>): Unheard {
  return { signal: signal.name, endsAfter: undefined, ignored: false, instead: undefined, ...rest };
}
