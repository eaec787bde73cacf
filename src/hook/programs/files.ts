/** Small programs for files and text. Each of them returns at once, or when its input ends. */
import { ENDLESS } from "../interval.ts";
import type { Program, ProgramCall, ProgramResult } from "./program.ts";
import {
  AT_ONCE,
  hasOnly,
  parseOptions,
  program,
  programs,
  SUCCEEDS,
  unknown,
  type Words,
} from "./program-result.ts";

const COREUTILS = "GNU coreutils 9.5; busybox 1.36";

export const FILE_PROGRAMS: readonly (readonly [string, Program])[] = [
  program("true", `true(1), ${COREUTILS}`, "returns at once", () => SUCCEEDS),
  program("false", `false(1), ${COREUTILS}`, "returns at once, fails", () => ({
    ...SUCCEEDS,
    because: "always fails",
    status: "failure",
    exitStatus: 1,
  })),
  ...programs(
    ["touch", "chmod", "chown", "ln"],
    `touch(1), chmod(1), ${COREUTILS}`,
    "returns at once",
    (words) => silent(words, true),
  ),
  program("mkdir", `mkdir(1), ${COREUTILS}`, "returns at once", silentWith(/^-p$/)),
  program("rm", `rm(1), ${COREUTILS}`, "returns at once", silentWith(/^-\w*f/)),
  ...programs(
    ["rmdir", "unlink", "mkfifo", "mktemp"],
    `rmdir(1), mkfifo(1), ${COREUTILS}`,
    "returns at once",
    () => AT_ONCE,
  ),
  ...programs(["test", "["], `test(1), ${COREUTILS}`, "returns at once", () => ({ ...AT_ONCE, output: "" })),
  ...programs(
    "date hostname id whoami uname pwd printenv nproc uptime basename dirname realpath readlink stat ls which".split(
      " ",
    ),
    `date(1), id(1), ls(1), ${COREUTILS}`,
    "returns at once",
    readsNothing,
  ),
  ...programs(
    ["ps", "pgrep", "pidof", "free"],
    "ps(1), pgrep(1), pidof(1), procps-ng 4.0; busybox 1.36",
    "returns at once, but `free -s` never ends",
    (words) => (words.some((word) => REPEATS.test(word ?? "")) ? unknown("may never end") : AT_ONCE),
  ),
  program(
    "logger",
    "logger(1), util-linux 2.40; busybox 1.36",
    "with a message returns at once; without a message until its input ends",
    readLogger,
  ),
  program("echo", `echo(1), ${COREUTILS}`, "returns at once", () => ({ ...AT_ONCE, status: "success" })),
  program("printf", `printf(1), ${COREUTILS}`, "returns at once", () => AT_ONCE),
  program("seq", `seq(1), ${COREUTILS}`, "returns at once", readSeq),
  program("expr", `expr(1), ${COREUTILS}`, "returns at once", readExpr),
  program("cat", `cat(1), ${COREUTILS}`, "until its input ends", readCat),
  ...programs(
    ["tac", "nl", "rev", "sort", "wc", "md5sum", "sha256sum"],
    `sort(1), wc(1), ${COREUTILS}`,
    "until its input ends",
    readsAll,
  ),
  program("tee", `tee(1), ${COREUTILS}`, "until its input ends", readTee),
  program("tr", `tr(1), ${COREUTILS}`, "until its input ends", (words) => ({
    ...AT_ONCE,
    readsInput: words.length === 2 && words.every((word) => /^[^-]/.test(word ?? "")) ? "all" : "some",
  })),
  ...programs(
    ["head", "cut", "uniq"],
    `head(1), cut(1), ${COREUTILS}`,
    "until its input ends, or shorter",
    filter(0, ["-n", "-c", "-d", "-f", "-b", "-w"], /^-[nqszicdu]$/),
  ),
  ...programs(
    ["grep", "egrep", "fgrep"],
    "grep(1), GNU grep 3.11; busybox 1.36",
    "until its input ends, or shorter",
    filter(1, ["-e", "-f", "-m", "-A", "-B", "-C"], /^-[qivaEFwxclnoshHefmABC]$/),
  ),
  program("sed", "sed(1), GNU sed 4.9; busybox 1.36", "until its input ends, or shorter", readSed),
  ...programs(
    ["awk", "gawk", "mawk"],
    "awk(1), POSIX; gawk 5.3, mawk 1.3, busybox 1.36",
    "until its input ends, or shorter, unless its script runs another command",
    readAwk,
  ),
  program("jq", "jq(1) 1.6", "until its input ends, unless its filter may loop", readJq),
  program(
    "tail",
    `tail(1), ${COREUTILS}`,
    "returns at once; `tail -f /dev/null` never ends; not known with any other `-f` or with `--pid`",
    readTail,
  ),
  program("varnishstat", "varnishstat(1), Varnish 7.5", "not known; it only prints", () =>
    unknown("takes an unknown time"),
  ),
];

