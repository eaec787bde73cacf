/** Hooks of Windows containers: PowerShell and cmd. */
import { between, type Interval, NO_TIME, plus } from "../interval.ts";
import type { Program, ProgramResult } from "./program.ts";
import { programs, unknown, type Words, within } from "./program-result.ts";

export const WINDOWS_PROGRAMS: readonly (readonly [string, Program])[] = [
  ...programs(
    ["powershell", "powershell.exe"],
    "about_PowerShell_exe 5.1, Start-Sleep",
    "a command (`-c`, `-Command`, or without an option) of nothing but `Start-Sleep` (or its alias `sleep`) of constant times: their sum",
    (words) => readPowerShell(words, true),
  ),
  ...programs(
    ["pwsh", "pwsh.exe"],
    "about_Pwsh 7.4, Start-Sleep",
    "the same with `-c` or `-Command`; without, it runs a file",
    (words) => readPowerShell(words, false),
  ),
  ...programs(
    ["cmd", "cmd.exe"],
    "Windows commands: cmd, timeout, ping",
    "`/c timeout /t N` at most N s (it fails at once without a console); `/c ping -n N 127.0.0.1` at most N s",
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
  if (text.length === 0 || text.includes(undefined)) return unknown("runs something that is not known", true);
  const statements = text.join(" ").split(";");
  return inTurn(
    statements.filter((each) => each.trim() !== ""),
    startSleep,
    "takes",
  );
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

/** One step after the other. A step whose time is not known makes the whole unknown. */
function inTurn(
  steps: readonly string[],
  timeOf: (step: string) => Interval | undefined,
  verb: string,
): ProgramResult {
  let total: Interval = NO_TIME;
  for (const step of steps) {
    const time = timeOf(step.trim());
    if (time === undefined) return { ...unknown("is not known", true), runs: step.trim() };
    total = plus(total, time);
  }
  return within(total, `${verb} ${total.max} s`);
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
    return unknown("runs something that is not known", true);
  const line = text.join(" ").replaceAll(/\d?>\s*(nul|&1)\b/gi, "");
  return inTurn(line.split(/&&|&/), cmdStep, "takes at most");
}

/** `timeout` needs a console, which an exec does not have: "Input redirection is not supported". */
function cmdStep(part: string): Interval | undefined {
  const limit = /^timeout(?:\.exe)?\s+(?:\/nobreak\s+)?(?:\/t\s+)?(\d{1,6})(?:\s+\/nobreak)?$/i.exec(
    part,
  )?.[1];
  if (limit !== undefined) return between(0, Number(limit));
  // One echo request each second, the first at once. The local machine answers, if the image has ping.
  const pings =
    /^ping(?:\.exe)?\s+(?:-n\s+(\d{1,6})\s+(?:127\.0\.0\.1|localhost)|(?:127\.0\.0\.1|localhost)\s+-n\s+(\d{1,6}))$/i.exec(
      part,
    );
  const count = pings === null ? undefined : Number(pings[1] ?? pings[2]);
  return count === undefined || count === 0 ? undefined : between(0, count);
}
