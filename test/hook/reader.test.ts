import fc from "fast-check";
import { test } from "tap";
import type { Program } from "../../src/hook/programs/program.ts";
import { PROGRAMS } from "../../src/hook/programs/table.ts";
import { type HookToRead, hookReader } from "../../src/hook/reader.ts";
import { readingText, reasonsText } from "../../src/hook/reason-text.ts";
import { FIRST_SHARE, inRounds, REQUEST_UNITS } from "../../src/hook/rounds.ts";
import { cases } from "../cases.ts";
import { readArgv, readSh } from "./helper.ts";

function hookOf(text: string, env: ReadonlyMap<string, string> = new Map()): HookToRead {
  return { handler: { kind: "exec", command: ["sh", "-c", text] }, env };
}

const LOOP = "i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done";

test("a long loop does not make another hook unreadable, in any order of the hooks", (t) => {
  const loop = hookOf(LOOP);
  const plain = hookOf("sleep 45; nginx -s quit");
  for (const hooks of [
    [loop, plain],
    [plain, loop],
  ]) {
    const readings = hookReader(PROGRAMS)(hooks);
    t.same(readings.of(plain.handler, plain.env).seconds, { min: 45, max: 45 });
    t.same(readings.of(loop.handler, loop.env).seconds, { min: 0, max: Number.POSITIVE_INFINITY });
  }
  t.end();
});

test("all of 10,000 different plain hooks are read", (t) => {
  const hooks = Array.from({ length: 10_000 }, (_, i): HookToRead => {
    return { handler: { kind: "exec", command: ["sleep", `${i + 1}`] }, env: new Map() };
  });
  const readings = hookReader(PROGRAMS)(hooks);
  t.ok(hooks.every(({ handler, env }, i) => readings.of(handler, env).seconds.max === i + 1));
  t.end();
});

/** Hooks of every cost, from 13 units to more than the budget of a request. */
const scripts = fc.oneof(
  fc.integer({ min: 1, max: 99 }).map((n) => `sleep ${n}`),
  fc.integer({ min: 1, max: 2000 }).map((n) => `i=0; while [ $i -lt ${n} ]; do i=$((i+1)); sleep 0.01; done`),
  fc.integer({ min: 1, max: 99 }).map((n) => `# ${n}\n${LOOP}`),
);

test("the cost of a request is bounded, and a hook's share does not depend on the order", (t) => {
  const lists = fc.array(fc.integer({ min: 1, max: 2 * REQUEST_UNITS }), { minLength: 1, maxLength: 60 });
  const shuffled = lists.chain((list) =>
    fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
  );
  fc.assert(
    fc.property(shuffled, ([costs, other]) => {
      let units = 0;
      const sharesOf = (list: readonly number[]) => {
        units = 0;
        const readerOf = (cost: number) => (share: number) => {
          units += Math.min(cost, share);
          return { result: share, cost: Math.min(cost, share), finished: cost <= share };
        };
        return inRounds(new Map(list.map((cost) => [`${cost}`, readerOf(cost)])));
      };
      const shares = sharesOf(costs);
      for (const [key, share] of sharesOf(other)) {
        if (shares.get(key) !== share || units > REQUEST_UNITS)
          throw new Error(`${key}: ${share}, ${shares.get(key)}; ${units} units`);
        if (Number(key) <= REQUEST_UNITS / costs.length && Number(key) <= FIRST_SHARE && share < Number(key))
          throw new Error(`${key} is not read with ${share}`);
      }
    }),
    { numRuns: cases(5000) },
  );
  t.end();
});

test("a reading does not depend on the order of hooks or on earlier readings", (t) => {
  const lists = fc.array(scripts, { minLength: 1, maxLength: 20 });
  const shuffled = lists.chain((list) =>
    fc.tuple(
      fc.constant(list),
      fc.shuffledSubarray(list, { minLength: list.length }),
      fc.shuffledSubarray(list),
    ),
  );
  fc.assert(
    fc.property(shuffled, ([list, other, earlier]) => {
      const seconds = (texts: readonly string[], read = hookReader(PROGRAMS)) => {
        const readings = read(texts.map((text) => hookOf(text)));
        return list.map((text) => JSON.stringify(readings.of(hookOf(text).handler, new Map())));
      };
      const warm = hookReader(PROGRAMS);
      for (const text of earlier) warm([hookOf(text)]);
      const cold = seconds(list);
      return [seconds(other), seconds(list, warm), seconds(other, warm)].every(
        (one) => JSON.stringify(one) === JSON.stringify(cold),
      );
    }),
    { numRuns: cases(1000, 60) },
  );
  t.end();
});

