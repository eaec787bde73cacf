import t, { type Test } from "tap";
import type { Decision, Mode } from "../../src/admission/decision.ts";
import { readReview } from "../../src/admission/review.ts";
import { validate } from "../../src/admission/validate.ts";
import { DEFAULT_CONFIGURATION } from "../../src/policy/configuration/defaults.ts";
import { namespaceOf } from "../../src/policy/model/namespace.ts";
import { readNamespace } from "../../src/policy/settings/namespace.ts";
import { resolveSettings } from "../../src/policy/settings/resolve.ts";
import { CONTEXT, podOf, reviewOf, shellHook, subjectOf } from "../reviews.ts";

/** Every value of gracekeeper's labels and annotations is either used or reported as invalid, but never both. */

const PREFIX = "gracekeeper.dev/";
const HUGE = "7".repeat(256 * 1024);

/** Values that are not whole numbers in ASCII digits. */
const NO_NUMBERS: readonly string[] = [
  "",
  " ",
  "-1",
  "-0",
  "+5",
  "5.0",
  "0.5",
  ".5",
  "5.",
  "1e3",
  "1E3",
  " 5",
  "5 ",
  "5\n",
  "5\u00a0",
  "0x10",
  "0b1",
  "0o7",
  "1,000",
  "1 000",
  "1_000",
  "1'000",
  "5s",
  "5m",
  "5sec",
  "1h30m",
  "PT5S",
  "ten",
  "NaN",
  "Infinity",
  "-Infinity",
  "null",
  "undefined",
  "true",
  "[5]",
  "{}",
  '"5"',
  "\u0665",
  "\u0661\u0660",
  "\uff15",
  "\u2165",
  "\u00bd",
  "5\u200b",
  "\u202e5",
  "5\u0000",
  "\u001b[31m5",
  "\u{1f550}",
  "__proto__",
  "constructor",
  "5-10",
  "5;",
  "5,",
  "99999999999999999999",
  HUGE,
];

const RANGES: Readonly<Record<string, readonly [min: number, max: number]>> = {
  "shutdown-seconds": [0, 86_400],
  "prestop-sleep-seconds": [1, 3600],
  "max-grace-seconds": [1, 2_147_483_647],
};

function decide(
  annotations: Record<string, string>,
  labels: Record<string, string> = {},
  mode: Mode = "enforce",
): Decision {
  return validate(
    readReview(reviewOf(podOf({ containers: [shellHook("/drain.sh")] }, { annotations, labels }))),
    mode,
    CONTEXT,
  );
}

function messageOf({ response }: Decision): string {
  return (response.response.status as { message: string } | undefined)?.message ?? "";
}

const LONGEST_MESSAGE = 512;

function isClear(t: Test, message: string, key: string, allowed: string | RegExp, of: string): void {
  t.ok(message.includes(key), `${of}: names the key`);
  t.match(message, allowed, `${of}: says what is allowed`);
  t.match(message, /^[\x20-\x7e]+$/, `${of}: printable`);
  t.ok(message.length <= LONGEST_MESSAGE, `${of}: ${message.length} characters`);
  t.equal(message.split("[bad-").length, 2, `${of}: one finding`);
}

const shown = (value: string): string =>
  JSON.stringify(value.length > 40 ? `${value.slice(0, 37)}...` : value);

t.test("annotations with seconds on a pod", async (t) => {
  for (const name of ["shutdown-seconds", "prestop-sleep-seconds"]) {
    const [min, max] = RANGES[name] ?? [0, 0];
    for (const value of [...NO_NUMBERS, `${min - 1}`, `${max + 1}`, `${max}0`]) {
      const message = messageOf(decide({ [PREFIX + name]: value }));
      isClear(
        t,
        message,
        PREFIX + name,
        `whole number of seconds from ${min} to ${max}`,
        `${name} ${shown(value)}`,
      );
    }
    for (const value of [`${min}`, `${max}`, `0${min}`]) {
      const { findings } = decide({ [PREFIX + name]: value }).record;
      t.notOk(findings.includes("bad-annotation"), `${name} ${value}`);
    }
  }
});

t.test("values with a clear meaning are used, and the message corrects them", async (t) => {
  const subject = (value: string) =>
    subjectOf(
      podOf(
        { containers: [shellHook("/drain.sh")] },
        { annotations: { [`${PREFIX}shutdown-seconds`]: value } },
      ),
    );
  for (const value of ["60s", " 60", "60 sec", "60\t", "60seconds"]) {
    const { shutdownSeconds, shutdownFrom, invalid } = resolveSettings(
      subject(value),
      undefined,
      DEFAULT_CONFIGURATION,
    );
    t.same([shutdownSeconds, shutdownFrom, invalid[0]?.instead], [60, "pod", "60"], shown(value));
  }
  for (const value of ["1m", "60-", "6o", "-60s", "60s60s", "100000s"]) {
    const { shutdownSeconds, shutdownFrom } = resolveSettings(
      subject(value),
      undefined,
      DEFAULT_CONFIGURATION,
    );
    t.same([shutdownSeconds, shutdownFrom], [10, "assumed"], `${shown(value)} means nothing`);
  }
});

