import fc from "fast-check";
import { test } from "tap";
import { budgetOf } from "../../src/hook/budget.ts";
import type { Handler } from "../../src/hook/handler.ts";
import { ENDLESS_SECONDS } from "../../src/hook/interval.ts";
import { PROGRAMS } from "../../src/hook/programs/table.ts";
import { readHook } from "../../src/hook/read-handler.ts";
import { REQUEST_UNITS } from "../../src/hook/rounds.ts";
import { anyText } from "../arbitraries/texts.ts";
import { cases } from "../cases.ts";
import { hangs } from "../cost.ts";
import { readArgv, readBash, readOnly, readSh, shown } from "./helper.ts";
import "../patience.ts";

const MIB = 1024 * 1024;

/**
 * A limit for 4 KiB of any text. The most expensive text costs 35,734 units, because a hook of unknown length is read
 * twice.
 */
const MOST_UNITS_OF_4_KIB = 40_000;

/** The last command before the budget ends may exceed the budget. An excess of 2 % was observed. */
const MOST_UNITS = 1.05 * REQUEST_UNITS;

/** The cost of reading a command, in units of the budget. */
function unitsOf(command: readonly string[]): number {
  const budget = budgetOf(REQUEST_UNITS);
  readHook({ kind: "exec", command }, { env: new Map(), programs: PROGRAMS, budget });
  return REQUEST_UNITS - budget.units;
}

const FAMILIES: Readonly<Record<string, string>> = {
  "(": "(",
  "$(": "$(",
  backquote: "`",
  "{ ": "{ ",
  "single quote": "'",
  "double quote": '"',
  "here-document": "cat <<E\n",
  "nested if": "if a; then ",
  "$((": "$((",
  "$((1+": "$((1+",
  spaces: " ",
  newlines: "\n",
  "a|a": "a|",
  "a;": "a;",
  "a&&": "a&&",
  "f()": "f()",
  "function f": "function f ",
  coproc: "coproc ",
  "<(": "<(",
  "<(x)#": "<(x)#",
  "${x:-": "${x:-",
  "while :; do": "while :; do ",
  "case x in": "case x in x) ",
  "x=x": "x=$x$x;",
  "eval '": 'eval "',
  "[[": "[[ a ",
  "{a,b}": "{a,b}",
  "*": "*",
  backslash: "\\",
  nul: "\0",
  surrogate: "\ud800",
  redirect: ">a",
  word: "w",
};

test("1 MiB of anything gets an answer in time", (t) => {
  const readAll = () => {
    for (const opener of Object.values(FAMILIES)) {
      const text = opener.repeat(Math.ceil(MIB / opener.length));
      for (const argv of [
        ["sh", "-c", text],
        ["bash", "-c", text],
        [text],
        ["sleep", text],
        ["timeout", "5", "sh", "-c", text],
      ]) {
        const reading = readArgv(argv);
        t.ok(reading.seconds.min <= reading.seconds.max && reading.label.length < 100);
      }
    }
  };
  t.notOk(hangs(readAll));
  t.end();
});

test("4 KiB of each kind of hostile text, just below the limits, is read in time", (t) => {
  const readAll = () => {
    for (const opener of Object.values(FAMILIES)) {
      for (const length of [60, 512, 4000]) {
        const text = opener.repeat(Math.ceil(length / opener.length)).slice(0, length);
        for (let round = 0; round < 3; round++) readBash(text);
      }
    }
  };
  t.notOk(hangs(readAll));
  for (const [name, opener] of Object.entries(FAMILIES)) {
    const units = unitsOf(["bash", "-c", opener.repeat(Math.ceil(4000 / opener.length)).slice(0, 4000)]);
    t.ok(units <= MOST_UNITS_OF_4_KIB, `${name}: ${units} units`);
  }
  t.equal(
    shown(readSh(`${"<(".repeat(512)}x${")#".repeat(512)}`)),
    "0-",
    "the worst text of the parser stops at the gate",
  );
  t.end();
});

