import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import t from "tap";
import { parse, stringify } from "yaml";
import type { Mode } from "../../src/admission/decision.ts";
import { byName } from "../../src/admission/manifest-decision.ts";
import { mutate } from "../../src/admission/mutate.ts";
import { CUSTOM_WORKLOADS, WORKLOADS } from "../../src/admission/pods/workloads.ts";
import { readReview } from "../../src/admission/review.ts";
import { validate } from "../../src/admission/validate.ts";
import { check } from "../../src/check/check.ts";
import { namespacesIn } from "../../src/check/namespaces.ts";
import { type ExplainedFinding, explain } from "../../src/explain/explain.ts";
import { explanationText } from "../../src/explain/text.ts";
import type { JsonObject } from "../../src/json.ts";
import type { Action } from "../../src/policy/model/action.ts";
import { namespaceOf } from "../../src/policy/model/namespace.ts";
import { KNOWN_PROXIES } from "../../src/policy/proxies/known.ts";
import { RULES } from "../../src/policy/rules/registry.ts";
import { pageAnswer } from "../../src/server/explain/page-answer.ts";
import { mainCommand, pod } from "../arbitraries/pods.ts";
import { cases } from "../cases.ts";
import { CONTEXT, podOf, reviewOf, type TestContext } from "../reviews.ts";
import "../patience.ts";

/**
 * The webhook, a dry run, `explain`, the explain page and `check` report the same findings for an object. The allowed
 * differences:
 *
 * | explain and check                                 | because                                               |
 * |---------------------------------------------------|-------------------------------------------------------|
 * | treat the object as not validated                 | the API server has not validated a manifest           |
 * | assume no labels on a namespace outside the input | its labels are unknown; injection is shown separately |
 *
 * A webhook that does not know the namespace has the same findings for pods as explain and check. For templates the
 * webhook may have fewer findings: it does not report a missing hook that injection may still add, and it denies only
 * some findings.
 */
const SILENT: TestContext = { ...CONTEXT, namespace: namespaceOf("shop", {}, {}) };

const BEFORE_VALIDATION = new Set(
  RULES.filter(({ beforeValidation }) => beforeValidation).map(({ id }) => id),
);

interface Answer {
  readonly all: readonly string[];
  readonly deny: readonly string[];
  readonly warn: readonly string[];
}

const sorted = (ids: readonly string[]): readonly string[] => [...new Set(ids)].sort();

const idsIn = (text: string): string[] =>
  [...text.matchAll(/\[([a-z-]+)\](?: |$)/g)].map(([, id = ""]) => id);

function asked(object: JsonObject, mode: Mode, context: TestContext, dryRun = false) {
  const { response, record } = validate(readReview(reviewOf(object, { dryRun })), mode, context);
  const { status, warnings = [], ...rest } = response.response;
  const message = (status as { message?: string } | undefined)?.message ?? "";
  return { message, warnings, findings: record.findings, answer: { ...rest, status, warnings } };
}

/**
 * The findings of the webhook. In enforce mode the webhook denies pods and announces denials for templates; in warn
 * mode it warns.
 */
function byWebhook(object: JsonObject, context: TestContext): Answer {
  const { message, warnings, findings } = asked(object, "enforce", context);
  const rejections = warnings.filter((text) => text.startsWith("pods will be rejected: "));
  const warned = asked(object, "warn", context).warnings;
  return {
    all: sorted(findings),
    deny: sorted(idsIn([message, ...rejections].join(" "))),
    warn: sorted(warned.flatMap(idsIn)),
  };
}

function byExplain(object: JsonObject, context: TestContext): Answer {
  const found = explain([object], context).documents.flatMap((one): readonly ExplainedFinding[] =>
    "findings" in one ? one.findings : [],
  );
  return byAction(object, found);
}

/** The findings on the explain page, read from the messages that the page shows. */
function byPage(object: JsonObject, context: TestContext): Answer {
  const { documents } = pageAnswer(explain([object], context));
  const found = documents.flatMap((one) => ("pod" in one ? (one.pod?.findings ?? []) : []));
  const named = found.flatMap(({ action, message }) =>
    idsIn(message).map((id) => ({ id, action: ACTIONS[action] })),
  );
  return byAction(object, named);
}

const ACTIONS = { deny: "Deny", warn: "Warn", audit: "Audit", off: "Off" } as const;

/** Findings of the command `check`, which reads YAML: the object is written as YAML first. */
function byCheck(object: JsonObject, context: TestContext): Answer {
  const { findings, faults } = check(stringify(object, { version: "1.1" }), {
    ...context,
  });
  if (faults.length > 0) throw new Error(JSON.stringify(faults));
  return byAction(object, findings);
}

