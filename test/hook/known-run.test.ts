import { test } from "tap";
import { ENDLESS_SECONDS } from "../../src/hook/interval.ts";
import { cases } from "../cases.ts";
import { grow } from "./grammar.ts";
import { readArgv, readBash, readSh, shown } from "./helper.ts";
import "../patience.ts";

/**
 * A script, the bounds of its time, and its known run: the time that its author seems to intend. `unknown`, `other` and
 * paths are programs of unknown length.
 */
const ROWS: readonly (readonly [text: string, bounds: string, known: number])[] = [
  // In the known run, a program with a time limit takes the whole limit. A program without a time limit takes its
  // minimum time.
  ["timeout 5 unknown; sleep 3", "3-8", 8],
  ["timeout 60 /x.sh; /opt/y", "0-", 60],
  ["timeout -s USR1 60 /x.sh", "0-", 60],
  ["curl localhost:8080/quit; sleep 60", "0-", 60],
  ["sleep 5; sleep $(unknown)", "5-", 5],
  ["sleep infinity", `${ENDLESS_SECONDS}-`, ENDLESS_SECONDS],
  ["sleep infinity; unknown; sleep 5", `${ENDLESS_SECONDS}-`, ENDLESS_SECONDS],
  // If a condition is unknown, the known run takes the longer branch.
  ["unknown || sleep 60", "0-", 60],
  ["unknown && sleep 60", "0-", 60],
  ["if unknown; then sleep 10; else sleep 50; fi", "10-", 50],
  ["case $(unknown) in a) sleep 5;; b) sleep 9;; esac", "0-", 9],
  ["if unknown; then d=10; else d=50; fi; sleep $d", "10-", 50],
  ["if [ -x /drain ]; then /drain; else sleep 10; fi", "0-", 10],
  // In the known run, a loop makes all its iterations if their number is known. Otherwise the loop makes the minimum,
  // but at least one iteration.
  ["while unknown; do sleep 5; done", "0-", 5],
  ["for i in $(unknown); do sleep 5; done", "0-", 5],
  ["for i in a b $(unknown); do sleep 5; done", "10-", 10],
  ["for i in 1 2 3; do unknown && break; sleep 15; done", "0-", 45],
  ["i=0; while [ $i -lt 10 ] && unknown; do sleep 2; i=$((i+1)); done", "0-", 20],
  ["i=0; until unknown || [ $i -ge 6 ]; do sleep 5; i=$((i+1)); done", "0-", 30],
  ["while unknown; do sleep 5; i=$((i+1)); done", "0-", 5],
  ["until timeout 2 unknown; do sleep 1; done", "0-", 5],
  ["while true; do unknown && break; sleep 5; done", "0-", 5],
  ["while true; do sleep 5; unknown && break; done; sleep 1", "6-", 6],
  ["while true; do if unknown; then exit 0; fi; sleep 2; done; sleep 9", "0-", 2],
  ["f() { while true; do unknown && return; sleep 2; done; }; f; sleep 9", "9-", 11],
  ["while unknown; do while unknown; do sleep 3; done; done", "0-", 3],
  ["while unknown; do continue; sleep 2; done; sleep 2", "2-", 2],
  ["set -e; while true; do unknown; sleep 1; done", "0-", ENDLESS_SECONDS],
  ["while true; do sleep 5; done; unknown", `${ENDLESS_SECONDS}-`, ENDLESS_SECONDS],
  [
    "end=$(($(date +%s) + 60)); while [ $(date +%s) -lt $end ]; do unknown || exit 0; sleep 1; done",
    "0-",
    61,
  ],
  ["i=30; while [ $i -gt 0 ]; do sleep 1; readonly i; done", "1-", 1],
  // Loops with a counter that only some iterations increase.
  ["n=0; while unknown; do if other; then n=$((n+1)); fi; sleep 5; done; sleep 60", "60-", 65],
  [
    "n=0; while true; do unknown && break; other || n=$((n+1)); [ $n -ge 6 ] && break; sleep 5; done",
    "0-",
    5,
  ],
  [
    "n=0; i=0; while [ $i -lt 100 ]; do unknown && break; other || n=$((n+1)); i=$((i+1)); sleep 5; done",
    "0-",
    500,
  ],
  // Loops with a counter that is only printed.
  [
    'n=0; while :; do a=$(unknown | grep b); [ "$a" = 0 ] && break; n=$((n+1)); echo "$n: $a"; sleep 2; done; sleep 60',
    "60-",
    62,
  ],
  [
    'n=0; while :; do n=$((n+1)); echo "turn $n"; a=$(other | cut -c1); if [ "$a" = 0 ]; then exit; fi; sleep 5; done',
    "0-",
    5,
  ],
  ["for a in x y z; do n=0; while unknown $a; do n=$((n + 1)); sleep 1; done; done; sleep 60", "60-", 63],
  // A counter ends the loop, after more iterations than the hook reader evaluates one by one.
  [
    "n=0; while :; do unknown && break; n=$((n+1)); echo $n; case $n in 90) break ;; esac; sleep 1; done",
    "0-",
    89,
  ],
  ['n=0; while :; do unknown && exit; n=$((n+1)); [ "$(echo $n)" = 90 ] && break; sleep 1; done', "0-", 89],
  ["f() { [ $n = 90 ]; }; n=0; while :; do unknown && exit; n=$((n+1)); f && break; sleep 1; done", "0-", 89],
  // A failing command or a signal does not end the known run. `exit`, `return` and `exec` end the known run.
  ["kill -QUIT 1; sleep 60; /opt/x", "0-", 60],
  ["set -e; unknown; sleep 40", "0-", 40],
  ["set -e; unknown; false; sleep 40", "0-", 0],
  ["set -e; unknown; { echo a; echo b; } | while read x; do sleep 5; false; done; sleep 7", "0-", 5],
  ["unknown; exit 0; sleep 60", "0-", 0],
  ["exec unknown; sleep 60", "0-", 0],
  ["trap 'sleep 30' EXIT; unknown", "30-", 30],
  // The time of a background job is included if the script waits for the job or the job keeps the output open.
  ["unknown & sleep 60; wait", "60-", 60],
  ["sleep 60 & unknown; wait", "60-", 60],
  ["sleep 60 & unknown", "0-", 60],
  ["sleep 60 >/dev/null 2>&1 & unknown", "0-", 0],
  ["sh -c 'sleep 60 & unknown'; sleep 5", "5-", 60],
  ["tail -f /dev/null & sleep 5; kill $!; wait", "5-", 5],
  // Functions, nested shells, and constructs that the hook reader does not evaluate.
  ["f() { sleep 60; }; unknown; f", "60-", 60],
  ["nice sh -c 'unknown; sleep 60'", "60-", 60],
  ["sh -c 'unknown && sleep 60'; sleep 1", "1-", 61],
  ["timeout 60 sh -c 'unknown; sleep 5' && unknown", "5-", 65],
  ["readonly x; sleep 60; unknown", "0-", 60],
  ["$CMD; sleep 60", "0-", 60],
];