/** With an option that matches `option`, the program does not fail. */
function silentWith(option: RegExp): Program["read"] {
  return (words) =>
    silent(
      words,
      words.some((word) => option.test(word ?? "")),
    );
}

/** The analysis assumes that files are writable, and lists this assumption in its result. */
function silent(words: Words, succeeds: boolean): ProgramResult {
  const named = words.some((word) => !word?.startsWith("-"));
  if (!named || words.includes(undefined) || !succeeds) return { ...AT_ONCE, output: "" };
  return { ...SUCCEEDS, assumes: ["output-can-be-opened"] };
}

/** Files whose readers may have to wait for another process. */
const WAITING_FILES = /(^|\/)dev\/(?!null$)|proc\/.*\/fd\/|proc\/kmsg|fifo|pipe|sock/i;

/** Whether reading this file may have to wait, or may never end. */
export function fileWaits(file: string): boolean {
  return WAITING_FILES.test(file);
}

/** Programs that open a file only if an option tells them to. */
function readsNothing(words: Words): ProgramResult {
  return words.some((word) => /^-\w*[fFr]|^--[fr]/.test(word ?? ""))
    ? unknown("may read a file that has no end")
    : AT_ONCE;
}

/** Options that may make a program repeat its output, such as `-s SECONDS`. */
const REPEATS = /^-\w*[sc]|^--(?!sort|help)/;

/** Without a message, `logger` logs its input. The message is an operand, not the value of an option. */
function readLogger(words: Words): ProgramResult {
  const parsed = parseOptions(
    words,
    new Set(["-t", "-p", "--tag", "--priority"]),
    false,
    new Set(["--stderr"]),
  );
  const clear = hasOnly(parsed, /^(-[tpsi]|--\w+)$/);
  const message = clear && parsed?.operands.some((word) => word !== undefined);
  return { ...AT_ONCE, readsInput: message ? undefined : words.length === 0 ? "all" : "some" };
}

/** `tee` opens its files before it reads its input. */
function readTee(words: Words, call: ProgramCall): ProgramResult {
  const files = words.filter((word) => word !== "-a");
  const plain = files.every((word) => /^[^-]/.test(word ?? "-"));
  const waits = plain ? filesOf(files, call) : { ...AT_ONCE, readsInput: "some" as const };
  return waits ?? { ...AT_ONCE, readsInput: "all", output: call.input };
}

function filesOf(operands: Words, call: ProgramCall): ProgramResult | undefined {
  const named = operands.filter((file) => file !== "-");
  const waits =
    (named.length > 0 && call.filesMayWait) || named.some((file) => file !== undefined && fileWaits(file));
  return waits ? unknown("reads a file that may have no end") : undefined;
}

/** Options that never change which files are read. The value of any other option may be a file. */
const PLAIN_LETTERS = /^-[lcwnru]{1,2}$/;

