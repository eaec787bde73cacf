import t from "tap";
import type { Decision } from "../../src/admission/decision.ts";
import { mutate } from "../../src/admission/mutate.ts";
import { readReview } from "../../src/admission/review.ts";
import { validate } from "../../src/admission/validate.ts";
import { explain } from "../../src/explain/explain.ts";
import { explanationText } from "../../src/explain/text.ts";
import type { JsonObject } from "../../src/json.ts";
import { RULE_INFO } from "../../src/policy/rules/registry.ts";
import { growth, hangs, LINEAR } from "../cost.ts";
import { CONTEXT, podOf, reviewOf, shellHook, type TestContext } from "../reviews.ts";
import "../patience.ts";

/** Every answer is bounded and printable, for any request. */

const ENFORCED: TestContext = {
  ...CONTEXT,
  configuration: { ...CONTEXT.configuration, templates: "Enforce" },
};

/** In this context every finding denies. */
const STRICT: TestContext = {
  ...CONTEXT,
  configuration: {
    ...ENFORCED.configuration,
    actions: new Map(RULE_INFO.map(({ id }) => [id, "Deny" as const])),
    ignorable: new Set(),
  },
};

const WARNING: TestContext = {
  ...STRICT,
  configuration: {
    ...STRICT.configuration,
    actions: new Map(RULE_INFO.map(({ id }) => [id, "Warn" as const])),
  },
};

const many = <Item>(count: number, make: (index: number) => Item): Item[] =>
  Array.from({ length: count }, (_, index) => make(index));

/** A container with every field that gracekeeper reads. */
const container = (name: string, index: number): JsonObject => ({
  name,
  ports: [{ containerPort: 80 }],
  livenessProbe: { terminationGracePeriodSeconds: 1 },
  lifecycle: {
    preStop: [
      { exec: { command: ["sleep", "45"] } },
      { exec: { command: ["/drain.sh", "x".repeat(200)] } },
      { tcpSocket: { port: 80 } },
      { exec: { command: ["timeout", "60", "/drain.sh"] } },
      { exec: { command: ["sleep", "30"] } },
      undefined,
      { exec: { command: ["sleep", "25"] } },
    ][index % 7],
    postStart: { exec: { command: ["/warm.sh"] } },
  },
});

const template = (size: number, more: JsonObject = {}): JsonObject => ({
  metadata: more,
  spec: {
    terminationGracePeriodSeconds: 30,
    containers: many(size, (index) => container(`c${index}`.padEnd(60, "y"), index)),
    initContainers: many(size, (index) => ({ ...container(`s${index}`, index), restartPolicy: "Always" })),
  },
});

const long = "k".repeat(100_000);

const annotations = {
  "gracekeeper.dev/hook-seconds": long,
  "gracekeeper.dev/ignore": long,
  "gracekeeper.dev/shutdown-seconds": long,
  [`gracekeeper.dev/${long}`]: long,
  "gracekeeper.dev/\u202e\u001b[31m": "\u001b[31m",
};

const OBJECTS: Record<string, JsonObject> = {
  "a pod with everything": podOf(template(14, { annotations })["spec"], { annotations }),
  "a job set of 200": {
    apiVersion: "jobset.x-k8s.io/v1",
    kind: "JobSet",
    metadata: { name: "x", annotations },
    spec: {
      replicatedJobs: many(200, (index) => ({
        name: `j${index}`,
        template: { spec: { template: template(7, { annotations }) } },
      })),
    },
  },
  "a job with 200 long roles": {
    apiVersion: "kubeflow.org/v1",
    kind: "PyTorchJob",
    metadata: { name: long, annotations },
    spec: {
      pytorchReplicaSpecs: Object.fromEntries(
        many(200, (index) => [`${index}${long.slice(0, 5000)}\u001b`, { template: template(3) }]),
      ),
    },
  },
};

const LONGEST_REPLY = 32 * 1024;
const MOST_WARNED = 4096;
const LONGEST_ANNOTATION = 4096;

const responseOf = ({ response }: Decision) =>
  response.response as unknown as {
    status?: { message: string; details: { causes: { field: string; message: string }[] } };
    warnings?: string[];
    auditAnnotations?: Record<string, string>;
  };

t.test("the size of an answer is bounded", async (t) => {
  for (const [name, object] of Object.entries(OBJECTS)) {
    for (const [context, mode] of [
      [STRICT, "enforce"],
      [WARNING, "enforce"],
      [STRICT, "audit"],
      [CONTEXT, "enforce"],
    ] as const) {
      const decision = validate(readReview(reviewOf(object)), mode, context);
      const { status, warnings = [], auditAnnotations = {} } = responseOf(decision);
      const size = JSON.stringify(decision).length;
      t.ok(size <= LONGEST_REPLY, `${name}: ${size} characters`);
      t.ok(warnings.join("").length <= MOST_WARNED, `${name}: warnings`);
      t.equal(new Set(warnings).size, warnings.length, `${name}: each once`);
      for (const text of [...warnings, ...Object.values(auditAnnotations), status?.message ?? ""])
        t.notMatch(text, /[^\x20-\x7e]/, name);
      for (const [key, value] of Object.entries(auditAnnotations)) {
        t.match(key, /^[a-z][a-z-]{0,62}$/);
        t.ok(value.length <= LONGEST_ANNOTATION, `${name}: ${key} ${value.length}`);
      }
      const causes = status?.details.causes ?? [];
      t.ok(causes.length <= 20);
      for (const { field } of causes) t.match(field, /^[\x20-\x7e]{1,300}$/);
    }
  }
});

