import fc from "fast-check";
import t from "tap";
import { BadRequest } from "../../src/admission/bad-request.ts";
import { mutate } from "../../src/admission/mutate.ts";
import { WORKLOADS } from "../../src/admission/pods/workloads.ts";
import { readReview } from "../../src/admission/review.ts";
import { validate } from "../../src/admission/validate.ts";
import { pod } from "../arbitraries/pods.ts";
import { cases } from "../cases.ts";
import { CONTEXT, podOf, reviewOf, shellHook } from "../reviews.ts";
import "../patience.ts";

t.test("a field with an impossible type is refused, and the error names the field", async (t) => {
  const container = (fields: object) => podOf({ containers: [{ name: "web", ...fields }] });
  const hook = (preStop: unknown) => container({ lifecycle: { preStop } });
  const cases: readonly [unknown, string][] = [
    [
      hook({ sleep: { seconds: "5" } }),
      "spec.containers[0].lifecycle.preStop.sleep.seconds must be a whole number, not a string.",
    ],
    [
      hook({ sleep: { seconds: 1.5 } }),
      "spec.containers[0].lifecycle.preStop.sleep.seconds must be a whole number, not 1.5.",
    ],
    [
      hook({ sleep: { seconds: Number("1e309") } }),
      "spec.containers[0].lifecycle.preStop.sleep.seconds must be a whole number, not Infinity.",
    ],
    [
      hook({ exec: { command: "sleep 5" } }),
      "spec.containers[0].lifecycle.preStop.exec.command must be a list, not a string.",
    ],
    [
      hook({ exec: { command: ["sleep", 5] } }),
      "spec.containers[0].lifecycle.preStop.exec.command[1] must be a string, not a number.",
    ],
    [hook({ exec: "sleep 5" }), "spec.containers[0].lifecycle.preStop.exec must be an object, not a string."],
    [
      hook({ httpGet: { port: {} } }),
      "spec.containers[0].lifecycle.preStop.httpGet.port must be a whole number or a name, not an object.",
    ],
    [hook([]), "spec.containers[0].lifecycle.preStop must be an object, not a list."],
    [container({ lifecycle: true }), "spec.containers[0].lifecycle must be an object, not a boolean."],
    [container({ name: 7 }), "spec.containers[0].name must be a string, not a number."],
    [container({ env: { A: "1" } }), "spec.containers[0].env must be a list, not an object."],
    [podOf({ containers: {} }), "spec.containers must be a list, not an object."],
    [podOf({ containers: [null] }), "spec.containers[0] must be an object, not nothing."],
    [
      podOf({ terminationGracePeriodSeconds: "30" }),
      "spec.terminationGracePeriodSeconds must be a whole number, not a string.",
    ],
    [podOf({}, { annotations: [] }), "metadata.annotations must be an object, not a list."],
    [podOf({}, { annotations: { a: 1 } }), 'metadata.annotations["a"] must be a string, not a number.'],
    [podOf([]), "spec must be an object, not a list."],
    [[], "Pod must be an object, not a list."],
  ];
  for (const [object, message] of cases) {
    const review = readReview(reviewOf(object));
    t.throws(() => validate(review, "enforce", CONTEXT), { name: "BadRequest", message }, message);
    t.throws(() => mutate(review, CONTEXT), { name: "BadRequest", message });
  }
  const deployment = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    spec: { template: { spec: { containers: {} } } },
  };
  const message = "spec.template.spec.containers must be a list, not an object.";
  t.throws(() => validate(readReview(reviewOf(deployment)), "warn", CONTEXT), { message });
});

t.test("a body that is not an AdmissionReview v1 is refused with one sentence", async (t) => {
  const good = reviewOf(podOf({}));
  const request = good["request"] as object;
  const cases: readonly [unknown, RegExp][] = [
    [null, /^the body must be an AdmissionReview, not nothing\.$/],
    [[], /not a list/],
    [1, /not a number/],
    ["x", /not a string/],
    [{}, /^kind must be AdmissionReview, not nothing\.$/],
    [
      podOf({}),
      /^kind must be AdmissionReview, not "Pod"\. To explain a manifest, POST the manifest to \/explain of a server with --explain\.$/,
    ],
    [
      { ...good, apiVersion: "admission.k8s.io/v1beta1" },
      /^apiVersion must be admission\.k8s\.io\/v1, not "admission\.k8s\.io\/v1beta1"\. Set admissionReviewVersions: \["v1"\]/,
    ],
    [{ ...good, request: null }, /^request must be an AdmissionRequest, not nothing\.$/],
    [{ ...good, request: { ...request, uid: undefined } }, /^request\.uid must be set/],
    [{ ...good, request: { ...request, uid: 5 } }, /^request\.uid must be a string, not a number\.$/],
    [{ ...good, request: { ...request, kind: null } }, /^request\.kind must be set/],
    [
      { ...good, request: { ...request, operation: {} } },
      /^request\.operation must be a string, not an object\.$/,
    ],
  ];
  for (const [body, message] of cases)
    t.throws(() => readReview(body), { name: "BadRequest", message }, String(message));
});