t.test("annotations with the length of hooks", async (t) => {
  const key = `${PREFIX}hook-seconds`;
  const items = NO_NUMBERS.filter((value) => value !== "5-10");
  const lists = [
    ...items.map((value) => `web=${value}`),
    ...items.filter((value) => value !== ""),
    "",
    ",",
    "web",
    "web=",
    "=5",
    "web=5,",
    ",web=5",
    "web=5,,log=5",
    "web=5, log=5",
    "web=5;log=5",
    "web:5",
    "web==5",
    "web=5=5",
    "web=10-5",
    "web=5-",
    "web=-5",
    "web=5-10-15",
    "web=5 - 10",
    "web=2147483648",
    "web=0-2147483648",
    "Web=5",
    "we b=5",
    "web\u0000=5",
    "__proto__=5",
    "web=5,web=6",
    `${"w".repeat(64)}=5`,
  ];
  for (const value of lists) {
    const message = messageOf(decide({ [key]: value }));
    const allowed =
      /whole number of seconds or a range|CONTAINER=SECONDS|ends before it begins|twice|more than 2147483647/;
    isClear(t, message, key, allowed, shown(value));
  }
  for (const value of ["web=0", "web=5", "web=05", "web=0-2147483647", "web=5-5"])
    t.equal(decide({ [key]: value }).response.response.allowed, true, value);
});

t.test("the message corrects a list whose meaning is clear", async (t) => {
  const corrections: readonly [string, string | undefined][] = [
    ["web=20sec", "web=20"],
    ["20", "web=20"],
    [" web=5 , ", "web=5"],
    ["web=5s-10s", "web=5-10"],
    ["web=1m", undefined],
    ["web=5,web=6", undefined],
    ["web=10s-5s", undefined],
    [`web=5,${"a=1,".repeat(40)}`, undefined],
  ];
  for (const [value, meant] of corrections) {
    const message = messageOf(decide({ [`${PREFIX}hook-seconds`]: value }));
    t.match(
      message,
      meant === undefined ? "Correct it or remove it." : `Set it to "${meant}".`,
      shown(value),
    );
  }
  const ignored: readonly [string, string | undefined][] = [
    ["hook-mising", "hook-missing"],
    ["hook-missing,", "hook-missing"],
    ["hook-missing, GRACE-ZERO", "hook-missing,grace-zero"],
    ["hook-missing,hook-missing ", "hook-missing"],
    ["grace-over-limit", undefined],
    ["everything", undefined],
    ["", undefined],
  ];
  for (const [value, meant] of ignored) {
    const message = messageOf(decide({ [`${PREFIX}ignore`]: value }));
    t.match(
      message,
      meant === undefined ? "Correct it or remove it." : `Set it to "${meant}".`,
      shown(value),
    );
  }
});

t.test("annotations with findings to ignore", async (t) => {
  for (const value of NO_NUMBERS) {
    const message = messageOf(decide({ [`${PREFIX}ignore`]: value }));
    isClear(t, message, `${PREFIX}ignore`, /finding that a pod can ignore|list of finding ids/, shown(value));
  }
});

t.test("an invalid value of a label on a pod only warns and has no effect", async (t) => {
  for (const value of ["Disabled", "false", "no", "0", "", "disabled ", "d\u0131sabled", "constructor"]) {
    const { response, record } = decide({}, { [`${PREFIX}inject`]: value });
    t.equal(response.response.allowed, true);
    t.match(
      response.response.warnings?.[0],
      /gracekeeper\.dev\/inject"\]: .* is not one of enabled, disabled/,
      shown(value),
    );
    t.match(record.findings, ["bad-annotation"]);
  }
});

t.test("an invalid value on a namespace has no effect and is reported", async (t) => {
  const configuration = { ...DEFAULT_CONFIGURATION, maxGraceSeconds: 300 };
  for (const [name, [min, max]] of Object.entries(RANGES)) {
    for (const value of [...NO_NUMBERS, `${min - 1}`, `${max + 1}`]) {
      const namespace = namespaceOf("shop", {}, { [PREFIX + name]: value });
      const read = readNamespace(namespace);
      t.equal(read.invalid.length, 1, `${name} ${shown(value)}`);
      t.match(read.invalid[0]?.problem, { code: "not-seconds", range: { min, max } });
      const subject = subjectOf(podOf({ containers: [{ name: "web" }] }));
      const settings = resolveSettings(subject, namespace, configuration);
      t.same(
        [
          settings.shutdownSeconds,
          settings.shutdownFrom,
          settings.prestopSleepSeconds,
          settings.limit?.seconds,
        ],
        [10, "assumed", 10, 300],
        `${name} ${shown(value)} changes nothing`,
      );
    }
  }
  for (const label of ["validate", "inject"]) {
    for (const value of ["", "Enforce", "enforce ", "true", "1", "__proto__", "\u0435nforce", "disable"]) {
      const { invalid } = readNamespace(namespaceOf("shop", { [PREFIX + label]: value }, {}));
      t.match(invalid, [{ key: PREFIX + label, value }], `${label} ${shown(value)}`);
      t.equal(invalid.length, 1, `${label} ${shown(value)}`);
    }
  }
});

t.test("unknown keys with our prefix warn", async (t) => {
  const keys = [
    "hook-second",
    "max-grace-seconds",
    "validate",
    "",
    "__proto__",
    "constructor",
    "HOOK-SECONDS",
    "x".repeat(63),
  ];
  for (const key of keys) {
    const { response, record } = decide({ [PREFIX + key]: "5" });
    t.equal(response.response.allowed, true, key);
    t.same(record.findings[0], "bad-annotation", key);
    t.match(response.response.warnings?.[0], /does nothing here/, key);
  }
});
