import fc from "fast-check";
import t from "tap";
import type { JsonObject } from "../../src/json.ts";
import { injection } from "../../src/policy/injection/decide.ts";
import type { Context } from "../../src/policy/model/context.ts";
import { isShutdownAsked, resolveSettings } from "../../src/policy/settings/resolve.ts";
import { pod } from "../arbitraries/pods.ts";
import { cases } from "../cases.ts";
import { CONTEXT, subjectOf } from "../reviews.ts";
import { containersIn, denials, graceIn, preStopOf, refusals } from "./injection-rules.ts";
import {
  AGENT,
  type Injector,
  KINDS,
  LINKED,
  OURS,
  ours,
  REMOVER,
  raisesGrace,
  rounds,
  SCRIBBLER,
  setsGrace,
} from "./injectors.ts";
import "../patience.ts";

/** Tests the final pod when other injectors run before and after gracekeeper. */

const POD: JsonObject = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "web" },
  spec: { terminationGracePeriodSeconds: 30, containers: [{ name: "web", image: "web:1" }] },
};

const EXTEND: Context = CONTEXT;
const FIT: Context = { ...CONTEXT, configuration: { ...CONTEXT.configuration, strategy: "Fit" } };

function chain(
  before: readonly Injector[],
  context: Context,
  after: readonly Injector[],
): readonly Injector[] {
  return [...before, ours(context), ...after];
}

function always(kind: Omit<Injector, "reinvocation">): Injector {
  return { ...kind, reinvocation: "IfNeeded" };
}

function once(kind: Omit<Injector, "reinvocation">): Injector {
  return { ...kind, reinvocation: "Never" };
}

/** The sleeps and the grace period of the final pod, such as `web:10 vault-agent:10 grace 40`. */
function ended(webhooks: readonly Injector[], object: JsonObject = POD): string {
  const end = rounds(object, webhooks, 2)[1] ?? {};
  const hooks = containersIn(end).map((container) => {
    const { sleep, exec } = (preStopOf(container) ?? {}) as { sleep?: { seconds: number }; exec?: object };
    return `${container["name"]}:${sleep?.seconds ?? (exec === undefined ? "-" : "own")}`;
  });
  return `${hooks.join(" ")} grace ${graceIn(end)}`;
}

t.test("the final pod for known injectors in any order", async (t) => {
  const both = (kind: Omit<Injector, "reinvocation">) => ({ before: [always(kind)], after: [always(kind)] });
  const cases: readonly [string, readonly Injector[], readonly Injector[], string][] = [
    ["nobody else", [], [], "web:10 grace 40"],
    ["an agent before", [once(AGENT)], [], "web:10 vault-agent:10 grace 40"],
    ["an agent after", [], [once(AGENT)], "web:10 vault-agent:10 grace 40"],
    ["a proxy that is not judged, after", [], [once(LINKED)], "linkerd-proxy:- web:10 grace 40"],
    ["a grace raised before", [once(raisesGrace(60))], [], "web:10 grace 70"],
    ["a grace raised after", [], [once(raisesGrace(60))], "web:10 grace 60"],
    [
      "a grace raised after, and an agent",
      [],
      [once(raisesGrace(60)), once(AGENT)],
      "web:10 vault-agent:10 grace 60",
    ],
    ["a grace set lower before, every time", [always(setsGrace(20))], [], "web:10 grace 30"],
    ["a grace set lower after", [], [once(setsGrace(20))], "web:10 grace 30"],
    ["a grace set under the sleep after", [], [once(setsGrace(5))], "web:10 grace 15"],
    ["a grace set to nothing after", [], [once(setsGrace(0))], "web:10 grace 12"],
    [
      "a grace set lower after, and an agent",
      [],
      [once(setsGrace(20)), once(AGENT)],
      "web:10 vault-agent:10 grace 30",
    ],
    ["a grace set a little lower after", [], [once(setsGrace(35))], "web:10 grace 40"],
    ["hooks taken away after", [], [once(REMOVER)], "web:10 grace 40"],
    ["hooks taken away after, every time", [], [always(REMOVER)], "web:- grace 40"],
    ["our record written over", [], [once(SCRIBBLER)], "web:10 grace 40"],
    ["who always has the last word on the grace", [], [always(setsGrace(30))], "web:10 grace 30"],
  ];
  for (const [name, before, after, expected] of cases)
    t.equal(ended(chain(before, EXTEND, after)), expected, name);
  const around = both(AGENT);
  t.equal(ended(chain(around.before, EXTEND, around.after)), "web:10 vault-agent:10 grace 40", "around");
  t.equal(ended(chain([], FIT, [once(setsGrace(15))])), "web:10 grace 20", "Fit, a grace set lower after");
  t.equal(ended(chain([], FIT, [once(AGENT)])), "web:10 vault-agent:10 grace 30", "Fit, an agent after");
});

