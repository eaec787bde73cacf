import { PassThrough } from "node:stream";
import t from "tap";
import type { Decision } from "../../src/admission/decision.ts";
import { mutate } from "../../src/admission/mutate.ts";
import { readReview } from "../../src/admission/review.ts";
import { validate } from "../../src/admission/validate.ts";
import type { JsonObject } from "../../src/json.ts";
import { createReceiver } from "../../src/server/http/body.ts";
import { CONTEXT, patchIn, podOf, reviewOf, shellHook } from "../reviews.ts";
import "../patience.ts";

/** Hostile pods: they are expensive to judge, make answers long, or try to make our patch fail. */

const enforce = (object: JsonObject): Decision => validate(readReview(reviewOf(object)), "enforce", CONTEXT);
const inject = (object: JsonObject): Decision => mutate(readReview(reviewOf(object)), CONTEXT);
const sizeOf = (decision: Decision): number => JSON.stringify(decision).length;

const many = (count: number, make: (index: number) => JsonObject): JsonObject[] =>
  Array.from({ length: count }, (_, index) => make(index));

const LONGEST_REPLY = 16 * 1024;

t.test("answers do not repeat long texts of a pod", async (t) => {
  const long = "x".repeat(250_000);
  const annotated = (value: string) =>
    podOf(
      { containers: [shellHook("sleep 45")] },
      { annotations: { "gracekeeper.dev/hook-seconds": value } },
    );
  const pods: Record<string, JsonObject> = {
    "a long value": annotated(`web=${long}`),
    "a long name, twice": annotated(`${long}=1,${long}=1`),
    "no list": annotated(long),
    "4,000 contradictions": podOf(
      { containers: many(4000, (index) => shellHook("sleep 9", `c${index}`)) },
      {
        annotations: {
          "gracekeeper.dev/hook-seconds": many(4000, (index) => ({ text: `c${index}=1` }))
            .map(({ text }) => text)
            .join(","),
        },
      },
    ),
    "10,000 violating containers": podOf({
      containers: many(10_000, (index) => shellHook("sleep 45", `c${index}`)),
    }),
    "10,000 containers nobody can read": podOf({
      containers: many(10_000, (index) => ({
        name: `c${index}`,
        lifecycle: { preStop: { httpGet: { port: 80 } } },
      })),
    }),
    "10,000 hooks that cannot run": podOf({
      containers: many(10_000, (index) => ({ name: `c${index}`, lifecycle: { preStop: { tcpSocket: {} } } })),
    }),
    "a name of 1 MiB": podOf({ containers: [shellHook("sleep 45", "n".repeat(2 ** 20))] }),
    "a command of 1 MiB": podOf({
      containers: [{ name: "web", lifecycle: { preStop: { exec: { command: ["/x".repeat(2 ** 19)] } } } }],
    }),
  };
  for (const [name, object] of Object.entries(pods)) {
    const decision = enforce(object);
    t.ok(sizeOf(decision) <= LONGEST_REPLY, `${name}: ${sizeOf(decision)} characters`);
    const message = (decision.response.response.status as { message?: string } | undefined)?.message ?? "";
    t.notMatch(message, /[^\x20-\x7e]/, name);
  }
});

t.test("a pod with more containers than an API object can hold is refused", async (t) => {
  const violator = { name: "web", lifecycle: { preStop: { exec: { command: ["sleep", "500"] } } } };
  for (const list of ["containers", "initContainers"]) {
    const crowd = {
      containers: [violator],
      [list]: [...(list === "containers" ? [violator] : []), ...many(30_000, (i) => ({ name: `c${i}` }))],
    };
    t.equal(enforce(podOf(crowd)).response.response.allowed, false, `30,000 ${list} hide nothing`);
  }
  const object = podOf({ containers: many(150_001, () => ({})) });
  t.throws(() => enforce(object), {
    name: "BadRequest",
    message: "spec.containers must have at most 150000 items, not 150001.",
  });
  t.throws(() => inject(object), { name: "BadRequest" });
});

t.test("the injected annotation never exceeds the API server's limit for annotations", async (t) => {
  const limit = 256 * 1024;
  const withNote = (length: number, text = "x") =>
    podOf({ containers: [{ name: "web" }] }, { annotations: { note: text.repeat(length) } });
  t.equal(inject(withNote(limit - 200)).record.action, "patched");
  for (const object of [withNote(limit - 60), withNote((limit - 60) / 3, "\u20ac")]) {
    const { record, response } = inject(object);
    t.equal(record.action, "untouched");
    t.match(record.reason, /^annotations-full: /);
    t.equal(response.response.patch, undefined);
  }
});

t.test("a forged injection record has no effect if its sleep is impossible", async (t) => {
  for (const seconds of [-5, 0, 3601, 86_400, 1.5]) {
    const object = podOf(
      {
        terminationGracePeriodSeconds: 30,
        containers: [
          { name: "a", lifecycle: { preStop: { exec: { command: ["sleep", `${seconds}`] } } } },
          { name: "b" },
        ],
      },
      {
        annotations: {
          "gracekeeper.dev/injected": JSON.stringify({
            sleepSeconds: seconds,
            containers: ["a"],
            graceBefore: 10,
            graceAfter: 30,
          }),
        },
      },
    );
    const [hook] = patchIn(inject(object));
    t.same(hook?.value, { preStop: { sleep: { seconds: 10 } } }, `${seconds}`);
  }
});

t.test("stalled large bodies are dropped in favour of small bodies", async (t) => {
  const receiver = createReceiver(1000);
  const stalled = many(3, () => ({})).map(() => new PassThrough());
  const refused = stalled.map((stream) =>
    receiver.receive(Object.assign(stream, { headers: {} }) as never, 2000).catch((error: Error) => error),
  );
  for (const [index, stream] of stalled.entries()) stream.write(Buffer.alloc(300 + index));
  const small = Object.assign(new PassThrough(), { headers: {} });
  const received = receiver.receive(small as never, 2000);
  small.end(Buffer.alloc(200));
  t.equal((await received).length, 200);
  t.match(await refused[2], { name: "HttpError", status: 503 }, "the largest went");
  t.equal(receiver.receiving, 2, "the others still wait");
  for (const stream of stalled) stream.destroy();
});