test("the analysis of a script that computes a lot is given up in time", (t) => {
  const words = "1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0";
  const nested = ["a", "b", "c", "d", "e"].reduce(
    (inner, name) => `for ${name} in ${words}; do ${inner}; done`,
    "x=$((x+1))",
  );
  for (const text of [
    nested,
    "x=a; while :; do x=$x$x; done",
    "i=0; while [ $i -lt 1000000 ]; do i=$((i+1)); done; sleep 3",
    "f() { f; }; f",
    "f() { f | f; }; f",
    "f() { f & f; }; f",
    'while read x; do eval "$x"; done',
    "while chance; do i=x$i; sleep 1 & done; wait",
    "for i in $(seq 2000); do for j in $(seq 2000); do sleep 1 & done; done",
    "n=2000; for i in $(seq $n); do for j in $(seq $n); do sleep 1 & done; done",
    "x=$(x=$(x=$(seq 2000)$(seq 2000))); echo $x",
    "case aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab in *a*a*a*a*a*a*a*a*a*a*a*a*c) sleep 9;; esac",
  ]) {
    let reading = readSh("");
    t.notOk(
      hangs(() => {
        reading = readSh(text);
      }),
      text.slice(0, 50),
    );
    t.ok(reading.seconds.min <= reading.seconds.max);
    const units = unitsOf(["sh", "-c", text]);
    t.ok(units <= MOST_UNITS, `${text.slice(0, 50)}: ${units} units`);
  }
  t.end();
});

const PIECES = [
  "sleep",
  "5",
  "&",
  "|",
  ";",
  "\n",
  "&&",
  "||",
  "(",
  ")",
  "{",
  "}",
  "$(",
  "`",
  "$((",
  "))",
  "if",
  "then",
  "fi",
  "for",
  "in",
  "do",
  "done",
  "while",
  "until",
  "case",
  "esac",
  ";;",
  "x=",
  "$x",
  "${x",
  "}",
  ":-",
  "'",
  '"',
  "\\",
  ">",
  "<",
  "<<E",
  "E",
  "wait",
  "kill",
  "trap",
  "EXIT",
  "exit",
  "return",
  "break",
  "eval",
  "timeout",
  "sh",
  "-c",
  "*",
  "[",
  "]",
  "!",
  "f()",
  "#",
  " ",
  "  ",
  "\t",
  "\0",
  "\ud800",
  "1e309",
  "inf",
  "NaN",
  "-5",
  "0.5",
  "é",
  "set -e",
  "local",
  "read",
  "$@",
  "$?",
  "$!",
  "2>&1",
];

const word = fc.oneof(
  fc.constantFrom(...PIECES),
  anyText(20),
  fc.array(fc.constantFrom(...PIECES), { maxLength: 25 }).map((pieces) => pieces.join(" ")),
  fc.array(fc.constantFrom(...PIECES), { maxLength: 25 }).map((pieces) => pieces.join("")),
);

function isSound(handler: Handler): boolean {
  const reading = readOnly(handler, { N: "3" });
  const { min, max } = reading.seconds;
  const numbers = [reading.seconds, ...reading.parts.map((part) => part.seconds)];
  return (
    numbers.every((each) => each.min >= 0 && each.min <= each.max && each.min <= ENDLESS_SECONDS) &&
    !Number.isNaN(max) &&
    min !== Number.POSITIVE_INFINITY &&
    reading.why.min.length > 0 &&
    reading.why.max.length > 0 &&
    reading.parts.length > 0
  );
}

test("any command, known or not, is read without an exception and without NaN", (t) => {
  const program = fc.constantFrom(
    "sh",
    "bash",
    "sleep",
    "timeout",
    "curl",
    "env",
    "xargs",
    "kill",
    "nginx",
    "python3",
    "powershell",
    "cmd",
    "pg_ctl",
    "kong",
  );
  fc.assert(
    fc.property(fc.array(word, { maxLength: 8 }), (command) => isSound({ kind: "exec", command })),
    { numRuns: cases(1_500) },
  );
  fc.assert(
    fc.property(fc.constantFrom("sh", "bash"), word, (shell, text) =>
      isSound({ kind: "exec", command: [shell, "-c", text] }),
    ),
    { numRuns: cases(3_000) },
  );
  fc.assert(
    fc.property(program, fc.array(word, { maxLength: 6 }), (name, args) =>
      isSound({ kind: "exec", command: [name, ...args] }),
    ),
    { numRuns: cases(2_000) },
  );
  fc.assert(fc.property(fc.double(), (seconds) => isSound({ kind: "sleep", seconds })));
  t.end();
});

test("values that are not a valid command are also read", (t) => {
  for (const command of [
    [],
    [""],
    ["", ""],
    [undefined],
    [5],
    [null],
    [{}],
    Array(10_000).fill("x"),
  ] as unknown as string[][]) {
    t.ok(isSound({ kind: "exec", command }), JSON.stringify(command).slice(0, 30));
  }
  for (const seconds of [-5, 1.5, Number.POSITIVE_INFINITY, Number.NaN, 2 ** 60, -0])
    t.ok(isSound({ kind: "sleep", seconds }), String(seconds));
  t.end();
});