function byAction(
  object: JsonObject,
  all: readonly { readonly id: string; readonly action: Action }[],
): Answer {
  const found = all.filter(({ id }) => object["kind"] !== "Pod" || !BEFORE_VALIDATION.has(id));
  const idsOf = (...actions: string[]): readonly string[] =>
    sorted(found.filter(({ action }) => actions.includes(action)).map(({ id }) => id));
  return { all: idsOf("Deny", "Warn", "Audit"), deny: idsOf("Deny"), warn: idsOf("Deny", "Warn") };
}

function differences(object: JsonObject, context: TestContext): string[] {
  const { configuration } = context;
  const silent = { ...SILENT, configuration };
  const [webhook, explained] = [byWebhook(object, silent), byExplain(object, context)];
  const same = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);
  const unknown = byWebhook(object, context);
  const isPod = object["kind"] === "Pod";
  const less = (part: keyof Answer): boolean => unknown[part].every((id) => explained[part].includes(id));
  return [
    ...(same(webhook, explained) ? [] : [`explain ${JSON.stringify([webhook, explained])}`]),
    ...(same(explained, byCheck(object, context)) ? [] : [`check ${JSON.stringify([explained])}`]),
    ...(same(explained, byPage(object, context)) ? [] : [`page ${JSON.stringify([explained])}`]),
    ...(isPod && !same(webhook, unknown) ? [`unknown namespace ${JSON.stringify([webhook, unknown])}`] : []),
    ...(less("all") && less("deny") && less("warn") ? [] : ["an unknown namespace finds more"]),
    ...(same(asked(object, "enforce", silent).answer, asked(object, "enforce", silent, true).answer)
      ? []
      : ["dry run"]),
  ];
}

const FOLDER = join(import.meta.dirname, "../testdata/validate");

t.test("the webhook, explain and check have the same findings for every fixture", async (t) => {
  const files = readdirSync(FOLDER).filter((file) => file.endsWith(".input.yaml"));
  for (const file of files) {
    const { object } = parse(readFileSync(join(FOLDER, file), "utf8")) as { object: JsonObject };
    // The fixture has no apiVersion and kind: the API server would have set them.
    const whole = { apiVersion: "v1", kind: "Pod", ...object };
    const controlled = (whole as { metadata?: JsonObject }).metadata?.["ownerReferences"] !== undefined;
    if (!controlled) t.same(differences(whole, CONTEXT), [], file);
  }
  t.ok(files.length >= 20);
});

const places = [...WORKLOADS, ...CUSTOM_WORKLOADS].flatMap(({ group, kind, templates }) =>
  templates.map(({ path, grace }) => ({ group, kind, path, grace })),
);

const OBJECTS = cases(2_500, 300);

t.test(`the same findings for ${OBJECTS} generated objects of every kind`, async (t) => {
  const seen = { deny: 0, warn: 0, none: 0 };
  fc.assert(
    fc.property(
      pod,
      fc.constantFrom(...places),
      fc.constantFrom(37, 36, 29, undefined),
      fc.constantFrom(undefined, undefined, 25),
      (object, { group, kind, path, grace }, kubernetesMinor, maxGraceSeconds) => {
        const { ownerReferences: _, ...metadata } = object["metadata"] as JsonObject;
        const spec = object["spec"] as JsonObject;
        const timeout = grace && { [grace.field]: spec["terminationGracePeriodSeconds"] };
        const inner: JsonObject = { metadata, spec: { ...spec, ...timeout } };
        const wrapped = [...path].reverse().reduce<unknown>((value, step) => {
          if (step === "[]") return [value];
          return step === "*" ? { Worker: value } : { [step]: value };
        }, inner);
        const apiVersion = group === "" ? "v1" : `${group}/v1`;
        const whole = { apiVersion, kind, ...(wrapped as JsonObject) };
        const context = {
          ...CONTEXT,
          configuration: { ...CONTEXT.configuration, kubernetesMinor, maxGraceSeconds },
        };
        const found = differences(whole, context);
        if (found.length > 0) throw new Error(found.join("\n"));
        const { deny, warn } = byExplain(whole, context);
        seen[deny.length > 0 ? "deny" : warn.length > 0 ? "warn" : "none"] += 1;
      },
    ),
    { numRuns: OBJECTS, seed: 310 },
  );
  t.ok(Math.min(seen.deny, seen.none) > OBJECTS / 10 && seen.warn > OBJECTS / 25, JSON.stringify(seen));
});

const label = <Value extends string>(...values: readonly Value[]) =>
  fc.option(fc.constantFrom(...values), { nil: undefined });

/** Labels and annotations of a namespace, some of them invalid. */
const declared = fc.record({
  validate: label("enforce", "warn", "audit", "off", "enfroce"),
  inject: label("enabled", "enabled", "disabled"),
  shutdown: label("2", "25", "soon"),
  limit: label("20", "90"),
});