test("the known run of each row is right and lies inside the bounds", (t) => {
  for (const [text, bounds, known] of ROWS) {
    const reading = readSh(text);
    t.equal(`${shown(reading)} ${reading.known}`, `${bounds} ${known}`, text);
  }
  t.end();
});

test("`wait -n` with a job of unknown length adds nothing to the known run", (t) => {
  t.equal(readBash("sleep 60 & unknown & wait -n").known, 0);
  t.equal(readBash("sleep 60 & sleep 5 & wait -n; unknown").known, 60, "the sleep keeps the output open");
  t.end();
});

test("the known run of a text that only bash can read is the run in bash", (t) => {
  const reading = readSh("for i in {1..5}; do sleep 2; done");
  t.equal(`${shown(reading)} ${reading.known}`, "0- 10");
  t.end();
});

test("a default value is used unless env sets the variable", (t) => {
  const text = "sleep ${DELAY:-45}";
  t.equal(readSh(text).known, 45);
  t.equal(readSh(text, { DELAY: "7" }).known, 7);
  t.equal(
    readSh(text, { DELAY: undefined }).known,
    0,
    "set by valueFrom, or to a value that the kubelet expands",
  );
  t.equal(readSh(`sh -c '${text}'; unknown`, { DELAY: undefined }).known, 0);
  t.equal(readSh("sleep $DELAY").known, 0);
  t.equal(readSh(`DELAY=$(unknown); ${text}`).known, 0);
  t.end();
});

test("hooks without a shell have a known run, too", (t) => {
  t.equal(readArgv(["pg_ctl", "stop", "-D", "/data"]).known, 60, "the default of -t");
  t.equal(readArgv(["timeout", "-s", "USR1", "60", "/drain.sh"]).known, 60);
  t.equal(readArgv(["nice", "sh", "-c", "sleep 40 & unknown"]).known, 40);
  t.equal(readArgv(["/drain.sh", "40"]).known, 0);
  t.end();
});

/** The number of random hooks, from the grammar of the differential test. */
const HOOKS = cases(2000, 300);

test("an unknown command before or after a hook does not shorten the known run", (t) => {
  const less: string[] = [];
  for (let seed = 1; seed <= HOOKS; seed++) {
    const { text, bash } = grow(seed);
    // Hooks with a deadline are skipped, because `date +%s` prints whole seconds, but the known run can have fractions.
    if (text.includes("date +%s")) continue;
    const read = bash ? readBash : readSh;
    for (const more of [`/opt/unknown\n${text}`, `${text}\n/opt/unknown`])
      if (read(more).known < read(text).known) less.push(more);
  }
  t.same(less, []);
  t.end();
});