function readsAll(words: Words, call: ProgramCall): ProgramResult {
  const operands = words.filter((word) => word === undefined || word === "-" || !word.startsWith("-"));
  const plain = words.every((word) => operands.includes(word) || PLAIN_LETTERS.test(word ?? ""));
  if (operands.length > 0 && plain)
    return filesOf(operands, call) ?? (operands.includes("-") ? { ...AT_ONCE, readsInput: "all" } : AT_ONCE);
  if (!plain) return filesOf(operands, call) ?? { ...AT_ONCE, readsInput: "some" };
  return { ...AT_ONCE, readsInput: "all" };
}

/** Without operands and options `cat` writes what it reads. */
function readCat(words: Words, call: ProgramCall): ProgramResult {
  const copies = words.length === 0 && call.input !== undefined;
  return copies ? { ...SUCCEEDS, readsInput: "all", output: call.input } : readsAll(words, call);
}

/**
 * A filter such as `grep PATTERN FILE`. Without `-e` and `-f`, its first `before` operands are not files. The filter
 * may stop before its input ends.
 */
function filter(before: number, valued: readonly string[], known: RegExp): Program["read"] {
  return (words, call) => {
    const parsed = parseOptions(words, new Set(valued));
    if (parsed === undefined) return unknown("reads an unknown file");
    const expressions = parsed.options.has("-e") || parsed.options.has("-f") ? 0 : before;
    const files = parsed.operands.slice(expressions);
    if (parsed.options.has("-r") || parsed.options.has("-R")) return unknown("reads a whole folder");
    const clear = hasOnly(parsed, known);
    // Without a file operand, the filter reads its input, even if the value of an option is a file.
    const input = !clear || files.length === 0 || files.includes("-");
    const more = [
      ...files,
      ...(before > 0 && parsed.options.has("-f") ? [parsed.options.get("-f") as string] : []),
    ];
    return filesOf(more, call) ?? (input ? { ...AT_ONCE, readsInput: "some" } : AT_ONCE);
  };
}

/** Following /dev/null is a common way to wait forever. */
function readTail(words: Words, call: ProgramCall): ProgramResult {
  if (words.length === 2 && /^-[fF]$/.test(words[0] ?? "") && words[1] === "/dev/null") {
    return { seconds: ENDLESS, because: "never ends", status: "unknown", mayStopMain: false, output: "" };
  }
  if (words.some((word) => word?.startsWith("--pid"))) return unknown("waits until another process ends");
  const follows = words.some((word) => word === undefined || /^-\w*[fF]|^--(?!lines=|bytes=)/.test(word));
  const valued = ["-n", "-c", "-s", "--lines", "--bytes"];
  return follows ? unknown("follows a file") : filter(0, valued, /^(-[nc]|--lines|--bytes)$/)(words, call);
}

/** GNU sed has an `e` command and flag that run programs. */
function readSed(words: Words, call: ProgramCall): ProgramResult {
  const scripts = words.filter((word) => word === undefined || !/^-[nErsi]+$/.test(word)).slice(0, 1);
  const plain = scripts.every(
    (script) =>
      script !== undefined && /^(\d+|\$|\/[^/]*\/)?(s([^\w\s{}])[^{}\n]*\3[gp\d]*|[pdq])$/.test(script),
  );
  const read = filter(1, ["-e", "-f"], /^-[nErsie]$/);
  return plain && !words.includes("-f") ? read(words, call) : unknown("runs a script that is not analysed");
}

/**
 * `system()`, pipes and `getline` in awk run other programs or wait. A script file (`awk -f`) may also run programs or
 * wait.
 */
