/** Programs that run another program. They take as long as that program. */
import type { Interval } from "../interval.ts";
import type { Program, ProgramCall, ProgramResult } from "./program.ts";
import { AT_ONCE, parseOptions, program, programs, unknown, type Words } from "./program-result.ts";

/** Skips options; those in `valued` take one word. Undefined if a word is not known. */
function commandBehind(words: Words, valued: readonly string[], before = 0): Words | undefined {
  const parsed = parseOptions(words, new Set(valued), true, WRAPPER_FLAGS);
  return parsed?.operands.slice(before);
}

const WRAPPER_FLAGS: ReadonlySet<string> = new Set(["--single-child"]);

function runs(valued: readonly string[], before = 0): Program["read"] {
  return (words, call) => {
    const command = commandBehind(words, valued, before);
    if (command === undefined) return unknown("runs a command that is not known", true);
    return command.length === 0 ? AT_ONCE : call.command(command);
  };
}

export const WRAPPERS: readonly (readonly [string, Program])[] = [
  program("env", "env(1), GNU coreutils 9.5; busybox 1.36", "as long as its command", readEnv),
  program("nice", "nice(1), GNU coreutils 9.5; busybox 1.36", "as long as its command", readNice),
  program("nohup", "nohup(1), GNU coreutils 9.5; busybox 1.36", "as long as its command", runs([])),
  program(
    "stdbuf",
    "stdbuf(1), GNU coreutils 9.5",
    "as long as its command",
    runs(["-i", "-o", "-e", "--input", "--output", "--error"]),
  ),
  program(
    "ionice",
    "ionice(1), util-linux 2.40",
    "as long as its command",
    runs(["-c", "-n", "--class", "--classdata"]),
  ),
  program(
    "time",
    "time(1), GNU time 1.9; busybox 1.36",
    "as long as its command",
    runs(["-o", "-f", "--output", "--format"]),
  ),
  program("tini", "README of tini 0.19", "as long as its command", runs(["-p", "-e"])),
  program("dumb-init", "README of dumb-init 1.2.5", "as long as its command", runs(["-r", "--rewrite"])),
  program("catatonit", "README of catatonit 0.2", "as long as its command", runs([])),
  ...programs(["gosu", "su-exec"], "README of gosu 1.17; su-exec 0.2", "as long as its command", runs([], 1)),
  program(
    "setsid",
    "setsid(1), util-linux 2.40",
    "as long as its command with `-w`, else it may leave it running",
    readSetsid,
  ),
  program("busybox", "busybox 1.36, `busybox APPLET`", "as the applet of that name", (words, call) =>
    words.length === 0 ? AT_ONCE : call.command(words),
  ),
  program(
    "xargs",
    "xargs(1), GNU findutils 4.10; busybox 1.36",
    "not known: its input says what it runs, and how often",
    () => ({ ...unknown("runs a command as often as its input says", true), readsInput: "all" }),
  ),
];

/** With a changed PATH or loader, a program may be missing or be another one. */
const CHANGES_PROGRAMS = /^(PATH|LD_\w+|BASH_\w+(%%|\(\))?|POSIXLY_CORRECT)=/;

/** `env -S` splits one word into many; that is not analysed. */
function readEnv(words: Words, call: ProgramCall): ProgramResult {
  const parsed = parseOptions(
    words,
    new Set(["-u", "--unset", "-C", "--chdir"]),
    true,
    new Set(["--ignore-environment"]),
  );
  // `-` is the old `-i`. `-S` and other options are not analysed.
  if (
    parsed === undefined ||
    [...parsed.options.keys()].some(
      (option) => !/^(-[uCi]|--(unset|chdir|ignore-environment))$/.test(option),
    ) ||
    parsed.operands.some((word) => word !== undefined && CHANGES_PROGRAMS.test(word))
  ) {
    return unknown("runs a command that is not known", true);
  }
  const rest = parsed.operands.slice(
    parsed.operands.findIndex((word) => word === undefined || !/^[^=]+=/.test(word)),
  );
  const command = parsed.operands.every((word) => word !== undefined && /^[^=]+=/.test(word)) ? [] : rest;
  const changed = parsed.options.size > 0 || command.length < parsed.operands.length;
  if (command.length === 0) return AT_ONCE;
  const reading = call.command(command);
  // How a shell inside uses the changed environment is not analysed.
  return changed && /(^|\/)(ba|da|a)?sh$/.test(command[0] ?? "")
    ? { ...reading, ...unknown("runs a shell with another environment", true) }
    : reading;
}

/** `nice -5 CMD` is the old form of `nice -n 5 CMD`. */
function readNice(words: Words, call: ProgramCall): ProgramResult {
  const [first, ...rest] = words;
  return runs(["-n", "--adjustment"])(first !== undefined && /^-\d+$/.test(first) ? rest : words, call);
}

function readSetsid(words: Words, call: ProgramCall): ProgramResult {
  const parsed = parseOptions(words, new Set(), true, new Set(["--wait", "--ctty", "--fork"]));
  if (parsed === undefined || parsed.operands.length === 0)
    return unknown("runs a command that is not known", true);
  const command = call.command(parsed.operands);
  if (parsed.options.has("-w") || parsed.options.has("--wait")) return command;
  const last: Interval = { min: 0, max: Math.max(command.seconds.max, command.leaves?.max ?? 0) };
  return {
    ...command,
    seconds: { min: 0, max: command.seconds.max },
    status: "unknown",
    exitStatus: undefined,
    leaves: last,
  };
}
