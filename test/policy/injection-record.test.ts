import t from "tap";
import { mutate } from "../../src/admission/mutate.ts";
import { readReview } from "../../src/admission/review.ts";
import { validate } from "../../src/admission/validate.ts";
import type { JsonObject } from "../../src/json.ts";
import { earlierInjection, recordedInjection } from "../../src/policy/injection/record.ts";
import type { Context } from "../../src/policy/model/context.ts";
import { namespaceOf } from "../../src/policy/model/namespace.ts";
import { growth, LINEAR } from "../cost.ts";
import { CONTEXT, findingsIn, judgedOf, patchIn, podOf, reviewOf, subjectOf } from "../reviews.ts";
import { graceIn, patched } from "./injection-rules.ts";

/**
 * Tests the annotation gracekeeper.dev/injected. Anyone may write or copy this annotation, or keep it after its hook
 * was removed.
 */

const RECORD = { sleepSeconds: 10, containers: ["web"], graceBefore: 30, graceAfter: 40 };

const NATIVE = { preStop: { sleep: { seconds: 10 } } };

function recorded(record: unknown, grace: number, containers: readonly JsonObject[]): JsonObject {
  const value = typeof record === "string" ? record : JSON.stringify(record);
  return podOf(
    { terminationGracePeriodSeconds: grace, containers },
    { annotations: { "gracekeeper.dev/injected": value } },
  );
}

function graceAfter(object: JsonObject): number {
  return graceIn(patched(object, patchIn(mutate(readReview(reviewOf(object)), CONTEXT))));
}

const FORGED: readonly (readonly [string, unknown])[] = [
  ["no JSON", "{"],
  ["empty", ""],
  ["null", "null"],
  ["a list", "[]"],
  ["a number", "40"],
  ["deep", "[".repeat(100_000)],
  ["nothing in it", {}],
  ["a number as a text", { ...RECORD, sleepSeconds: "10" }],
  ["a fraction", { ...RECORD, graceBefore: 29.5 }],
  ["a negative sleep", { ...RECORD, sleepSeconds: -10 }],
  ["no sleep", { ...RECORD, sleepSeconds: 0 }],
  ["a sleep above an hour", { ...RECORD, sleepSeconds: 3601, graceAfter: 3700 }],
  ["a negative grace before", { ...RECORD, graceBefore: -1 }],
  ["a grace before that gets no sleep", { ...RECORD, graceBefore: 1 }],
  ["a grace after below the one before", { ...RECORD, graceBefore: 41 }],
  ["a huge grace", `{"sleepSeconds":10,"containers":["web"],"graceBefore":30,"graceAfter":1e400}`],
  ["more than a double holds", { ...RECORD, graceAfter: 2 ** 53 }],
  ["a sleep that leaves the app too little", { ...RECORD, sleepSeconds: 31 }],
  ["no containers", { ...RECORD, containers: [] }],
  ["one name twice", { ...RECORD, containers: ["web", "web"] }],
  ["names that are none", { ...RECORD, containers: [1, null] }],
  ["a name as containers", { ...RECORD, containers: "web" }],
  [
    "keys of the prototype",
    '{"__proto__":{"sleepSeconds":10,"containers":["web"],"graceBefore":30,"graceAfter":40}}',
  ],
];

t.test("a record that gracekeeper cannot have written is ignored", async (t) => {
  for (const [name, record] of FORGED) {
    const subject = subjectOf(recorded(record, 40, [{ name: "web", lifecycle: NATIVE }]));
    t.equal(earlierInjection(subject), undefined, name);
    const fresh = recorded(record, 40, [{ name: "web", lifecycle: NATIVE }, { name: "log" }]);
    t.equal(graceAfter(fresh), 50, `${name}: the grace is raised as if it were not there`);
  }
});

t.test("a record is used only if the pod still has part of the injection", async (t) => {
  const cases: readonly (readonly [string, number, readonly JsonObject[], readonly string[] | undefined])[] =
    [
      ["the hook is there", 40, [{ name: "web", lifecycle: NATIVE }], ["web"]],
      ["the hook is there, the grace raised", 90, [{ name: "web", lifecycle: NATIVE }], ["web"]],
      ["the hook is there, the grace lowered", 12, [{ name: "web", lifecycle: NATIVE }], ["web"]],
      [
        "as a command",
        40,
        [{ name: "web", lifecycle: { preStop: { exec: { command: ["sleep", "10"] } } } }],
        ["web"],
      ],
      ["only the grace is there", 40, [{ name: "web" }], []],
      [
        "another sleep, the same grace",
        40,
        [{ name: "web", lifecycle: { preStop: { sleep: { seconds: 9 } } } }],
        [],
      ],
      ["nothing of it", 41, [{ name: "web" }], undefined],
      ["another sleep", 41, [{ name: "web", lifecycle: { preStop: { sleep: { seconds: 9 } } } }], undefined],
      ["another container", 41, [{ name: "app", lifecycle: NATIVE }], undefined],
      [
        "in a shell",
        41,
        [{ name: "web", lifecycle: { preStop: { exec: { command: ["sh", "-c", "sleep 10"] } } } }],
        undefined,
      ],
      [
        "with more words",
        41,
        [{ name: "web", lifecycle: { preStop: { exec: { command: ["sleep 10"] } } } }],
        undefined,
      ],
    ];
  for (const [name, grace, containers, names] of cases)
    t.same(earlierInjection(subjectOf(recorded(RECORD, grace, containers)))?.containers, names, name);
  const two = recorded({ ...RECORD, containers: ["web", "gone", "log"] }, 40, [
    { name: "log", lifecycle: NATIVE },
    { name: "web", lifecycle: NATIVE },
  ]);
  t.same(
    earlierInjection(subjectOf(two))?.containers,
    ["web", "log"],
    "a container that is gone is left out",
  );
  const sidecar = podOf(
    {
      terminationGracePeriodSeconds: 41,
      containers: [{ name: "app" }],
      initContainers: [{ name: "web", restartPolicy: "Always", lifecycle: NATIVE }],
    },
    { annotations: { "gracekeeper.dev/injected": JSON.stringify(RECORD) } },
  );
  t.equal(earlierInjection(subjectOf(sidecar)), undefined, "we never add a hook to a sidecar");
});

