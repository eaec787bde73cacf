import { join } from "node:path";
import fc from "fast-check";
import t from "tap";
import { mutate } from "../../src/admission/mutate.ts";
import { readReview } from "../../src/admission/review.ts";
import { validate } from "../../src/admission/validate.ts";
import { COMMAND } from "../../src/hook/budget.ts";
import { PROGRAMS } from "../../src/hook/programs/table.ts";
import { type HookReader, hookReader } from "../../src/hook/reader.ts";
import { REQUEST_UNITS } from "../../src/hook/rounds.ts";
import type { JsonObject } from "../../src/json.ts";
import type { Context } from "../../src/policy/model/context.ts";
import { RULES } from "../../src/policy/rules/registry.ts";
import { cases } from "../cases.ts";
import { post, testApp } from "../helper.ts";
import "../patience.ts";
import { CONTEXT, factsOf, podOf, reviewOf, shellHook, subjectOf } from "../reviews.ts";

const SRC = join(import.meta.dirname, "../../src/");

const LOOP = `i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done`;

/** Counts the calls of `readHooks`. */
function counting(context: Context): { readonly context: Context; readonly calls: () => number } {
  let calls = 0;
  const readHooks: HookReader = (hooks) => {
    calls++;
    return context.readHooks(hooks);
  };
  return { context: { ...context, readHooks }, calls: () => calls };
}

function rayCluster(): JsonObject {
  const workerGroupSpecs = Array.from({ length: 199 }, (_, index) => ({
    groupName: `g${index}`,
    template: { spec: { containers: [shellHook(`x=${index}; ${LOOP}`)] } },
  }));
  return { apiVersion: "ray.io/v1", kind: "RayCluster", metadata: { name: "x" }, spec: { workerGroupSpecs } };
}