const kind = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...KINDS) },
  { weight: 1, arbitrary: fc.constantFrom(SCRIBBLER, REMOVER) },
  { weight: 1, arbitrary: fc.integer({ min: 2, max: 90 }).map(setsGrace) },
  { weight: 1, arbitrary: fc.integer({ min: 20, max: 90 }).map(raisesGrace) },
);

const injector: fc.Arbitrary<Injector> = fc
  .record({ kind, reinvocation: fc.constantFrom("Never" as const, "IfNeeded" as const) })
  .map(({ kind, reinvocation }) => ({ ...kind, reinvocation }));

const injectors = fc.array(injector, { maxLength: 3 });

const CHAINS = cases(5_000);
const ROUNDS = 5;

t.test(`${CHAINS} chains of mutating webhooks before, after and around gracekeeper`, async (t) => {
  let called = 0;
  fc.assert(
    fc.property(pod, injectors, injectors, fc.constantFrom(EXTEND, FIT), (object, before, after, context) => {
      called += checkChain(object, before, after, context) ? 1 : 0;
    }),
    { numRuns: CHAINS, seed: 20_261_122 },
  );
  t.comment(`${called} of them with a sleep`);
  t.ok(called > CHAINS / 2, "most get a sleep");
});

function checkChain(
  object: JsonObject,
  before: readonly Injector[],
  after: readonly Injector[],
  context: Context,
): boolean {
  const webhooks = chain(before, context, after);
  const states = rounds(object, webhooks, ROUNDS);
  const [, end = object] = states;
  const undone = new Set(webhooks.flatMap(({ undoes }) => undoes ?? []));
  // gracekeeper adds a hook, a grace period and the annotation gracekeeper.dev/injected. If other injectors undo two of
  // these changes, the pod looks as if gracekeeper had never changed it.
  const looksNew = undone.size > 1;
  if (!looksNew && states.slice(2).some((state) => text(state) !== text(end)))
    throw new Error("no fixed point by round 2");
  const left = injection({
    subject: subjectOf(end),
    settings: resolveSettings(subjectOf(end), undefined, context.configuration),
    configuration: context.configuration,
    namespace: undefined,
    madeByNode: false,
  });
  const undoneAfter = new Set(after.map(({ undoes }) => undoes));
  const lastWord = !looksNew && !undoneAfter.has("hook") && !undoneAfter.has("grace");
  if (lastWord && left.kind === "added") throw new Error("something is missing in the end");
  if (!looksNew && !undone.has("record")) notTwice(object, end, webhooks, context);
  if (lastWord && !undone.has("record")) holds(object, end, webhooks, context);
  return rounds(object, [ours(context)], 1)[0] !== undefined && JSON.stringify(end).includes("graceAfter");
}

/**
 * The pod spec as JSON, without the pod's annotations: another injector may overwrite gracekeeper.dev/injected in each
 * pass.
 */
function text({ spec }: JsonObject): string {
  return JSON.stringify(spec);
}

/** The final grace period is at most the highest value that others set, plus one sleep. */
function notTwice(
  object: JsonObject,
  end: JsonObject,
  webhooks: readonly Injector[],
  context: Context,
): void {
  const settings = resolveSettings(subjectOf(object), undefined, context.configuration);
  const asked = isShutdownAsked(settings) ? settings.shutdownSeconds : 0;
  const graces = [graceIn(object), ...webhooks.flatMap(({ grace }) => grace ?? [])];
  const most = settings.prestopSleepSeconds + Math.max(...graces, asked, 10);
  if (graceIn(end) > Math.max(most, graceIn(object)))
    throw new Error(`the grace is ${graceIn(end)}, above ${most}`);
}

/**
 * A pod that is valid and accepted without gracekeeper's injection must also be valid and accepted with the injection.
 */
function holds(object: JsonObject, end: JsonObject, webhooks: readonly Injector[], context: Context): void {
  const others = webhooks.filter(({ name }) => name !== OURS);
  const [, alone = object] = rounds(object, others, 2);
  if (refusals(alone, 37).length === 0 && refusals(end, 37).length > 0)
    throw new Error(`the API server would refuse it: ${refusals(end, 37)[0]}`);
  if (denials(alone, context).length === 0 && denials(end, context).length > 0)
    throw new Error(`we would deny it: ${denials(end, context)[0]}`);
}
