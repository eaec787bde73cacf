import fc from "fast-check";
import t from "tap";
import type { DecisionRecord, Mode } from "../../src/admission/decision.ts";
import { readReview } from "../../src/admission/review.ts";
import { validate } from "../../src/admission/validate.ts";
import type { Action } from "../../src/policy/model/action.ts";
import { RULES } from "../../src/policy/rules/registry.ts";
import { contextOf, type Situation, situation, strictSituation } from "../arbitraries/situations.ts";
import { cases } from "../cases.ts";
import { CONTEXT, podOf, reviewOf, shellHook } from "../reviews.ts";
import "../patience.ts";

/**
 * A weaker mode or action never reports more findings. Only mode and action decide whether a finding denies, warns or
 * is audited.
 */
const SITUATIONS = cases(3_000, 500);
const SEED = 13;

interface Said {
  readonly denied: boolean;
  readonly warnings: readonly string[];
  readonly audit: Readonly<Record<string, string>>;
  readonly record: DecisionRecord;
}

function said(one: Situation, mode: Mode): Said {
  const { response, record } = validate(readReview(reviewOf(one.object)), mode, contextOf(one));
  const { allowed, warnings = [], auditAnnotations = {} } = response.response;
  return { denied: !allowed, warnings, audit: auditAnnotations, record };
}

/**
 * The ids in the warnings, each once. A finding that denies for one container and warns for another has two sentences.
 * A finding that only warns has one sentence.
 */
function idsIn({ warnings }: Said): readonly string[] {
  return [...new Set(warnings.map((text) => /\[([a-z-]+)\]$/.exec(text)?.[1] ?? text))].sort();
}

function withAction(one: Situation, id: string, action: Action): Situation {
  return { ...one, actions: new Map([...one.actions, [id, action]]) };
}

function expect(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}

t.test(
  "modes: only enforce denies, only enforce and warn warn, and all audit the same findings",
  async (t) => {
    const modes = (one: Situation): void => {
      const [enforce, warn, audit] = [said(one, "enforce"), said(one, "warn"), said(one, "audit")];
      expect(!warn.denied && !audit.denied, "only enforce denies");
      expect(audit.warnings.length === 0, "audit warns");
      expect(!enforce.denied || warn.warnings.length > 0, "denied in enforce and silent in warn");
      expect(enforce.denied || `${idsIn(enforce)}` === `${idsIn(warn)}`, "warn is about other findings");
      const traces = [enforce, warn, audit].map((one) =>
        JSON.stringify([one.audit, one.record.findings, one.record.ignored]),
      );
      expect(new Set(traces).size === 1, "the trace depends on the mode");
    };
    fc.assert(fc.property(fc.oneof(situation, strictSituation), modes), { numRuns: SITUATIONS, seed: SEED });
    t.pass();
  },
);

const STRENGTH: readonly Action[] = ["Off", "Audit", "Warn", "Deny"];

t.test("actions: a weaker action never reports more, and Off reports nothing", async (t) => {
  const ids = fc.constantFrom(...RULES.map(({ id }) => id));
  const actions = (one: Situation, id: string): void => {
    const all = STRENGTH.map((action) => said(withAction(one, id, action), "enforce"));
    const about = (text: string): boolean => text.endsWith(`[${id}]`);
    const [off, ...on] = all;
    expect(off?.record.findings.includes(id) === false, `${id} is in the log`);
    expect(JSON.stringify(off).includes(`[${id}]`) === false, `${id} is said`);
    for (const [place, stronger] of all.entries()) {
      const weaker = all[place - 1] ?? stronger;
      expect(stronger.denied || !weaker.denied, `${id}: denied with the weaker action only`);
      const louder = weaker.warnings.filter(about).length > stronger.warnings.filter(about).length;
      expect(stronger.denied || !louder, `${id}: warned with the weaker action only`);
      const others = (one: Said) => one.record.findings.filter((other) => other !== id);
      expect(
        JSON.stringify(others(weaker)) === JSON.stringify(others(stronger)),
        `${id} changes other findings`,
      );
    }
    expect(
      new Set(on.map(({ audit }) => JSON.stringify(audit))).size === 1,
      `${id}: the trace depends on its action`,
    );
  };
  fc.assert(fc.property(situation, ids, actions), { numRuns: SITUATIONS, seed: SEED + 1 });
  t.pass();
});