t.test("a review passes four calls from route to rule: route, validate, assess, rule", async (t) => {
  const [rule] = RULES;
  if (rule === undefined) throw new Error("no rule");
  const find = Object.getOwnPropertyDescriptor(rule, "find");
  let stack = "";
  const stub = (): readonly [] => {
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 100;
    stack = new Error("where").stack ?? "";
    Error.stackTraceLimit = limit;
    return [];
  };
  Object.defineProperty(rule, "find", { ...find, value: stub });
  t.teardown(() => Object.defineProperty(rule, "find", find ?? {}));
  const { app } = testApp(t);
  const { statusCode } = await post(
    app,
    "/validate/enforce",
    reviewOf(podOf({ containers: [{ name: "web" }] })),
  );
  t.equal(statusCode, 200);
  const frames = stack.split("\n").filter((line) => line.includes(SRC));
  const handler = frames.findIndex((line) => line.includes("/routes/review.ts"));
  const called = frames.slice(0, handler).flatMap((line) => /at (?:Module\.)?(\w+) \(/.exec(line)?.[1] ?? []);
  t.same(called, ["assess", "validate"], stack);
  t.match(frames[handler], /at .*\/routes\/review\.ts/, "the handler of the route calls validate itself");
});

t.test("the hooks of a request are read once, with any configuration", async (t) => {
  const warn = {
    ...CONTEXT,
    configuration: { ...CONTEXT.configuration, actions: new Map([["hook-missing", "Warn" as const]]) },
  };
  const object = rayCluster();
  for (const [name, context] of Object.entries({ plain: CONTEXT, "with actions": warn })) {
    const counted = counting(context);
    validate(readReview(reviewOf(object)), "enforce", counted.context);
    t.equal(counted.calls(), 1, name);
    const mutated = counting(context);
    mutate(readReview(reviewOf(podOf({ containers: [{ name: "web" }] }))), mutated.context);
    t.equal(mutated.calls(), 1, `${name}: mutate`);
  }
});

/**
 * Adds a program `tick` to the known programs, and counts how often the hook reader evaluates `tick`. The count shows
 * the cost of a shell loop that runs `tick`.
 */
function ticking(context: Context): { readonly context: Context; readonly ticks: () => number } {
  let ticks = 0;
  const [known] = PROGRAMS.values();
  if (known === undefined) throw new Error("no program");
  const read: typeof known.read = () => {
    ticks++;
    return { seconds: { min: 0, max: 0 }, because: "returns at once", status: "success", mayStopMain: false };
  };
  const programs = new Map([...PROGRAMS, ["tick", { ...known, name: "tick", read }] as const]);
  return { context: { ...context, readHooks: hookReader(programs) }, ticks: () => ticks };
}

t.test(
  "199 worker groups with loops cost at most one budget, and actions do not change the cost",
  async (t) => {
    const workerGroupSpecs = Array.from({ length: 199 }, (_, index) => ({
      groupName: `g${index}`,
      template: {
        spec: {
          containers: [
            { name: "bare", ports: [{ containerPort: 80 }] },
            shellHook(`i=${index}; while [ $i -lt 100000 ]; do tick; i=$((i+1)); done`),
          ],
        },
      },
    }));
    const object = {
      apiVersion: "ray.io/v1",
      kind: "RayCluster",
      metadata: { name: "x" },
      spec: { workerGroupSpecs },
    };
    const ticksWith = (actions: Context["configuration"]["actions"]): number => {
      const { context, ticks } = ticking({
        ...CONTEXT,
        configuration: { ...CONTEXT.configuration, actions },
      });
      validate(readReview(reviewOf(object)), "enforce", context);
      return ticks();
    };
    const plain = ticksWith(new Map());
    t.ok(plain > 199, `${plain} turns: every loop is read a little`);
    t.ok(plain < REQUEST_UNITS / COMMAND, `${plain} turns fit into the budget of one request`);
    t.equal(ticksWith(new Map([["hook-missing", "Warn"]])), plain, "with actions");
  },
);

t.test("the reading of a hook does not depend on the order of containers", async (t) => {
  const text = fc.oneof(
    fc.nat(60).map((seconds) => `sleep ${seconds}`),
    fc.nat(60).map((seconds) => `sleep ${seconds}; nginx -s quit`),
    fc.nat(5000).map((turns) => `i=0; while [ $i -lt ${turns} ]; do i=$((i+1)); done; sleep 3`),
    fc.nat(30).map((turns) => `for i in $(seq ${turns}); do sleep 1; done; /drain.sh`),
    fc.constant(LOOP),
  );
  const pods = fc.tuple(fc.uniqueArray(text, { minLength: 2, maxLength: 60 }), fc.infiniteStream(fc.nat()));
  const readings = (texts: readonly string[]): readonly string[] => {
    const containers = texts.map((one, index) => shellHook(one, `c${index}`));
    const context = { ...CONTEXT, readHooks: hookReader(PROGRAMS) };
    const { containers: facts } = factsOf(subjectOf(podOf({ containers })), context);
    return facts.map(({ hook }, index) => JSON.stringify([texts[index], hook?.seconds])).sort();
  };
  const property = fc.property(pods, ([texts, keys]) => {
    const keyed = texts.map((one) => [keys.next().value as number, one] as const);
    const shuffled = keyed.sort(([one], [other]) => one - other).map(([, one]) => one);
    return JSON.stringify(readings(shuffled)) === JSON.stringify(readings(texts));
  });
  fc.assert(property, { numRuns: cases(2000, 100), seed: 5 });
  t.pass();
});

t.test("a loop in one container does not make another container's hook unreadable", async (t) => {
  const [loop, drain] = [shellHook(LOOP, "a"), shellHook("sleep 45; nginx -s quit", "b")];
  for (const containers of [
    [loop, drain],
    [drain, loop],
  ]) {
    const object = podOf({ terminationGracePeriodSeconds: 30, containers });
    const { record } = validate(readReview(reviewOf(object)), "enforce", CONTEXT);
    t.equal(record.action, "denied");
    t.ok(record.findings.includes("hook-over-grace"));
  }
});

t.test("gracekeeper's annotations are read once per request", async (t) => {
  let reads = 0;
  const annotations = Object.defineProperty({}, "gracekeeper.dev/shutdown-seconds", {
    enumerable: true,
    value: "20",
  });
  const ignorable = new Proxy(CONTEXT.configuration.ignorable, {
    get(target, key) {
      if (key === "has") reads++;
      const value = Reflect.get(target, key, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  const context: Context = {
    ...CONTEXT,
    configuration: { ...CONTEXT.configuration, ignorable, actions: new Map([["hook-missing", "Warn"]]) },
  };
  const metadata = { annotations: { ...annotations, "gracekeeper.dev/ignore": "hook-missing" } };
  const spec = { template: { metadata, spec: { containers: [{ name: "web" }] } } };
  const object = { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "x" }, spec };
  validate(readReview(reviewOf(object)), "enforce", context);
  t.equal(reads, 1);
});
