import { test } from "tap";
import { type Budget, budgetOf } from "../../src/hook/budget.ts";
import { readDuration } from "../../src/hook/programs/duration.ts";
import { PROGRAMS } from "../../src/hook/programs/table.ts";
import { readHook } from "../../src/hook/read-handler.ts";
import { hookReader } from "../../src/hook/reader.ts";
import type { HookReading } from "../../src/hook/reading.ts";
import { REQUEST_UNITS } from "../../src/hook/rounds.ts";
import { DEEP } from "../cases.ts";
import { hangs } from "../cost.ts";
import "../patience.ts";

const MIB = 1024 * 1024;

/**
 * Earlier versions took between half a second and forever to read the texts of this file. A deep run reads each text
 * three times within the same time limit.
 */
const ROUNDS = DEEP ? 3 : 1;

function isQuick(work: () => unknown): boolean {
  return !hangs(() => {
    for (let round = 0; round < ROUNDS; round++) work();
  });
}

function read(command: readonly string[], budget: Budget, env: ReadonlyMap<string, string> = new Map()) {
  return readHook({ kind: "exec", command }, { env, programs: PROGRAMS, budget });
}

function allOfIt(): Budget {
  return budgetOf(REQUEST_UNITS);
}

function hookOf(text: string) {
  return { handler: { kind: "exec", command: ["sh", "-c", text] }, env: new Map<string, string>() } as const;
}

function isSound({ seconds }: HookReading): boolean {
  return seconds.min >= 0 && seconds.min <= seconds.max;
}

function filled(piece: string, length = 3700): string {
  return piece.repeat(Math.floor(length / piece.length));
}

/**
 * A loop of 1990 iterations. The count is in a variable, because the hook reader multiplies a literal count instead of
 * evaluating each iteration.
 */
function often(body: string): string {
  return `n=1990; for i in $(seq $n); do ${body}\ndone`;
}

const NAMES = Array.from({ length: 600 }, (_, i) => `v${i}=`).join(";");
/** Sets x to a text of 16,384 letters. */
const LONG = `x=aaaaaaaaaaaaaaaa; ${"x=$x$x$x$x$x$x$x$x; ".repeat(3)}x=$x$x; `;
const ARGS = "set -- $(seq 1990); ";

/**
 * Scripts with a command that costs more than its share of the budget. Each script is shorter than 4,096 characters.
 */
const EXPENSIVE: Readonly<Record<string, string>> = {
  fields: often("set -- $(seq 2000)"),
  "fields doubled": 'set -- a b; while chance; do set -- "$@" "$@"; done',
  "list doubled": 'a=(1 2); while chance; do a+=("${a[@]}"); done',
  "text doubled": "x=ab; for i in $(seq 60); do x+=$x; done; echo ${#x}",
  "jobs left": "n=1000; for i in $(seq $n); do chance && x=1 || (sleep 1 & sleep 2 & ) ; done",
  "pipes of functions": "f() { f | f; }; f",
  "variables copied": `${NAMES};${often("chance && x=1")}`,
  "variables piped": `${NAMES};${often(`${"a|".repeat(40)}a`)}`,
  environments: `${NAMES};${often("sh -c a")}`,
  "text evaluated": `x='${filled("a=1;")}'; ${often('eval "$x"')}`,
  "text in shells": `x='${filled("a=1;")}'; ${often('sh -c "$x"')}`,
  "errors on each line": filled("if\n", 4000),
  trap: often(`(trap '${filled("a=1;", 3000)}' EXIT)`),
  replaced: LONG + often("y=${x//a/bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb}"),
  cut: LONG + often("y=${x%*aaa*ab}"),
  case: LONG + often("case $x in *$x*b) ;; esac"),
  "many patterns": often(`case a in ${filled("*b) ;; ")}esac`),
  lengths: LONG + often(`y=${filled("${#x}")}`),
  split: LONG + often(`echo ${filled("$x ")}`),
  joined: LONG + often(`echo ${filled('"$x" ')}`),
  newlines: `x='${"\n".repeat(1000)}b'; x=$x$x$x$x$x$x$x$x$x$x$x$x$x$x$x; ${often('y=$(echo "$x")')}`,
  printf: LONG + often(`printf "$x%s" ${filled("a ", 3000)}`),
  arithmetic: often(`: $((${filled("1+")}1))`),
  positions: ARGS + often(`: ${filled("${1990}", 3500)}`),
  "all words": ARGS + often(`: ${filled('"$*" ', 3500)}`),
  braces: often(`echo ${filled("{1..999} ")}`),
  "unset names": often(`set -u; echo ${filled("$q", 3500)}`),
  tested: often(`[ ${filled("a -a ")}a ]`),
  "read-only": often(`readonly ${filled("a ")}`),
  redirected: often(`: ${filled(">a ")}`),
  elif: often(`if $q; then a=1;${filled("elif $q; then b=1;", 3600)}fi`),
  wrapped: often(`${filled("env ", 3600)}true`),
};