/** The findings of the webhook in `mode`: the weaker of the mode and the finding's action decides. */
function inMode({ all, deny, warn }: Answer, mode: string): Answer {
  if (mode === "off") return { all: [], deny: [], warn: [] };
  return { all, deny: mode === "enforce" ? deny : [], warn: mode === "audit" ? [] : warn };
}

t.test(
  `the same findings for ${OBJECTS} generated objects in a namespace that the input declares`,
  async (t) => {
    const seen = new Map<string, number>();
    const compare = (
      object: JsonObject,
      [group, kind]: readonly [string, string],
      {
        validate: mode = "enforce",
        inject,
        shutdown,
        limit,
      }: typeof declared extends fc.Arbitrary<infer One> ? One : never,
    ): void => {
      const { ownerReferences: _, ...metadata } = object["metadata"] as JsonObject;
      const inner = { ...object, metadata };
      const apiVersion = group === "" ? "v1" : `${group}/v1`;
      const shop = { ...metadata, namespace: "shop" };
      const whole =
        kind === "Pod"
          ? { apiVersion, kind, ...inner, metadata: shop }
          : { apiVersion, kind, metadata: { namespace: "shop" }, spec: { template: inner } };
      const labels = { "gracekeeper.dev/validate": mode, "gracekeeper.dev/inject": inject };
      const annotations = {
        "gracekeeper.dev/shutdown-seconds": shutdown,
        "gracekeeper.dev/max-grace-seconds": limit,
      };
      const manifest = {
        apiVersion: "v1",
        kind: "Namespace",
        metadata: { name: "shop", labels, annotations },
      };
      const namespaces = byName(
        namespacesIn(stringify(JSON.parse(JSON.stringify(manifest)), { version: "1.1" })),
      );
      const namespace = namespaces.get("shop");
      const context = { ...CONTEXT, namespaces };
      const told = ({ all, deny, warn }: Answer): string => {
        const own = (ids: readonly string[]) => ids.filter((id) => id !== "bad-namespace-value");
        return JSON.stringify([own(all), own(deny), own(warn)]);
      };
      const wanted = told(inMode(byWebhook(whole, { ...context, namespace }), mode));
      for (const found of [byExplain, byCheck, byPage])
        if (told(found(whole, context)) !== wanted)
          throw new Error(`${found.name}: ${told(found(whole, context))}, not ${wanted}`);
      seen.set(mode, (seen.get(mode) ?? 0) + 1);
      for (const one of explain([whole], context).documents)
        if ("injection" in one && one.injection.does === "add" && one.injection.drawn)
          seen.set("drawn", (seen.get("drawn") ?? 0) + 1);
    };
    const kinds = fc.constantFrom(
      ["", "Pod"] as const,
      ["apps", "Deployment"] as const,
      ["apps", "StatefulSet"] as const,
    );
    fc.assert(fc.property(pod, kinds, declared, compare), { numRuns: OBJECTS, seed: 313 });
    for (const what of ["enforce", "warn", "audit", "off", "enfroce", "drawn"])
      t.ok((seen.get(what) ?? 0) > OBJECTS / 20, `${what}: ${seen.get(what)}`);
  },
);

/** Pods with combinations of owners, proxies, main processes and a grace period of 0. `pod` rarely generates these. */
const crowded = fc
  .record({
    pod,
    owner: fc.constantFrom(
      undefined,
      ["apps/v1", "ReplicaSet"],
      ["apps/v1", "StatefulSet"],
      ["ray.io/v1", "RayCluster"],
      ["kafka.example.com/v1", "KafkaCluster"],
    ),
    proxy: fc.constantFrom(undefined, ...KNOWN_PROXIES.keys()),
    commands: fc.array(fc.option(mainCommand, { nil: undefined })),
    ports: fc.boolean(),
    grace: fc.constantFrom(undefined, undefined, undefined, 0),
  })
  .map(({ pod, owner, proxy, commands, ports, grace }): JsonObject => {
    const spec = pod["spec"] as { containers: readonly JsonObject[] };
    const apps = spec.containers
      .filter(({ name }) => name !== proxy)
      .map((one, place) => ({
        ...one,
        command: commands[place],
        ...(ports && { ports: [{ containerPort: 80 }] }),
      }));
    const [apiVersion, kind] = owner ?? [];
    const ownerReferences = owner && [{ apiVersion, kind, name: "o", controller: true }];
    const whole = {
      ...pod,
      metadata: { ...(pod["metadata"] as JsonObject), ownerReferences },
      spec: {
        ...spec,
        containers: [...apps, ...(proxy === undefined ? [] : [{ name: proxy, image: "proxy:1" }])],
        ...(grace !== undefined && { terminationGracePeriodSeconds: grace }),
      },
    };
    return JSON.parse(JSON.stringify(whole));
  });