test("an error in a program entry is thrown, and a script that is nested too deeply has an unknown time", (t) => {
  const faulty: Program = {
    name: "faulty",
    source: "",
    summary: "",
    read: () => {
      throw new TypeError("a fault of ours");
    },
  };
  const read = hookReader(new Map([["faulty", faulty]]));
  t.throws(() => read([{ handler: { kind: "exec", command: ["faulty"] }, env: new Map() }]), TypeError);
  t.throws(() => read([hookOf("faulty; true")]), TypeError);
  const deep = hookReader(
    new Map([
      [
        "faulty",
        {
          ...faulty,
          read: () => {
            throw new RangeError("stack");
          },
        },
      ],
    ]),
  );
  const hook = hookOf("faulty; true");
  t.equal(deep([hook]).of(hook.handler, hook.env).seconds.max, Number.POSITIVE_INFINITY);
  t.equal(readSh(`${"(".repeat(2000)}:${")".repeat(2000)}`).seconds.max, Number.POSITIVE_INFINITY);
  t.end();
});

test("the reason for the minimum never names a time limit", (t) => {
  const least = (text: string) => reasonsText(readSh(text).why.min);
  t.equal(least("timeout 5 curl -m 3 x; sleep 8"), "sleep 8 takes 8 s");
  t.equal(least("timeout 5 sleep 60; curl -m 3 x"), "timeout 5 sleep 60 takes 5 s");
  t.equal(
    least("timeout -s INT 2 sleep 9 & wait; sleep 1"),
    "timeout -s INT 2 sleep 9 takes at least 2 s, sleep 1 takes 1 s",
  );
  t.equal(least("sleep infinity"), "sleep infinity never ends");
  t.equal(
    reasonsText(readArgv(["kong", "quit", "--wait=15"]).why.min),
    "kong quit --wait=15 takes at least 15 s",
  );
  t.equal(reasonsText(readArgv(["curl", "-m", "5", "x"]).why.min), "curl -m 5 x may end at once");
  t.end();
});

/** The explanation of a hook's time quotes words and commands. In these scripts the quoted words contain $TOKEN. */
const LEAKS = [
  "sleep $TOKEN",
  'sleep "x$TOKEN"',
  "timeout $TOKEN sleep 5",
  "timeout -$TOKEN sleep 5",
  "timeout 5 $TOKEN",
  'sh -c "sleep $TOKEN"',
  'sh -c "$TOKEN"',
  "sh $TOKEN",
  "sh -$TOKEN",
  "sh -c 'sh -c \"sleep $TOKEN\"'",
  "sleep $(echo $TOKEN)",
  "usleep $TOKEN",
  'eval "$TOKEN"',
  'eval "sleep $TOKEN; ./x"',
  'trap "$TOKEN" EXIT; sleep 3',
  'trap "sleep $TOKEN" EXIT; ./x',
  'echo a > "/dev/tcp/$TOKEN/1"',
  'mkfifo "$TOKEN"; cat < "$TOKEN"',
  "kill -$TOKEN 1; sleep 5",
  'cmd /c "$TOKEN"',
  'powershell -c "$TOKEN"',
  "curl $TOKEN",
  "$TOKEN; sleep 20",
  ". $TOKEN",
  "exec $TOKEN",
  "env $TOKEN",
  "f() { sleep $1; }; f $TOKEN",
  'echo "$TOKEN" | sh',
  'for i in $TOKEN; do "$i"; done',
  'sh -c "$TOKEN" && ./x',
  'x=`echo $TOKEN`; eval "$x("',
];

test("the texts of a reading contain no value of an environment variable", (t) => {
  const secrets = fc
    .string({ unit: fc.constantFrom(..."abcQZ079 '\"()$;&|<>{}-/\\=\n"), minLength: 4, maxLength: 30 })
    .map((text) => ({ secret: text, env: `q7${text}` }));
  fc.assert(
    fc.property(
      secrets,
      fc.array(fc.constantFrom(...LEAKS), { minLength: 1, maxLength: 2 }),
      (one, texts) => {
        const value = one.env;
        for (const script of [texts.join("; "), ...texts]) {
          const reading = readSh(script, { TOKEN: value });
          const answer = JSON.stringify(readingText(reading)) + reasonsText(reading.why.max);
          // A shell may split the value into words, so no part of the value may appear either.
          for (const piece of [value, ...value.split(/[\s'"();&|<>{}$\\]+/)])
            if (
              piece.length > 3 &&
              piece.startsWith("q7") &&
              answer.includes(JSON.stringify(piece).slice(1, -1))
            )
              t.fail(`${script} with ${value}: ${answer}`);
        }
      },
    ),
    { numRuns: cases(1000) },
  );
  t.match(readingText(readSh("sleep $TOKEN", { TOKEN: 'a"TAIL' })).cannotRun, {
    because: "sleep fails: an expanded value is not a duration",
  });
  t.end();
});
