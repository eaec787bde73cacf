import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import t from "tap";
import { parse } from "yaml";
import { configurationSchema, readConfiguration } from "../../src/policy/configuration/parse.ts";
import { RULE_INFO } from "../../src/policy/rules/registry.ts";
import { anyText } from "../arbitraries/texts.ts";
import { cases } from "../cases.ts";
import { BAD_FILES, GOOD_FILES, HEAD } from "./configuration-cases.ts";
import "../patience.ts";

const validate = new Ajv2020({ strict: true, allErrors: false }).compile(configurationSchema());

function isRead(value: unknown): boolean {
  try {
    readConfiguration(value);
    return true;
  } catch {
    return false;
  }
}

t.test("the schema and the server refuse and accept the same files", async (t) => {
  for (const { value, message, onlyServer = false } of BAD_FILES)
    t.equal(validate(value), onlyServer, message);
  for (const value of GOOD_FILES) t.ok(validate(value), JSON.stringify(value).slice(0, 200));
});

const word = fc.constantFrom(
  ...[
    "",
    " ",
    "x",
    "a b",
    "*",
    "Auto",
    "Off",
    "Warn",
    "Deny",
    "Fit",
    "WithPorts",
    "Job",
    "1.36",
    "5-",
    "0-20",
  ],
  ...["hook-missing", "spec.template", "x".repeat(301), "\u{1f600}".repeat(299), "\u0665"],
);
const scalar = fc.oneof(
  word,
  anyText(),
  fc.constantFrom(0, 1, -1, -0, 1.5, 3600, 3601, 86400, 86401, 2147483647, 2147483648, 2 ** 53, 1e300, NaN),
  fc.integer(),
  fc.double(),
  fc.constantFrom(null, true, false),
);
const junk = fc.oneof(
  scalar,
  fc.array(scalar, { maxLength: 3 }),
  fc.dictionary(word, scalar, { maxKeys: 3 }),
);

/** A field that is mostly valid, because a file with many invalid fields would test little. */
function mostly<T>(good: fc.Arbitrary<T>): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 80, arbitrary: good }, { weight: 1, arbitrary: junk });
}

function record(
  fields: Record<string, fc.Arbitrary<unknown>>,
  requiredKeys: string[] = [],
): fc.Arbitrary<unknown> {
  return mostly(fc.record(fields, { requiredKeys }));
}

const lines = (item: fc.Arbitrary<unknown>) => mostly(fc.array(item, { maxLength: 3 }));
const names = lines(mostly(fc.stringMatching(/^[a-z*.-]{1,9}$/)));
const action = mostly(fc.constantFrom("Warn", "Audit", "Off"));

const files = record(
  {
    apiVersion: mostly(fc.constant(HEAD.apiVersion)),
    kind: mostly(fc.constant(HEAD.kind)),
    kubernetesVersion: mostly(fc.stringMatching(/^v?1\.\d{1,3}(\.\d)?([-+]\S{1,5})?$/u)),
    shutdownSeconds: mostly(fc.integer({ min: 0, max: 86400 })),
    prestopSleepSeconds: mostly(fc.integer({ min: 1, max: 3600 })),
    maxGraceSeconds: mostly(fc.integer({ min: 1, max: 2147483647 })),
    strategy: mostly(fc.constantFrom("Extend", "Fit")),
    sleepAction: mostly(fc.constantFrom("Auto", "Native", "Exec", "Off")),
    templates: mostly(fc.constantFrom("Warn", "Enforce", "Off")),
    actions: record(Object.fromEntries(RULE_INFO.map(({ id }) => [id, action]))),
    ignorable: lines(mostly(fc.constantFrom(...RULE_INFO.map(({ id }) => id)))),
    exempt: record({ users: names, namespaces: names }),
    inject: record({
      skipOwners: lines(mostly(fc.stringMatching(/^[A-Z][a-z]{1,9}$/))),
      otherOwners: mostly(fc.constantFrom("Known", "All", "None")),
      owners: mostly(
        fc.uniqueArray(
          fc.record({
            group: mostly(fc.constant("example.com")),
            kind: fc.stringMatching(/^[A-Z][a-z]{1,9}$/),
          }),
          { selector: ({ kind }) => kind, maxLength: 3 },
        ),
      ),
    }),
    containers: record({
      proxies: lines(record({ name: mostly(fc.constant("a*")), image: mostly(fc.constant("b/*")) })),
      notJudged: lines(record({ name: mostly(fc.constant("a*")), image: mostly(fc.constant("b/*")) })),
    }),
    workloads: mostly(
      fc.uniqueArray(
        fc.record({
          group: mostly(fc.constant("example.com")),
          kind: fc.stringMatching(/^[A-Z][a-z]{1,9}$/),
          templates: lines(mostly(fc.stringMatching(/^[a-z]\w{0,5}(\.\*|\[\])?(\.[a-z]\w{0,5})?$/))),
        }),
        { selector: ({ kind }) => kind, maxLength: 3 },
      ),
    ),
    programs: mostly(
      fc.uniqueArray(
        fc.record({
          name: fc.stringMatching(/^[a-z.]{1,9}$/),
          seconds: mostly(fc.oneof(fc.nat(), fc.stringMatching(/^([1-9]\d?|0)(-(99)?)?$/))),
        }),
        { selector: ({ name }) => name, maxLength: 3 },
      ),
    ),
  },
  ["apiVersion", "kind"],
);

const FILES = cases(5_000);

t.test("the schema and the server agree on generated files", async (t) => {
  let good = 0;
  let bad = 0;
  fc.assert(
    fc.property(files, (value) => {
      const read = isRead(value);
      if (read) good++;
      else bad++;
      return validate(value) === read;
    }),
    { numRuns: FILES },
  );
  t.comment(`${good} could be used, ${bad} could not`);
  t.ok(good > FILES / 10 && bad > FILES / 10, "both happen");
});

t.test("the error for any file is a short printable text", async (t) => {
  fc.assert(
    fc.property(files, (value) => {
      try {
        readConfiguration(value);
        return true;
      } catch (error) {
        const { name, message } = error as Error;
        return name === "ConfigurationError" && /^[ -~\n]{1,5000}$/.test(message);
      }
    }),
    { numRuns: cases(2_000) },
  );
  t.pass();
});

t.test("the configuration in manifests/ is valid by the schema", async (t) => {
  const file = new URL("../../manifests/config.yaml", import.meta.url);
  t.ok(validate(parse(readFileSync(file, "utf8"))), JSON.stringify(validate.errors));
});