t.test("requests without a new pod are allowed unchanged", async (t) => {
  const violator = podOf({ terminationGracePeriodSeconds: 30, containers: [shellHook("sleep 45")] });
  const cases: readonly [string, object, object?][] = [
    ["DELETE", { operation: "DELETE", oldObject: violator, object: null }],
    ["CONNECT", { operation: "CONNECT" }],
    ["an unknown operation", { operation: "PURGE" }],
    ["a status update", { operation: "UPDATE", subResource: "status", oldObject: violator }],
    ["an eviction", { subResource: "eviction", kind: { group: "policy", version: "v1", kind: "Eviction" } }],
    ["a binding", { subResource: "binding", kind: { group: "", version: "v1", kind: "Binding" } }],
    ["the update of a pod", { operation: "UPDATE", oldObject: violator }],
    ["another kind", { kind: { group: "", version: "v1", kind: "ConfigMap" } }],
    [
      "a kind of the same name in another group",
      { kind: { group: "example.com", version: "v1", kind: "Pod" } },
    ],
    ["no object at all", { object: null }],
    [
      "a custom resource of an unknown group",
      { kind: { group: "example.com", version: "v1", kind: "Rollout" } },
    ],
  ];
  for (const [name, request] of cases) {
    const review = readReview(reviewOf(violator, { ...request }));
    for (const decided of [validate(review, "enforce", CONTEXT), mutate(review, CONTEXT)]) {
      t.equal(decided.response.response.allowed, true, name);
      t.equal(decided.response.response.patch, undefined, name);
      t.same(decided.record.findings, [], name);
      t.equal(decided.record.action, "untouched", name);
    }
  }
});

t.test("the same pod gets the same decision in every kind that makes pods", async (t) => {
  const template = { spec: { terminationGracePeriodSeconds: 30, containers: [shellHook("sleep 45")] } };
  for (const {
    group,
    kind,
    templates: [{ path: members } = { path: [] }],
  } of WORKLOADS) {
    const wrapped = [...members].reverse().reduce<object>((inner, member) => ({ [member]: inner }), template);
    const object = {
      apiVersion: group === "" ? "v1" : `${group}/v1`,
      kind,
      metadata: { name: "x" },
      ...wrapped,
    };
    const review = readReview(reviewOf(object));
    const { response, record } = validate(review, "warn", CONTEXT);
    t.same(record.findings, ["hook-over-grace"], kind);
    const path = [...members, "spec"].join(".");
    t.match(response.response.warnings?.[0], `set ${path}.terminationGracePeriodSeconds: 55`, kind);
    t.equal(
      validate(review, "enforce", CONTEXT).response.response.allowed,
      kind !== "Pod",
      `${kind} in enforce`,
    );
  }
});

const DECIDE = [
  (review: ReturnType<typeof readReview>) => validate(review, "enforce", CONTEXT),
  (review: ReturnType<typeof readReview>) => mutate(review, CONTEXT),
];

t.test("every pod that an API server can send gets an answer", async (t) => {
  fc.assert(
    fc.property(pod, (object) => {
      const review = readReview(reviewOf(object));
      for (const decide of DECIDE) {
        const text = JSON.stringify(decide(review).response);
        if (/NaN|Infinity/.test(text)) throw new Error(text);
      }
    }),
    { numRuns: cases(10_000), seed: 14 },
  );
  t.pass();
});

t.test("any JSON is answered or refused, without an internal error", async (t) => {
  const any = fc.jsonValue({ maxDepth: 4 });
  const shaped = fc.oneof(
    fc.record({ metadata: any, spec: any }),
    fc.record({
      spec: fc.record({
        containers: fc.array(fc.record({ name: any, lifecycle: any, env: any })),
        initContainers: any,
      }),
    }),
    fc.record({
      spec: fc.record({
        containers: fc.array(
          fc.record({ lifecycle: fc.record({ preStop: fc.record({ exec: fc.record({ command: any }) }) }) }),
        ),
      }),
    }),
    any,
  );
  let answered = 0;
  fc.assert(
    fc.property(
      shaped,
      fc.constantFrom(...WORKLOADS),
      fc.constantFrom("CREATE", "UPDATE"),
      any,
      (object, workload, operation, oldObject) => {
        const kind = { group: workload.group, version: "v1", kind: workload.kind };
        for (const decide of DECIDE) {
          try {
            decide(readReview(reviewOf(object, { kind, operation, oldObject })));
            answered += 1;
          } catch (error) {
            if (!(error instanceof BadRequest)) throw error;
          }
        }
      },
    ),
    { numRuns: cases(10_000), seed: 15 },
  );
  t.ok(answered > cases(10_000) / 10, `${answered} were answered, the others refused`);
});
