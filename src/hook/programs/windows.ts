/** Hooks of Windows containers: PowerShell and cmd. */
import { atMost, between, type Interval, NO_TIME, plus } from "../interval.ts";
import type { Program, ProgramResult } from "./program.ts";
import { programs, unknown, type Words, within } from "./program-result.ts";

export const WINDOWS_PROGRAMS: readonly (readonly [string, Program])[] = [
  ...programs(
    ["powershell", "powershell.exe"],
    "about_PowerShell_exe 5.1, Start-Sleep",
    "for commands (`-c`, `-Command`, or no option) the sum of their `Start-Sleep` (or `sleep`) with constant times; not known with other commands that may take time",
    (words) => readPowerShell(words, true),
  ),
  ...programs(
    ["pwsh", "pwsh.exe"],
    "about_Pwsh 7.4, Start-Sleep",
    "with `-c` or `-Command` like powershell; not known otherwise, because it runs a file",
    (words) => readPowerShell(words, false),
  ),
  ...programs(
    ["cmd", "cmd.exe"],
    "Windows commands: cmd, timeout, ping",
    "at most N s for `/c timeout /t N` (which fails at once without a console) and for `/c ping -n N 127.0.0.1`",
    readCmd,
  ),
];

/** Options of PowerShell that take a value. */
const VALUED =
  /^-(ExecutionPolicy|ep|ex|Version|InputFormat|OutputFormat|WindowStyle|w|PSConsoleFile|WorkingDirectory|wd)$/i;
const FLAGS = /^-(NoProfile|nop|NonInteractive|noni|NoLogo|nol|Sta|Mta|Login|l)$/i;

function readPowerShell(words: Words, commandByDefault: boolean): ProgramResult {
  const rest = behindOptions(words);
  const [first = ""] = rest;
  const named = /^[-/](c|Command)$/i.test(first);
  const bare = commandByDefault && /^[a-z]/i.test(first);
  const text = named ? rest.slice(1) : bare ? rest : [];
  if (text.length === 0 || text.includes(undefined)) return unknown("runs an unknown command", true);
  return readCommands(text.join(" "));
}

/**
 * Whether brackets match and quotes are closed: PowerShell runs nothing of a text with a syntax error. Characters
 * outside ASCII may be quotes in PowerShell, so they are refused.
 */
