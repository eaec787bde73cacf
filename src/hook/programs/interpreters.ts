/**
 * Interpreters with a script on the command line, such as `python -c`. A script is analysed only if it is a single
 * sleep of a constant time.
 */
import { exactly } from "../interval.ts";
import { soundsLikeStopping } from "../shell/eval/program.ts";
import type { Program, ProgramResult } from "./program.ts";
import { programs, unknown, type Words } from "./program-result.ts";

interface Language {
  readonly names: readonly string[];
  readonly source: string;
  readonly flag: string;
  readonly summary: string;
  /**
   * Matches the whole text of a plain sleep, without blanks around it; a capture group holds the number. A tenant
   * chooses the text: if two adjacent unbounded pieces could match the same letters, the match would be slow.
   */
  readonly sleep: RegExp;
  readonly secondsOf: (number: number) => number;
}

const asIs = (number: number): number => number;

const LANGUAGES: readonly Language[] = [
  {
    names: ["python", "python2", "python3"],
    source: "Python 3.12 library reference, time.sleep",
    flag: "-c",
    summary: "`import time; time.sleep(N)` takes N s",
    sleep:
      /^(?:import time[ \t]*[;\n]\s*time\.sleep|from time import sleep[ \t]*[;\n]\s*sleep|__import__\((?:'time'|"time")\)\.sleep)\((\d{1,9}(?:\.\d{1,6})?)\)\s*;?$/,
    secondsOf: asIs,
  },
  {
    names: ["perl"],
    source: "perlfunc(1) 5.38, sleep: whole seconds",
    flag: "-e",
    summary: "`sleep N` takes N s",
    sleep: /^sleep(?:\s+(\d{1,9})|\s*\(\s*(\d{1,9})\s*\))\s*;?$/,
    secondsOf: asIs,
  },
  {
    names: ["ruby"],
    source: "Ruby 3.3, Kernel#sleep",
    flag: "-e",
    summary: "`sleep N` takes N s",
    sleep: /^sleep(?:\s+(\d{1,9}(?:\.\d{1,6})?)|\(\s*(\d{1,9}(?:\.\d{1,6})?)\s*\))\s*;?$/,
    secondsOf: asIs,
  },
  {
    names: ["node", "nodejs"],
    source: "Node.js 22, setTimeout: milliseconds; above 2^31 - 1 the timer fires at once",
    flag: "-e",
    summary: "`setTimeout(() => {}, MS)` takes MS / 1000 s",
    sleep:
      /^setTimeout\(\s*(?:\(\)\s*=>\s*(?:\{\s*\}|process\.exit\(\d*\))|function\s*\(\)\s*\{\s*\})\s*,\s*([1-9]\d{0,8})\s*\)\s*;?$/,
    secondsOf: (milliseconds) => milliseconds / 1000,
  },
  {
    names: ["php"],
    source: "PHP 8.3 manual, sleep: whole seconds",
    flag: "-r",
    summary: "`sleep(N);` takes N s",
    sleep: /^sleep\(\s*(\d{1,9})\s*\)\s*;$/,
    secondsOf: asIs,
  },
];

/** Shells with another grammar than bash, dash and busybox. */
const OTHER_SHELLS = ["ksh", "ksh93", "mksh", "zsh", "fish", "csh", "tcsh"];

export const INTERPRETERS: readonly (readonly [string, Program])[] = [
  ...LANGUAGES.flatMap((language) =>
    programs(language.names, language.source, `${language.summary}; not known for any other text`, (words) =>
      readText(language, words),
    ),
  ),
  ...programs(
    OTHER_SHELLS,
    "ksh(1) 93u+m, zsh(1) 5.9",
    "not known: its scripts are not analysed",
    (words) => ({
      ...unknown("is a shell whose scripts are not analysed", words[0] !== "-c" || soundsLikeStopping(words)),
      readsInput: "some",
    }),
  ),
];

function readText(language: Language, words: Words): ProgramResult {
  const [flag, text] = words;
  const number =
    flag === language.flag && words.length === 2 && text !== undefined
      ? language.sleep
          .exec(text.trim())
          ?.slice(1)
          .find((group) => group !== undefined)
      : undefined;
  if (number === undefined) return unknown("runs code that is not analysed", true);
  const time = exactly(language.secondsOf(Number(number)));
  return { seconds: time, because: `takes ${time.min} s`, status: "success", mayStopMain: false, output: "" };
}