const INJECTS = namespaceOf("shop", { "gracekeeper.dev/inject": "enabled" }, {});

/** What `/mutate` does to a pod in a namespace with injection, and what explain says about injection. */
function injections(object: JsonObject): readonly string[] {
  const { response } = mutate(readReview(reviewOf(object)), { ...CONTEXT, namespace: INJECTS });
  const done = response.response.patch === undefined ? "nothing" : "add";
  const told = explain([object], CONTEXT).documents.flatMap((one) =>
    "injection" in one ? [one.injection.does] : [],
  );
  return [done, ...told];
}

t.test(
  `the same findings for ${OBJECTS} generated pods with owners, proxies, commands and grace 0`,
  async (t) => {
    const seen = new Map<string, number>();
    const count = (what: string): void => {
      seen.set(what, (seen.get(what) ?? 0) + 1);
    };
    fc.assert(
      fc.property(crowded, (object) => {
        const found = differences(object, CONTEXT);
        if (found.length > 0) throw new Error(found.join("\n"));
        const [done, told] = injections(object);
        if (done !== told) throw new Error(`/mutate: ${done}, explain: ${told}`);
        count(`injection: ${done}`);
        for (const id of byExplain(object, CONTEXT).all) count(id);
      }),
      { numRuns: OBJECTS, seed: 312 },
    );
    for (const [what, times] of seen) t.comment(`${times} x ${what}`);
    for (const what of ["injection: add", "proxy-stops-first", "stop-signal-unheard", "grace-zero"])
      t.ok((seen.get(what) ?? 0) > OBJECTS / 20, what);
  },
);

t.test("explain reports findings that the API server's validation would prevent", async (t) => {
  const old = { ...CONTEXT, configuration: { ...CONTEXT.configuration, kubernetesMinor: 29 } };
  const object = podOf({ containers: [{ name: "web", lifecycle: { preStop: { sleep: { seconds: 5 } } } }] });
  const [one] = explain([object], old).documents;
  t.same(one && "findings" in one && one.findings.map(({ id }) => id), ["sleep-unsupported"]);
  t.same(asked(object, "audit", old).findings, []);
});

t.test("explain prints only printable lines for every generated object", async (t) => {
  fc.assert(
    fc.property(pod, (object) => {
      const text = explanationText(explain([object], CONTEXT));
      if (!/^[\x20-\x7e\n]+$/.test(text)) throw new Error(JSON.stringify(text));
    }),
    { numRuns: 1000, seed: 311 },
  );
  const proxy = podOf({ containers: [{ name: "istio-proxy" }] });
  t.match(
    explanationText(explain([proxy], CONTEXT)),
    'container "istio-proxy"',
    "a pod of nothing else is judged",
  );
  const bad = podOf({ containers: [] }, { annotations: { "gracekeeper.dev/shutdown-seconds": "x" } });
  t.match(explanationText(explain([bad], CONTEXT)), "[bad-annotation]", "what is wrong is said all the same");
  t.match(explanationText(explain([podOf({ containers: [] })], CONTEXT)), 'Pod "web": no containers at spec');
});

t.test("explain names the source of a value and the limit", async (t) => {
  const configuration = { ...CONTEXT.configuration, maxGraceSeconds: 300 };
  const namespace = namespaceOf(
    "shop",
    {},
    {
      "gracekeeper.dev/shutdown-seconds": "20",
      "gracekeeper.dev/prestop-sleep-seconds": "7",
      "gracekeeper.dev/max-grace-seconds": "90",
    },
  );
  const own = { "gracekeeper.dev/shutdown-seconds": "3", "gracekeeper.dev/prestop-sleep-seconds": "4" };
  const text = (context: TestContext, annotations: JsonObject): string =>
    explanationText(explain([podOf({ containers: [{ name: "web" }] }, { annotations })], context));
  const plain = text({ ...CONTEXT, configuration }, {});
  t.match(plain, "app needs 10s to shut down (assumed)\n  limit of the grace period: 300s (configuration)\n");
  t.match(plain, 'preStop sleep 10s (configuration) to "web"');
  const namespaces = new Map([["", namespace]]);
  const shared = text({ ...CONTEXT, configuration, namespaces }, {});
  t.match(shared, "app needs 20s to shut down (annotation of the namespace)");
  t.match(shared, 'limit of the grace period: 90s (namespace "shop")');
  t.match(shared, 'preStop sleep 7s (annotation of the namespace) to "web"');
  const ofPod = text({ ...CONTEXT, configuration, namespaces }, own);
  t.match(ofPod, "app needs 3s to shut down (annotation of the pod)");
  t.match(ofPod, 'preStop sleep 4s (annotation of the pod) to "web"');
  t.notMatch(text(CONTEXT, {}), "limit of the grace period");
});