const IGNORE = "gracekeeper.dev/ignore";
const violating = (ignore: string) =>
  podOf({ containers: [shellHook("sleep 45")] }, { annotations: { [IGNORE]: ignore } });

t.test(
  "a pod can ignore only the findings that the configuration allows, and the record has each use",
  async (t) => {
    const decide = (ignore: string, ignorable?: readonly string[]) => {
      const configuration = { ...CONTEXT.configuration, ...(ignorable && { ignorable: new Set(ignorable) }) };
      return validate(readReview(reviewOf(violating(ignore))), "enforce", { ...CONTEXT, configuration });
    };
    const { response, record } = decide("hook-over-grace,grace-zero");
    t.equal(response.response.allowed, true);
    t.same(record.ignored, ["hook-over-grace"], "the log says what it ignored, not what it might");
    t.match(response.response.auditAnnotations, { ignored: "hook-over-grace" });
    for (const ignore of [
      "hook-over-grace,grace-over-limit",
      "hook-over-grace,bad-annotation",
      "hook-over-grace,*",
      "all",
    ]) {
      const refused = decide(ignore);
      t.equal(refused.response.response.allowed, false, ignore);
      t.same(refused.record.findings, ["bad-annotation", "hook-over-grace"], `${ignore} silences nothing`);
      t.same(refused.record.ignored, []);
    }
    t.equal(
      decide("hook-over-grace", ["hook-missing"]).response.response.allowed,
      false,
      "not ignorable here",
    );
  },
);

t.test("a pod is never denied for an invalid value on its namespace", async (t) => {
  const quiet = fc.constantFrom("5m", "", "-1", "1e3", " 10", "99999999999999999999");
  const property = (one: Situation, value: string): void => {
    const annotations = {
      "gracekeeper.dev/max-grace-seconds": value,
      "gracekeeper.dev/shutdown-seconds": value,
      "gracekeeper.dev/prestop-sleep-seconds": value,
    };
    const labels = { "gracekeeper.dev/validate": "enfroce", "gracekeeper.dev/inject": "" };
    const silent = { ...one, namespace: { labels: {}, annotations: {} } };
    const wrong = { ...one, namespace: { labels, annotations } };
    const strict = withAction(wrong, "bad-namespace-value", "Deny");
    expect(said(strict, "enforce").denied === said(silent, "enforce").denied, "denied for its namespace");
    expect(said(strict, "enforce").record.findings.includes("bad-namespace-value"), "not said");
  };
  fc.assert(fc.property(situation, quiet, property), { numRuns: cases(1_000), seed: SEED + 2 });
  t.pass();
});

t.test("the smaller limit is used, and messages name its owner", async (t) => {
  const limits: readonly [number | undefined, number | undefined, string | undefined][] = [
    [undefined, undefined, undefined],
    [100, undefined, '100s limit of namespace "shop"'],
    [undefined, 100, "100s limit of this cluster"],
    [100, 200, '100s limit of namespace "shop"'],
    [200, 100, "100s limit of this cluster"],
    [100, 100, "100s limit of this cluster"],
  ];
  for (const [ofNamespace, maxGraceSeconds, words] of limits) {
    const one: Situation = {
      object: podOf({ terminationGracePeriodSeconds: 101, containers: [{ name: "web" }] }),
      group: "",
      kind: "Pod",
      settled: true,
      namespace: {
        labels: {},
        annotations:
          ofNamespace === undefined ? {} : { "gracekeeper.dev/max-grace-seconds": `${ofNamespace}` },
      },
      maxGraceSeconds,
      shutdownSeconds: 10,
      kubernetesMinor: 37,
      actions: new Map(),
    };
    const { denied, audit } = said(one, "enforce");
    t.equal(denied, words !== undefined, `${ofNamespace} and ${maxGraceSeconds}`);
    if (words !== undefined) t.match(audit["findings"], words);
  }
});
