/** Programs that run another program, and take as long as that program. */
import { atMost, type Interval } from "../interval.ts";
import type { Program, ProgramCall, ProgramResult } from "./program.ts";
import {
  AT_ONCE,
  hasOnly,
  optionValue,
  parseOptions,
  program,
  programs,
  unknown,
  type Words,
} from "./program-result.ts";

const UNKNOWN_COMMAND = unknown("runs an unknown command", true);

/** Entries that take as long as the command that they run. */
function wrapper(
  source: string,
  read: Program["read"],
  ...names: readonly string[]
): (readonly [string, Program])[] {
  return programs(names, source, "as long as its command", read);
}

/**
 * Skips the options of a wrapper; an option in `valued` uses the next word as its value. Undefined if a word before the
 * command is not known.
 */
function commandBehind(words: Words, valued: readonly string[], before = 0): Words | undefined {
  const parsed = parseOptions(words, new Set(valued), true, WRAPPER_FLAGS);
  return parsed?.operands.slice(before);
}

const WRAPPER_FLAGS: ReadonlySet<string> = new Set(["--single-child"]);

function runs(valued: readonly string[], before = 0): Program["read"] {
  return (words, call) => {
    const command = commandBehind(words, valued, before);
    if (command === undefined) return UNKNOWN_COMMAND;
    return command.length === 0 ? AT_ONCE : call.command(command);
  };
}

/** A program without the permissions that it needs fails at once. */
function mayBeRefused(read: Program["read"]): Program["read"] {
  return (words, call) => {
    const { exitStatus: _, output: __, ...result } = read(words, call);
    return { ...result, seconds: atMost(result.seconds), status: "unknown" };
  };
}

export const WRAPPERS: readonly (readonly [string, Program])[] = [
  ...wrapper("env(1), GNU coreutils 9.5; busybox 1.36", readEnv, "env"),
  ...wrapper("nice(1), GNU coreutils 9.5; busybox 1.36", readNice, "nice"),
  ...wrapper("nohup(1), GNU coreutils 9.5; busybox 1.36", runs([]), "nohup"),
  ...wrapper(
    "stdbuf(1), GNU coreutils 9.5",
    runs(["-i", "-o", "-e", "--input", "--output", "--error"]),
    "stdbuf",
  ),
  ...wrapper("ionice(1), util-linux 2.40", runs(["-c", "-n", "--class", "--classdata"]), "ionice"),
  ...wrapper("time(1), GNU time 1.9; busybox 1.36", runs(["-o", "-f", "--output", "--format"]), "time"),
  ...wrapper("README of tini 0.19", runs(["-p", "-e"]), "tini"),
  ...wrapper("README of dumb-init 1.2.5", runs(["-r", "--rewrite"]), "dumb-init"),
  ...wrapper("README of catatonit 0.2", runs([]), "catatonit"),
  ...wrapper("README of gosu 1.17; su-exec 0.2", runs([], 1), "gosu", "su-exec"),
  ...wrapper("sudo(8) 1.9", mayBeRefused(readSudo), "sudo"),
  ...programs(
    ["su", "runuser"],
    "su(1), runuser(1), util-linux 2.38; busybox 1.36",
    "as long as its command with `-s SHELL -c TEXT` or `runuser -u USER`; else not known, because the shell of the user is not known",
    mayBeRefused(readSu),
  ),
  ...wrapper("chroot(8), GNU coreutils 9.5; busybox 1.36", mayBeRefused(readChroot), "chroot"),
  program(
    "nsenter",
    "nsenter(1), util-linux 2.38",
    "as long as its command; `kill 1` in another PID namespace does not stop the app",
    mayBeRefused(readNsenter),
  ),
  program(
    "setsid",
    "setsid(1), util-linux 2.40",
    "as long as its command with `-w`; else it may return before its command ends",
    readSetsid,
  ),
  program(
    "busybox",
    "busybox 1.36, `busybox APPLET`",
    "as long as the same command without `busybox`",
    (words, call) => (words.length === 0 ? AT_ONCE : call.command(words)),
  ),
  program(
    "xargs",
    "xargs(1), GNU findutils 4.10; busybox 1.36",
    "without a command until its input ends; else not known, because the input decides how often the command runs",
    (words) => ({
      ...(words.length === 0 ? AT_ONCE : unknown("runs a command as often as its input says", true)),
      readsInput: "all",
    }),
  ),
];

/**
 * With a changed PATH or loader, the name of a program may belong to a different program, or to no program. The other
 * variables in this pattern may change how a shell reads its text.
 */
const CHANGES_PROGRAMS =
  /^(PATH|ENV|LD_\w+|BASH\w*(%%|\(\))?|POSIXLY_CORRECT|SHELLOPTS|PS4|EXECIGNORE|FUNCNEST|TMOUT)=/;

/** `env -S` splits one word into many, so it is not analysed. */
function readEnv(words: Words, call: ProgramCall): ProgramResult {
  const parsed = parseOptions(
    words,
    new Set(["-u", "--unset", "-C", "--chdir"]),
    true,
    new Set(["--ignore-environment"]),
  );
  // `-` is the old syntax of `-i`. `-S` and other options are not analysed.
  const plain = hasOnly(parsed, /^(-[uCi]|--(unset|chdir|ignore-environment))$/);
  return parsed === undefined || !plain ? UNKNOWN_COMMAND : behindAssignments(parsed.operands, call);
}