function readAwk(words: Words, call: ProgramCall): ProgramResult {
  const parsed = parseOptions(words, new Set(["-F", "-v"]));
  const script = parsed?.operands[0];
  const plain =
    script !== undefined &&
    !/system|getline|\||while|for|do\b|func|@|fflush|close/.test(script) &&
    parsed?.options.has("-f") !== true;
  if (!plain || parsed === undefined) return unknown("runs a script that is not analysed");
  const files = parsed.operands.slice(1).filter((word) => word === undefined || !word.includes("="));
  return files.length === 0 ? { ...AT_ONCE, readsInput: "some" } : (filesOf(files, call) ?? AT_ONCE);
}

/** Words of jq filters that may run without end, or read more files. */
const LOOPS =
  /repeat|recurse|range|while|until|limit|reduce|foreach|combinations|input|def|include|import|\.\./;

/** With `-n`, jq reads nothing; without files, jq reads its input to the end. */
function readJq(words: Words, call: ProgramCall): ProgramResult {
  const parsed = parseOptions(words, new Set(), false, new Set(["--raw-output", "--compact-output"]));
  const [filter, ...files] = parsed?.operands ?? [];
  const plain = hasOnly(parsed, /^(-[rcensMCSja]|--\w+-output)$/);
  if (!plain || filter === undefined || LOOPS.test(filter))
    return unknown("runs a filter that is not analysed");
  if (parsed?.options.has("-n")) return AT_ONCE;
  return files.length === 0 ? { ...AT_ONCE, readsInput: "all" } : (filesOf(files, call) ?? AT_ONCE);
}

const MOST_NUMBERS = 2000;
/** If seq writes more numbers than this limit, it takes a measurable time. */
const MANY_NUMBERS = 100_000;

function readSeq(words: Words): ProgramResult {
  if (words.some((word) => word === undefined || !/^-?\d{1,9}$/.test(word)))
    return words.every((word) => /^-?\d{1,3}(\.\d)?$/.test(word ?? "")) &&
      !words.some((word) => /^0(\.0)?$/.test(word ?? ""))
      ? AT_ONCE
      : unknown("may write numbers forever");
  const numbers = words.map(Number);
  const [first, step, last] =
    numbers.length === 1 ? [1, 1, numbers[0]] : numbers.length === 2 ? [numbers[0], 1, numbers[1]] : numbers;
  if (first === undefined || step === undefined || last === undefined || step === 0 || numbers.length > 3)
    return AT_ONCE;
  // Only some versions of seq print a leading zero, so the output is not known.
  if (words.some((word) => /^-?0\d/.test(word ?? ""))) return AT_ONCE;
  const count = Math.max(0, Math.floor((last - first) / step) + 1);
  if (count > MOST_NUMBERS) return count > MANY_NUMBERS ? unknown("writes very many numbers") : AT_ONCE;
  const lines = Array.from({ length: count }, (_, i) => `${first + i * step}\n`);
  return { ...SUCCEEDS, output: lines.join("") };
}

/** `expr A op B` for integers; its status is 1 if the result is 0. */
function readExpr(words: Words): ProgramResult {
  const [a, operator, b] = words;
  if (words.length !== 3 || ![a, b].every((word) => /^-?\d{1,9}$/.test(word ?? ""))) return AT_ONCE;
  const x = Number(a);
  const y = Number(b);
  const results: Readonly<Record<string, number | undefined>> = {
    "+": x + y,
    "-": x - y,
    "*": x * y,
    "/": y === 0 ? undefined : Math.trunc(x / y) || 0,
    "%": y === 0 ? undefined : x % y || 0,
    "<": Number(x < y),
    "<=": Number(x <= y),
    ">": Number(x > y),
    ">=": Number(x >= y),
    "=": Number(x === y),
    "!=": Number(x !== y),
  };
  const result = operator === undefined ? undefined : results[operator];
  if (result === undefined) return AT_ONCE;
  return {
    ...SUCCEEDS,
    status: result === 0 ? "failure" : "success",
    exitStatus: result === 0 ? 1 : undefined,
    output: `${result}\n`,
  };
}