test("the analysis of an expensive script stops at the budget of its request", (t) => {
  for (const [name, text] of Object.entries(EXPENSIVE)) {
    t.ok(text.length <= 4096, name);
    for (const shell of ["sh", "bash"]) {
      const work = () => t.ok(isSound(read([shell, "-c", text], allOfIt())), name);
      t.ok(isQuick(work), `${shell}: ${name}`);
    }
  }
  t.end();
});

test("a thousand endless scripts leave other scripts their share of the budget", (t) => {
  const texts = Object.values(EXPENSIVE);
  const hooks = Array.from({ length: 1000 }, (_, i) => hookOf(`${texts[i % texts.length]}\n#${i}`));
  const short = hookOf("sleep 45; nginx -s quit");
  for (const all of [
    [...hooks, short],
    [short, ...hooks],
  ])
    t.same(hookReader(PROGRAMS)(all).of(short.handler, short.env).seconds, { min: 45, max: 45 });
  t.end();
});

test("every kind of work is charged to the budget", (t) => {
  const spent = (text: string): number => {
    const budget = allOfIt();
    read(["bash", "-c", text], budget);
    return REQUEST_UNITS - budget.units;
  };
  const pairs: readonly (readonly [string, string])[] = [
    ["set -- $(seq 200)", "set -- $(seq 1000)"],
    ["seq 100 >a", "seq 2000 >a"],
    [": $((1+1))", `: $((${"1+".repeat(50)}1))`],
    ["echo $q", `echo ${"$q ".repeat(50)}`],
    ["a | a", `${"a | ".repeat(20)}a`],
    ["sleep 1", `sleep ${"1 ".repeat(100)}`],
    ["x=1; (:)", `${NAMES}; (:)`],
    [": >a", `: ${">a ".repeat(100)}`],
    ["set -- a", `set -- ${"a ".repeat(300)}`],
    [": $1", `${ARGS}: ${"$1".repeat(9)}`],
    [`${ARGS}: $#`, `${ARGS}: ${'"$*" '.repeat(40)}`],
    [":;".repeat(50), `${NAMES.slice(0, 300)}${":;".repeat(50)}`],
    ["case a in b) ;; esac", `case a in ${"b) ;; ".repeat(60)} esac`],
  ];
  for (const [few, many] of pairs)
    t.ok(spent(many) > 1.5 * spent(few), `${spent(few)}, ${spent(many)}: ${few}`);
  const evaluated = (turns: number): number =>
    spent(`x='${"a=1;".repeat(200)}'; for i in $(seq ${turns}); do eval "$x"; done`);
  t.ok(evaluated(3) - evaluated(2) > 200, "what eval reads");
  t.end();
});

test("a plain hook costs under 1 % of the budget", (t) => {
  for (const text of [
    "sleep 15 && nginx -s quit",
    "for i in 1 2 3; do sleep 1; done; kill -TERM $(pidof app)",
  ]) {
    const budget = allOfIt();
    read(["sh", "-c", text], budget);
    t.ok(budget.units > 0.99 * REQUEST_UNITS, text);
  }
  t.end();
});

test("a large environment is not copied for each command", (t) => {
  const env = new Map(Array.from({ length: 60_000 }, (_, i) => [`NAME_${i}`, "value"]));
  const text = "x=1990; for i in $(seq $x); do touch a; done; sh -c 'sleep $NAME_1x' ";
  t.ok(isQuick(() => read(["sh", "-c", text], allOfIt(), env)));
  t.same(read(["sh", "-c", "N=7; sh -c 'sleep $N'"], allOfIt(), new Map([["N", "3"]])).seconds, {
    min: 7,
    max: 7,
  });
  t.same(
    read(["sh", "-c", "N=7; sh -c 'sleep $N'"], allOfIt()).seconds,
    { min: 0, max: Number.POSITIVE_INFINITY },
    "not exported",
  );
  t.end();
});

const SPACES = " ".repeat(MIB);
const DIGITS = "1".repeat(MIB);