t.test("a denial states how many findings it does not list", async (t) => {
  const { status } = responseOf(
    validate(readReview(reviewOf(OBJECTS["a job set of 200"])), "enforce", STRICT),
  );
  t.equal(status?.details.causes.length, 20);
  t.match(status?.message, / And \d+ more pod templates\.$/);
  const said = responseOf(validate(readReview(reviewOf(OBJECTS["a job set of 200"])), "enforce", WARNING));
  t.match(said.warnings?.at(-1), /^and \d+ more warnings about this object$/);
  t.match(said.auditAnnotations?.["findings"], / \| and \d+ more$/);
});

t.test("every field of the log record is short, and our texts in it are printable", async (t) => {
  const evil = `\u001b[31m\n{"event":"decision"}\u202e\u200b${"x".repeat(10_000)}`;
  const owned = { name: evil, ownerReferences: [{ kind: evil, name: evil, controller: true }], annotations };
  const request = {
    uid: evil,
    name: evil,
    namespace: evil,
    userInfo: { username: evil, groups: [evil] },
  };
  const kinds = [{}, { kind: { group: "", version: "v1", kind: evil } }, { operation: evil }, { name: "" }];
  for (const more of kinds) {
    const review = readReview(reviewOf(podOf(template(2)["spec"], owned), { ...request, ...more }));
    const exempt = {
      ...STRICT,
      configuration: { ...STRICT.configuration, exempt: { users: ["*"], namespaces: [] } },
    };
    for (const { record } of [
      validate(review, "enforce", STRICT),
      validate(review, "enforce", exempt),
      mutate(review, CONTEXT),
    ]) {
      for (const [key, value] of Object.entries(record)) {
        const texts: unknown[] = Array.isArray(value) ? value : [value];
        for (const text of texts) if (typeof text === "string") t.ok(text.length <= 323, key);
        if (["findings", "ignored", "declared", "reason", "action"].includes(key))
          t.match(texts.join(""), /^[\x20-\x7e]*$/, key);
      }
    }
  }
});

t.test("the cost of containers with every finding grows linearly with their number", async (t) => {
  const workload = (containers: readonly JsonObject[], grace: number): JsonObject => ({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: {},
    spec: { template: { spec: { terminationGracePeriodSeconds: grace, containers } } },
  });
  const decisions = (count: number) => {
    const containers = many(count, (index) => container(`c${index}`, index));
    const bare = podOf({ containers: many(count, (index) => ({ name: `c${index}` })) });
    const review = readReview(reviewOf(podOf({ terminationGracePeriodSeconds: 30, containers })));
    const updated = { operation: "UPDATE", oldObject: workload(containers, 29) };
    return {
      "a pod, default": () => validate(review, "enforce", CONTEXT),
      "a pod, all deny": () => validate(review, "enforce", STRICT),
      "a pod, all warn": () => validate(review, "enforce", WARNING),
      injection: () => mutate(readReview(reviewOf(bare)), CONTEXT),
      "an update, all deny": () =>
        validate(readReview(reviewOf(workload(containers, 30), updated)), "enforce", STRICT),
    };
  };
  const few = decisions(500);
  for (const [name, decide] of Object.entries(decisions(5000))) {
    const times = growth(few[name as keyof typeof few], decide);
    t.ok(times < LINEAR, `${name}: ${times.toFixed(1)}`);
  }
});

const TOO_LONG = { preStop: { exec: { command: ["sleep", "500"] } } };

t.test("the cost of thousands of hooks above the limit grows linearly", async (t) => {
  const limited = { ...CONTEXT, configuration: { ...CONTEXT.configuration, maxGraceSeconds: 300 } };
  const decide = (count: number) => {
    const containers = many(count, (index) => ({ name: `c${index}`, lifecycle: TOO_LONG }));
    const review = readReview(reviewOf(podOf({ terminationGracePeriodSeconds: 400, containers })));
    return () => validate(review, "enforce", limited);
  };
  const times = growth(decide(500), decide(5000));
  t.ok(times < LINEAR, times.toFixed(1));
});