t.test(
  "a recorded hook counts as injected only if the grace period is at least the injected one",
  async (t) => {
    for (const [grace, ours] of [
      [40, true],
      [41, true],
      [39, false],
    ] as const) {
      const subject = subjectOf(recorded(RECORD, grace, [{ name: "web", lifecycle: NATIVE }]));
      t.equal(recordedInjection(subject) !== undefined, ours, `${grace}`);
    }
    const untouched = subjectOf(recorded(RECORD, 40, [{ name: "web" }]));
    t.equal(recordedInjection(untouched), undefined, "and there is a hook");
  },
);

t.test("a forged record does not hide a hook that leaves the app no time", async (t) => {
  const hook = { preStop: { sleep: { seconds: 38 } } };
  for (const graceBefore of [2, 10, 30, 40]) {
    const record = { sleepSeconds: 38, containers: ["web"], graceBefore, graceAfter: 40 };
    const ids = findingsIn(judgedOf(recorded(record, 40, [{ name: "web", lifecycle: hook }]))).map(
      ({ id }) => id,
    );
    t.ok(ids.includes("shutdown-too-short"), `said to be ${graceBefore} before: nobody adds 38 s here`);
  }
  const asked = recorded({ ...RECORD, sleepSeconds: 38, graceBefore: 2 }, 40, [
    { name: "web", lifecycle: hook },
  ]);
  const { annotations } = asked["metadata"] as { annotations: Record<string, string> };
  annotations["gracekeeper.dev/shutdown-seconds"] = "10";
  const { allowed } = validate(readReview(reviewOf(asked)), "enforce", CONTEXT).response.response;
  t.equal(allowed, false, "a shutdown time that is asked for is denied all the same");
});

t.test(
  "with a forged record, injection never lowers the grace period and adds at most one sleep",
  async (t) => {
    for (const graceBefore of [2, 10, 30, 1000])
      for (const grace of [2, 9, 11, 30, 40, 1000]) {
        const record = { ...RECORD, graceBefore, graceAfter: 1010 };
        const result = graceAfter(
          recorded(record, grace, [{ name: "web", lifecycle: NATIVE }, { name: "log" }]),
        );
        t.ok(result >= grace && result <= grace + 10 && result >= 12, `${graceBefore}, ${grace}: ${result}`);
      }
  },
);

t.test("a container added later gets the sleep that the pod already has", async (t) => {
  const web = { name: "web", lifecycle: NATIVE };
  const object = recorded(RECORD, 40, [web, { name: "log" }]);
  const configuration = { ...CONTEXT.configuration, prestopSleepSeconds: 15 };
  const [hook, ...others] = patchIn(mutate(readReview(reviewOf(object)), { ...CONTEXT, configuration }));
  t.same(hook?.value, { preStop: { sleep: { seconds: 10 } } });
  t.equal(others.length, 1, "and the grace stays");
  const huge = recorded(RECORD, 2 ** 53, [web, { name: "log" }]);
  t.equal(mutate(readReview(reviewOf(huge)), CONTEXT).record.skipped, "unsafe-number");
});

t.test("a record with thousands of names is read in linear time", async (t) => {
  const read = (length: number) => {
    const names = Array.from({ length }, (_, index) => `c${index}`);
    const containers = names.map((name) => ({ name, lifecycle: NATIVE }));
    const subject = subjectOf(recorded({ ...RECORD, containers: names }, 40, containers));
    return () => earlierInjection(subject)?.containers.length;
  };
  t.equal(read(9000)(), 9000);
  const times = growth(read(900), read(9000));
  t.ok(times < LINEAR, `ten times the names cost ${times.toFixed()} times as much`);
});

t.test("without injection in the namespace, a record does not make a hook an injected one", async (t) => {
  const record = { sleepSeconds: 10, containers: ["web"], graceBefore: 2, graceAfter: 12 };
  const pod = recorded(record, 12, [{ name: "web", lifecycle: NATIVE }]);
  const said = (namespace: Context["namespace"]) =>
    findingsIn(judgedOf(pod, { ...CONTEXT, namespace })).map(({ id }) => id);
  t.same(said(undefined), [], "nobody knows");
  t.same(said(namespaceOf("shop", { "gracekeeper.dev/inject": "enabled" }, {})), []);
  t.same(said(namespaceOf("shop", {}, {})), ["shutdown-too-short"]);
});