/** Commands with an argument of 1 MiB, which mostly ends in an invalid character. */
const LONG_WORDS: readonly (readonly string[])[] = [
  ["perl", "-e", `sleep 5${SPACES}x`],
  ["perl", "-e", `sleep${SPACES}x`],
  ["python3", "-c", `import time;time.sleep(5)${SPACES}x`],
  ["python3", "-c", `import time${"\n".repeat(MIB)}x`],
  ["ruby", "-e", `sleep 5${SPACES}x`],
  ["ruby", "-e", `sleep${SPACES}x`],
  ["node", "-e", `setTimeout(()=>{},5)${SPACES}x`],
  ["node", "-e", `setTimeout(()${SPACES}x`],
  ["php", "-r", `sleep(5)${SPACES}x`],
  ["sleep", `${DIGITS}!`],
  ["sleep", `${SPACES}x`],
  ["sleep", `1e${DIGITS}!`],
  ["timeout", `${DIGITS}!`, "a"],
  ["timeout", `-k${DIGITS}!`, "1", "a"],
  ["curl", "-m", `${DIGITS}!`],
  ["sed", `s${"g".repeat(MIB)}x`],
  ["sed", `s/${"/".repeat(MIB)}x`],
  ["sed", `/${"/".repeat(MIB)}x`],
  ["awk", "getlin".repeat(MIB / 6)],
  ["tail", "-f".repeat(MIB / 2)],
  ["cat", `/proc/${"/fd".repeat(MIB / 3)}`],
  ["powershell", "-c", `sleep ${SPACES}x`],
  ["powershell", "-c", `${"sleep 1;".repeat(MIB / 8)}x`],
  ["cmd", "/c", `timeout /t ${SPACES}x`],
  ["cmd", "/c", `${">".repeat(MIB)}x`],
  ["cmd", "/c", `>${SPACES}x`],
  ["kong", "quit", "-t", `${DIGITS}!`],
  ["env", `${"a".repeat(MIB)}`, "x"],
  ["killall", `-${"w".repeat(MIB)}!`],
  ["seq", DIGITS],
  ["expr", DIGITS, "+", DIGITS],
  ["nice", `-${DIGITS}!`],
  ["curl", "-m", "5", "-F", `${"=".repeat(MIB)}@`, "-d", `@${SPACES}`, `${"a".repeat(MIB)}://`],
  ["wget", `-qO-${DIGITS}`, `${"/".repeat(MIB)}!`],
  ["powershell", `${"'\"".repeat(MIB / 2)}`],
  ["powershell", `${"; x.ex".repeat(MIB / 8)}`],
  ["iptables", `-s${SPACES}`, `${" -s 1".repeat(MIB / 8)}`],
  ["ss", `${"dst 1 ".repeat(MIB / 8)}`],
  ["mv", `${"/a*".repeat(MIB / 4)}`, "x"],
  ["nsenter", `-${"a".repeat(MIB)}!`, "kill", "1"],
  ["gateway", "sleep", "--duration", `${"1s".repeat(MIB / 2)}!`],
  ["jq", `${".".repeat(MIB)}`],
];

test("words of 1 MiB take linear time in each program reader, and the budget ends them early", (t) => {
  for (const [name = "", ...words] of LONG_WORDS) {
    const program = PROGRAMS.get(name);
    const call = {
      command: () => read([], allOfIt()),
      elsewhere: () => read([], allOfIt()),
      wordsVary: false,
      background: false,
      ignoresSignals: false,
    };
    const label = `${name} ${words.map((word) => word.slice(0, 20).trim()).join(" ")}`;
    t.ok(
      isQuick(() => program?.read(words, call as never)),
      label,
    );
    t.ok(
      isQuick(() => t.ok(isSound(read([name, ...words], allOfIt())))),
      label,
    );
    const shorter = words.map((word) => (word.length > 4000 ? word.slice(-4000) : word));
    t.ok(
      isQuick(() => t.ok(isSound(read([name, ...shorter], allOfIt())))),
      label,
    );
  }
  t.ok(isQuick(() => readDuration(`${DIGITS}.${DIGITS}!`)));
  for (const word of [`sleep 5${" ".repeat(4000)}x`, `\n${"\n ".repeat(2000)}x`, `"${"/".repeat(4000)}$`])
    t.ok(
      isQuick(() => read(["sh", "-c", word], allOfIt())),
      word.slice(0, 8),
    );
  t.end();
});

test("the time of a command with a word above the length limit is unknown", (t) => {
  const unknown = { min: 0, max: Number.POSITIVE_INFINITY };
  t.same(read(["sleep", "1".padStart(5000, "0")], allOfIt()).seconds, unknown);
  t.same(read(["sh", "-c", `${LONG}touch "$x"; sleep 3`], allOfIt()).seconds, unknown);
  t.same(read(["sleep", "1".padStart(4000, "0")], allOfIt()).seconds, { min: 1, max: 1 });
  t.end();
});

test("the result of a condition above a cost limit is unknown", (t) => {
  const doubled = (first: string, again: string, times: number) => `${first}; ${`${again}; `.repeat(times)}`;
  for (const text of [
    `${LONG}case $x in *$x*b) sleep 3;; esac`,
    `${LONG}y=\${x//a/bbbb}; [ \${#y} = 65536 ] && sleep 3`,
    `${doubled("x=ab", "x+=$x", 15)}[ \${#x} = 65536 ] && sleep 3`,
    `[ ${"a -a ".repeat(100)}a ] && sleep 3`,
  ])
    t.same(read(["bash", "-c", text], allOfIt()).seconds, { min: 0, max: 3 }, text.slice(-60));
  const limit = read(["curl", "-m", "3", `-${"s".repeat(100)}`, "u"], allOfIt()).seconds;
  t.equal(limit.max, Number.POSITIVE_INFINITY);
  const words = `${doubled("set -- a b", 'set -- "$@" "$@"', 12)}sleep 3`;
  t.equal(read(["sh", "-c", words], allOfIt()).seconds.max, Number.POSITIVE_INFINITY);
  t.end();
});

test("a script in the command is charged only once", (t) => {
  const spent = (text: string): number => {
    const budget = allOfIt();
    read(["sh", "-c", text], budget);
    return REQUEST_UNITS - budget.units;
  };
  t.equal(spent("sleep 3 ".padEnd(12 + 400, "#")) - spent("sleep 3 ".padEnd(12, "#")), 100);
  t.end();
});