t.test("a long worker group name is not copied into every finding", async (t) => {
  const decide = (count: number) => {
    const containers = many(count, (index) => ({ name: `c${index}`, lifecycle: TOO_LONG }));
    const template = { spec: { containers: [...containers, { name: "bare" }] } };
    const object = {
      apiVersion: "ray.io/v1",
      kind: "RayCluster",
      metadata: { name: "x" },
      spec: { workerGroupSpecs: [{ groupName: "g".repeat(1_500_000), template }] },
    };
    return () => validate(readReview(reviewOf(object)), "enforce", CONTEXT);
  };
  const times = growth(decide(3), decide(300));
  t.ok(times < LINEAR, `a hundred times as many findings: ${times.toFixed(1)}`);
});

t.test("an object with many templates has the same budget for hooks as one pod", async (t) => {
  const script = (index: number): string =>
    `x=${index}; ${"if [ -e /a ]; then sleep 0.1; else true; fi; ".repeat(60)}`;
  const job = (index: number): JsonObject => ({
    template: { spec: { template: { spec: { containers: [shellHook(script(index))] } } } },
  });
  const object = {
    apiVersion: "jobset.x-k8s.io/v1",
    kind: "JobSet",
    metadata: { name: "x" },
    spec: { replicatedJobs: many(200, job) },
  };
  const findings = (one: JsonObject) =>
    validate(readReview(reviewOf(one)), "enforce", CONTEXT).record.findings;
  const few = { ...object, spec: { replicatedJobs: many(5, job) } };
  t.notOk(findings(few).includes("hook-length-unknown"), "each can be read");
  t.ok(findings(object).includes("hook-length-unknown"), "the last ones are not read");
  t.notOk(hangs(() => findings(object)));
  const small = { ...object, spec: { replicatedJobs: many(200_000, () => ({ template: {} })) } };
  const lots = {
    ...object,
    spec: {
      replicatedJobs: [0, 1].map(() => ({
        template: { spec: { template: { spec: { containers: many(9000, () => ({ name: "a" })) } } } },
      })),
    },
  };
  for (const one of [small, lots]) {
    const review = readReview(reviewOf(one));
    t.notOk(hangs(() => t.equal(validate(review, "enforce", CONTEXT).response.response.allowed, true)));
  }
  t.match(
    validate(readReview(reviewOf(lots)), "enforce", CONTEXT).record.reason,
    /more than 10000 containers/,
  );
});

const CANARY = "canary-5e1f";

/** The findings hook-length-unknown and hook-cannot-run quote the command of a hook on purpose. */
t.test("values of env, args and images appear in no answer and no log record", async (t) => {
  const env = [
    { name: "TOKEN", value: CANARY },
    { name: "N", value: "45" },
  ];
  const texts = [
    "sleep $N",
    "sleep $TOKEN",
    "sleep x$TOKEN && /drain",
    `sleep \${TOKEN:-5}`,
    "while sleep $TOKEN; do :; done",
    "f() { sleep $1; }; f $TOKEN",
    "timeout $TOKEN sleep 5",
    "timeout 5 $TOKEN",
    'curl -H "$TOKEN" http://localhost/drain',
    'curl --max-time "$TOKEN" http://localhost/drain',
    '"$TOKEN" --now',
    "$TOKEN; sleep 20",
    'eval "$TOKEN"',
    'sh -c "sleep $TOKEN"',
    'sh -c "$TOKEN"',
    'echo "$TOKEN" > /dev/null; sleep 45',
    'x=$TOKEN; $x; exec "$x"',
    'for i in $TOKEN; do "$i"; done',
    'trap "$TOKEN" EXIT; sleep 3',
    ". $TOKEN",
    "sleep $((TOKEN+1))",
    `sleep \${UNSET:?$TOKEN}`,
  ];
  for (const [text, started] of texts.flatMap((text) => [[text, true] as const, [text, false] as const])) {
    const handler = { exec: { command: ["sh", "-c", text] } };
    const object = podOf({
      containers: [
        {
          name: "web",
          image: `web:${CANARY}`,
          command: ["web", CANARY],
          args: [CANARY],
          env,
          lifecycle: { preStop: handler, ...(started && { postStart: handler }) },
        },
      ],
    });
    const review = readReview(reviewOf(object));
    for (const context of [STRICT, WARNING, CONTEXT]) {
      for (const reply of [
        validate(review, "enforce", context),
        validate(review, "audit", context),
        mutate(review, context),
      ])
        t.notMatch(JSON.stringify(reply), CANARY, text);
    }
    const explanation = explain([object], STRICT);
    t.notMatch(JSON.stringify(explanation) + explanationText(explanation), CANARY, `explain: ${text}`);
    if (text === "sleep $TOKEN") {
      const { status } = responseOf(validate(review, "enforce", STRICT));
      t.match(status?.message, "sleep fails: an expanded value is not a duration");
    }
  }
  const literal = podOf({ containers: [shellHook(`sleep ${CANARY}`)] });
  t.match(
    responseOf(validate(readReview(reviewOf(literal)), "enforce", STRICT)).status?.message,
    `sleep fails: "${CANARY}" is not a duration`,
    "what the hook itself says is quoted",
  );
});