function mayParse(text: string): boolean {
  const plain = text.replace(/'[^']*'|"[^"]*"/g, "");
  const pairs = [/[(]/g, /[)]/g, /[{]/g, /[}]/g, /[[]/g, /[\]]/g].map(
    (bracket) => plain.match(bracket)?.length ?? 0,
  );
  return (
    /^[\t\n\r -~]*$/.test(text) && !/['"]/.test(plain) && pairs.every((count, i) => count === pairs[i ^ 1])
  );
}

/**
 * A text with one of the characters in this pattern is more than a sequence of commands (about_Parsing,
 * about_CommonParameters).
 */
const CONTROL = /[&|{}()[\]$`@<>#]|--%|\s-E(A|rror\w*)\b/i;

/** Compiled cmdlets and programs: after their errors, the next command still runs (about_Throw). */
const GOES_ON =
  /^((Get|Set|Stop|Start|Restart)-Service|(Get|Stop|Wait)-Process|Invoke-(WebRequest|RestMethod)|(Get|New|Set|Add|Remove|Copy|Move|Rename|Clear|Test)-(Item|Content|Path)|Out-File|net|iisreset|taskkill|nginx|\S+\.exe)(\s|$)/i;
const WRITES = /^(Write-(Host|Output)|echo)(\s|$)/i;
const STOPPING = /stop|quit|shut|kill|term|exit|iisreset|restart|reload/i;

/** One command of a text: its time, or why its time is not known. */
type Step =
  | { readonly time: Interval }
  | { readonly because: string; readonly isFollowed: boolean; readonly stops: boolean };

function stepOf(command: string): Step {
  const time = command === "" ? NO_TIME : startSleep(command);
  if (time !== undefined) return { time };
  if (CONTROL.test(command)) return NOT_FOLLOWED;
  if (WRITES.test(command)) return { time: NO_TIME };
  return GOES_ON.test(command)
    ? { because: "has no time limit", isFollowed: true, stops: STOPPING.test(command) }
    : NOT_FOLLOWED;
}

const NOT_FOLLOWED: Step = { because: "is not analysed", isFollowed: false, stops: true };

/**
 * Reads a PowerShell text command by command. After a command that may stop the main process, the lower bound does not
 * grow. The expected time (`known`) is the sum of the sleeps.
 */
function readCommands(text: string): ProgramResult {
  if (!mayParse(text)) return unknown("runs an unknown command", true);
  let total: Interval = NO_TIME;
  let unlimited: Pick<ProgramResult, "because" | "runs"> | undefined;
  let stopsMainAfter: number | undefined;
  for (const piece of text.match(/(?:"[^"]*"|'[^']*'|[^;\n\r"'])+/g) ?? []) {
    const command = piece.trim();
    const step = stepOf(command);
    if ("time" in step) {
      total = plus(total, stopsMainAfter === undefined ? step.time : atMost(step.time));
      continue;
    }
    unlimited ??= { because: step.because, runs: command };
    if (step.stops) stopsMainAfter ??= total.min;
    if (!step.isFollowed) break;
  }
  if (unlimited === undefined) return within(total, `takes ${total.max} s`);
  const reading = within({ min: total.min, max: Number.POSITIVE_INFINITY }, "", stopsMainAfter !== undefined);
  return { ...reading, ...unlimited, known: { seconds: total.max }, stopsMainAfter };
}

function behindOptions(words: Words): Words {
  let i = 0;
  for (;;) {
    const word = words[i] ?? "";
    if (FLAGS.test(word)) i += 1;
    else if (VALUED.test(word)) i += 2;
    else return words.slice(i);
  }
}

/** Windows PowerShell 5.1 rounds to whole seconds; PowerShell 7 accepts fractions. */
function startSleep(statement: string): Interval | undefined {
  const match =
    /^(?:Start-Sleep|sleep)\s+(?:-(s|sec|seconds|m|ms|milliseconds)[\s:]+)?["']?(\d{1,9}(?:\.\d{1,6})?)["']?$/i.exec(
      statement,
    );
  if (match === null) return undefined;
  const [, unit, number] = match;
  if (/^sleep\s+-/i.test(statement)) return undefined;
  const value = Number(number);
  if (/^m/i.test(unit ?? "")) return between(value / 1000, value / 1000);
  return between(Math.floor(value), Math.ceil(value));
}

function readCmd(words: Words): ProgramResult {
  const at = words.findIndex((word) => /^\/c$/i.test(word ?? ""));
  const text = words.slice(at + 1);
  if (at < 0 || text.includes(undefined) || text.length === 0)
    return unknown("runs an unknown command", true);
  const line = text.join(" ").replaceAll(/\d?>\s*(nul|&1)\b/gi, "");
  let total: Interval = NO_TIME;
  for (const step of line.split(/&&|&/)) {
    const time = cmdStep(step.trim());
    if (time === undefined) return { ...unknown("has no time limit", true), runs: step.trim() };
    total = plus(total, time);
  }
  return within(total, `takes at most ${total.max} s`);
}

/** `timeout` needs a console, which an exec does not have: "Input redirection is not supported". */
function cmdStep(part: string): Interval | undefined {
  const limit = /^timeout(?:\.exe)?\s+(?:\/nobreak\s+)?(?:\/t\s+)?(\d{1,6})(?:\s+\/nobreak)?$/i.exec(
    part,
  )?.[1];
  if (limit !== undefined) return between(0, Number(limit));
  // ping sends one echo request each second, and the first at once. A ping of the local machine succeeds.
  const pings =
    /^ping(?:\.exe)?\s+(?:-n\s+(\d{1,6})\s+(?:127\.0\.0\.1|localhost)|(?:127\.0\.0\.1|localhost)\s+-n\s+(\d{1,6}))$/i.exec(
      part,
    );
  const count = pings === null ? undefined : Number(pings[1] ?? pings[2]);
  return count === undefined || count === 0 ? undefined : between(0, count);
}