/** `A=1 B=2 CMD`. The changed environment is not analysed. */
function behindAssignments(words: Words, call: ProgramCall): ProgramResult {
  const first = words.findIndex((word) => word === undefined || !/^[^=]+=/.test(word));
  const assigned = first < 0 ? words : words.slice(0, first);
  if (assigned.some((word) => CHANGES_PROGRAMS.test(word ?? ""))) return UNKNOWN_COMMAND;
  return first < 0 ? AT_ONCE : call.elsewhere(words.slice(first));
}

/**
 * sudo sets up its own environment. `-b` (background), `-i` and `-s` (shell) and `-T` (time limit) are not analysed.
 */
function readSudo(words: Words, call: ProgramCall): ProgramResult {
  const parsed = parseOptions(
    words,
    new Set(["-u", "-g", "-p", "-C", "-D", "--user", "--group", "--prompt", "--chdir"]),
    true,
    new Set(["--non-interactive", "--preserve-env", "--set-home", "--stdin"]),
  );
  const plain = hasOnly(parsed, /^(-[ugpCDnEHPS]|--.*)$/);
  return parsed === undefined || !plain || parsed.operands.length === 0
    ? UNKNOWN_COMMAND
    : behindAssignments(parsed.operands, call);
}

const SU_GROUPS = ["-g", "-G", "--group", "--supp-group"];

/** `su [-] USER -c TEXT`: without `-s`, su runs the login shell of the user. `runuser -u USER CMD` runs a program. */
function readSu(words: Words, call: ProgramCall): ProgramResult {
  const asUser = parseOptions(words, new Set(["-u", "--user", ...SU_GROUPS]), true);
  if (asUser?.options.has("-u") || asUser?.options.has("--user")) return call.elsewhere(asUser.operands);
  const parsed = parseOptions(
    words,
    new Set(["-c", "-s", "-w", "--command", "--shell", ...SU_GROUPS]),
    false,
    new Set(["--login", "--preserve-environment", "--fast"]),
  );
  const text = parsed && optionValue(parsed, "-c", "--command");
  const shell = parsed && optionValue(parsed, "-s", "--shell");
  const plain = hasOnly(parsed, /^(-[csgGwlmpf]|--.*)$/);
  if (typeof text !== "string" || typeof shell !== "string" || !plain || words.includes(undefined))
    return { ...unknown("runs an unknown shell", true), readsInput: "some" };
  const { operands = [], options } = parsed ?? {};
  const isLogin = operands[0] === "-" || options?.has("-l") || options?.has("--login");
  const args = operands.slice(operands[0] === "-" ? 2 : 1);
  return call.elsewhere([shell, ...(isLogin ? ["-l"] : []), "-c", text, ...args]);
}

/** Without a command, chroot runs a shell that reads standard input. */
function readChroot(words: Words, call: ProgramCall): ProgramResult {
  const parsed = parseOptions(words, new Set(["--userspec", "--groups"]), true, new Set(["--skip-chdir"]));
  return parsed === undefined || parsed.operands.length < 2
    ? { ...UNKNOWN_COMMAND, readsInput: "some" }
    : call.command(parsed.operands.slice(1));
}

/**
 * nsenter reads an optional file name from the same word as the option: `-m/file`. The options `-a`, `-F` and `-Z` take
 * no file name, so another option letter may follow: `-Fm`.
 */
const NSENTER_OPTION =
  /^(-[aFZ]*([muinpCUTrwW].*|[tSG]\d+)?|--(all|mount|uts|ipc|net|pid|user|cgroup|time|root|wd|wdns|no-fork|preserve-credentials)(=.*)?|--(target|setuid|setgid)=\d+)$/s;
const NSENTER_VALUED = /^(-[aFZ]*[tSG]|--(target|setuid|setgid))$/;
const ENTERS_PIDS = /^(-[FZ]*[ap]|--(all|pid)(=|$))/;

function readNsenter(words: Words, call: ProgramCall): ProgramResult {
  let at = 0;
  while (at < words.length && /^-./.test(words[at] ?? "") && words[at] !== "--") {
    const word = words[at] as string;
    if (NSENTER_VALUED.test(word)) at += 2;
    else if (NSENTER_OPTION.test(word)) at += 1;
    else return UNKNOWN_COMMAND;
  }
  const command = words.slice(words[at] === "--" ? at + 1 : at);
  if (command.length === 0 || command[0] === undefined) return { ...UNKNOWN_COMMAND, readsInput: "some" };
  const reading = call.elsewhere(command);
  const entersPids = words.slice(0, at).some((word) => ENTERS_PIDS.test(word ?? ""));
  const signalsFirst =
    /(^|\/)kill$/.test(command[0]) && command.filter((word) => /^\d+$/.test(word ?? "")).join() === "1";
  return entersPids && signalsFirst ? { ...reading, mayStopMain: false } : reading;
}

/** `nice -5 CMD` is the old syntax of `nice -n 5 CMD`. */
function readNice(words: Words, call: ProgramCall): ProgramResult {
  const [first, ...rest] = words;
  return runs(["-n", "--adjustment"])(first !== undefined && /^-\d+$/.test(first) ? rest : words, call);
}

function readSetsid(words: Words, call: ProgramCall): ProgramResult {
  const parsed = parseOptions(words, new Set(), true, new Set(["--wait", "--ctty", "--fork"]));
  if (parsed === undefined || parsed.operands.length === 0) return UNKNOWN_COMMAND;
  const command = call.command(parsed.operands);
  if (parsed.options.has("-w") || parsed.options.has("--wait")) return command;
  const last: Interval = { min: 0, max: Math.max(command.seconds.max, command.leaves?.max ?? 0) };
  return {
    ...command,
    seconds: atMost(command.seconds),
    status: "unknown",
    exitStatus: undefined,
    leaves: last,
  };
}
