import { join } from "node:path";
import t from "tap";
import { mutate } from "../../src/admission/mutate.ts";
import { readReview } from "../../src/admission/review.ts";
import { validate } from "../../src/admission/validate.ts";
import type { HookReader } from "../../src/hook/reader.ts";
import type { JsonObject } from "../../src/json.ts";
import type { Context } from "../../src/policy/model/context.ts";
import { RULES } from "../../src/policy/rules/registry.ts";
import { CONTEXT, podOf, reviewOf, shellHook } from "../reviews.ts";

const SRC = join(import.meta.dirname, "../../src/");

const LOOP = `i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done`;

/** Counts the lists of hooks that are read. */
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

t.test("from validate to a rule there are two calls: validate, assess", async (t) => {
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
  validate(readReview(reviewOf(podOf({ containers: [{ name: "web" }] }))), "enforce", CONTEXT);
  const frames = stack.split("\n").filter((line) => line.includes(SRC));
  const named = frames.map((line) => /at (?:Module\.)?([\w.]+) \(/.exec(line)?.[1] ?? "callback");
  const calls = named.filter((name) => name !== "callback" && !name.startsWith("Array."));
  t.same(calls, ["assess", "validate"], stack);
});

t.test("the hooks of a request are read once, whatever the configuration", async (t) => {
  const warn = {
    ...CONTEXT,
    configuration: { ...CONTEXT.configuration, actions: new Map([["hook-missing", "Warn" as const]]) },
  };
  const object = rayCluster();
  for (const [name, context] of Object.entries({ plain: CONTEXT, "with actions": warn })) {
    const counted = counting(context);
    const started = performance.now();
    validate(readReview(reviewOf(object)), "enforce", counted.context);
    t.comment(`${name}: ${(performance.now() - started).toFixed(0)} ms`);
    t.equal(counted.calls(), 1, name);
    const mutated = counting(context);
    mutate(readReview(reviewOf(podOf({ containers: [{ name: "web" }] }))), mutated.context);
    t.equal(mutated.calls(), 1, `${name}: mutate`);
  }
});

t.test("a loop in one container does not make the hook of another unreadable", async (t) => {
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

t.test("our annotations are read once a request", async (t) => {
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
