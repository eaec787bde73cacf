import t from "tap";
import type { Program } from "../../src/hook/programs/program.ts";
import { hookReader } from "../../src/hook/reader.ts";
import { type CurrentConfig, currentConfig } from "../../src/server/config/current.ts";
import { createExplainer } from "../../src/server/explain/pool.ts";
import { createReceiver } from "../../src/server/http/body.ts";
import { breaches, post, testApp } from "../helper.ts";
import { CONTEXT, podOf, reviewOf, shellHook } from "../reviews.ts";
import "../patience.ts";

/** Tests every row of the table in the comment above `buildApp`. */

const UID = "5f0c8d6e-6f0a-4c2a-9d7b-2f6a3c1e9b10";
const GOOD = reviewOf(
  podOf({ terminationGracePeriodSeconds: 60, containers: [shellHook("sleep 5 && nginx -s quit")] }),
);
const BAD = reviewOf(podOf({ terminationGracePeriodSeconds: 30, containers: [shellHook("sleep 45")] }));
const BARE = reviewOf(podOf({ terminationGracePeriodSeconds: 30, containers: [{ name: "web" }] }));

t.test("every decision about a review is answered with 200", async (t) => {
  const rows = [
    { route: "/validate/enforce", review: GOOD, action: "allowed" },
    { route: "/validate/enforce", review: BAD, action: "denied" },
    { route: "/validate/warn", review: BAD, action: "warned" },
    { route: "/validate/audit", review: BAD, action: "audited" },
    { route: "/mutate", review: BARE, action: "patched" },
    { route: "/mutate", review: GOOD, action: "untouched" },
  ];
  const { app, lines, metrics } = testApp(t);
  for (const { route, review, action } of rows) {
    const answer = await post(app, `${route}?timeout=2s`, review);
    t.same(breaches(answer, UID, route === "/mutate"), [], `${route} ${action}`);
    t.match(answer.headers["content-type"], /^application\/json/);
    t.equal(JSON.parse(answer.body).response.allowed, action !== "denied", `${route} ${action}`);
  }
  t.same(
    lines().map(({ event, action }) => [event, action]),
    rows.map(({ action }) => ["decision", action]),
    "one line a decision",
  );
  const text = await metrics.registry.metrics();
  t.match(text, 'gracekeeper_decisions_total{mode="enforce",action="denied",kind="Pod",dry_run="false"} 1');
  t.match(text, 'gracekeeper_findings_total{id="hook-over-grace",action="denied"} 1');
  t.match(text, 'gracekeeper_decision_duration_seconds_count{mode="inject"} 2');
});

t.test("a body that is not a review is refused with one sentence", async (t) => {
  const deep = (levels: number) => `${"[".repeat(levels)}${"]".repeat(levels)}`;
  const rows: [title: string, body: string, status: number, sentence: RegExp][] = [
    ["an empty body", "", 400, /must be an AdmissionReview, not nothing/],
    ["null", "null", 400, /AdmissionReview, not nothing/],
    ["a list", "[]", 400, /AdmissionReview, not a list/],
    ["a number", "1", 400, /AdmissionReview, not a number/],
    ["a string", '"x"', 400, /AdmissionReview, not a string/],
    ["an empty object", "{}", 400, /kind must be AdmissionReview/],
    ["a pod", JSON.stringify(podOf({})), 400, /kind must be AdmissionReview, not "Pod"/],
    [
      "v1beta1",
      JSON.stringify({ ...GOOD, apiVersion: "admission.k8s.io/v1beta1" }),
      400,
      /apiVersion must be admission.k8s.io\/v1/,
    ],
    ["no request", JSON.stringify({ ...GOOD, request: undefined }), 400, /request must be/],
    ["a null request", JSON.stringify({ ...GOOD, request: null }), 400, /request must be/],
    ["no uid", JSON.stringify(reviewOf(podOf({}), { uid: "" })), 400, /request.uid must be set/],
    ["text", "hello", 400, /is not valid JSON/],
    ["trailing text", `${JSON.stringify(GOOD)} x`, 400, /is not valid JSON/],
    ["101 levels", deep(101), 400, /deeper than 100/],
    [
      "a list for seconds",
      JSON.stringify(
        reviewOf(podOf({ containers: [{ name: "a", lifecycle: { preStop: { sleep: { seconds: "5" } } } }] })),
      ),
      400,
      /seconds/,
    ],
    ["an object for containers", JSON.stringify(reviewOf(podOf({ containers: {} }))), 400, /containers/],
  ];
  for (const [title, body, status, sentence] of rows) {
    const { app, lines, metrics } = testApp(t);
    const answer = await post(app, "/validate/enforce", body);
    t.equal(answer.statusCode, status, title);
    t.match(answer.body, sentence, title);
    t.match(answer.body, /^[\x20-\x7e]+\n$/, `${title}: one printable line`);
    t.equal(lines().length, 1, `${title}: one line in the log`);
    t.match(lines()[0], { event: "request-refused", status }, title);
    t.match(await metrics.registry.metrics(), `gracekeeper_refused_requests_total{status="${status}"} 1`);
  }
});

t.test(
  "a request with a wrong path, method or Content-Type is refused before its body is read",
  async (t) => {
    const body = JSON.stringify(GOOD);
    const rows: [title: string, request: object, status: number, sentence: RegExp][] = [
      ["another path", { url: "/validate" }, 404, /POST to \/validate\/enforce, .*\/mutate\.$/m],
      ["a trailing slash", { url: "/mutate/" }, 404, /nothing here/],
      ["a path that climbs", { url: "/../../etc/passwd" }, 404, /nothing here/],
      ["an encoded path that climbs", { url: "/%2e%2e/%2e%2e/etc/passwd" }, 404, /nothing here/],
      ["a double slash", { url: "//validate/enforce" }, 404, /nothing here/],
      ["a path that is none", { url: "/%zz" }, 400, /not a valid URL path/],
      ["explain, which is off", { url: "/explain" }, 404, /nothing here/],
      ["GET", { method: "GET", payload: undefined }, 405, /use POST here, not GET/],
      ["DELETE", { method: "DELETE" }, 405, /use POST here, not DELETE/],
      ["YAML", { headers: { "content-type": "application/yaml" } }, 415, /must be application\/json/],
      ["text", { headers: { "content-type": "text/plain" } }, 415, /must be application\/json/],
      ["a type that is none", { headers: { "content-type": "json" } }, 415, /must be application\/json/],
      ["almost JSON", { headers: { "content-type": "application/jsonp" } }, 415, /must be application\/json/],
      [
        "gzip",
        { headers: { "content-type": "application/json", "content-encoding": "gzip" } },
        415,
        /compressed/,
      ],
      [
        "too long",
        { headers: { "content-type": "application/json", "content-length": "19922945" } },
        413,
        /at most 19 MiB/,
      ],
      [
        "200 header fields",
        { headers: { "content-type": "application/json", ...manyHeaders(200) } },
        431,
        /at most 100 header/,
      ],
    ];
    for (const [title, request, status, sentence] of rows) {
      const { app, lines } = testApp(t);
      const answer = await app.inject({
        method: "POST",
        url: "/validate/enforce",
        payload: body,
        headers: { "content-type": "application/json" },
        ...request,
      });
      t.equal(answer.statusCode, status, title);
      t.match(answer.body, sentence, title);
      if (status !== 400)
        t.equal(answer.headers["connection"], "close", `${title}: the connection is closed`);
      t.equal(answer.headers["allow"], status === 405 ? "POST" : undefined, title);
      t.match(lines(), [{ event: "request-refused", status }], title);
    }
  },
);

t.test("a body without a Content-Type is refused, and JSON with a charset is accepted", async (t) => {
  const { app } = testApp(t);
  const url = "/validate/enforce";
  const untyped = await app.inject({ method: "POST", url, payload: Buffer.from(JSON.stringify(GOOD)) });
  t.equal(untyped.statusCode, 415);
  for (const type of [
    "application/json; charset=utf-8",
    "application/json;charset=UTF-8",
    "Application/JSON",
  ]) {
    const answer = await post(app, url, GOOD, { "content-type": type });
    t.same(breaches(answer, UID, false), [], type);
  }
});

t.test("excess load is refused with 503 and Retry-After", async (t) => {
  const { app } = testApp(t, { receiver: createReceiver(10) });
  const answer = await post(app, "/validate/enforce", GOOD);
  t.equal(answer.statusCode, 503);
  t.equal(answer.headers["retry-after"], "1");
  t.equal(answer.headers["connection"], "close");
  t.match(answer.body, /Try again in a second/);
  const roomForOne = testApp(t, { receiver: createReceiver(1.5 * JSON.stringify(GOOD).length) });
  for (let i = 0; i < 3; i++) {
    t.same(
      breaches(await post(roomForOne.app, "/validate/enforce", GOOD), UID, false),
      [],
      "one after the other",
    );
  }
});

t.test("an internal error is a 500 and never a denial, and the log has the error and the uid", async (t) => {
  const broken: CurrentConfig = {
    ...currentConfig(CONTEXT.configuration),
    context() {
      throw new Error("boom");
    },
  };
  const { app, lines } = testApp(t, { currentConfig: broken });
  for (const route of ["/validate/enforce", "/mutate"]) {
    const answer = await post(app, route, BARE);
    t.equal(answer.statusCode, 500, route);
    t.equal(answer.body, "gracekeeper failed on this request. See the error in the log of gracekeeper.\n");
  }
  t.match(lines(), [
    { event: "internal-error", uid: UID, err: { message: "boom", stack: /boom/ } },
    { event: "internal-error", uid: UID },
  ]);
});

t.test("an internal error in the hook reader is a 500, not a hook of unknown length", async (t) => {
  const sleep: Program = {
    name: "sleep",
    source: "",
    summary: "",
    read: () => {
      throw new TypeError("boom");
    },
  };
  const readHooks = hookReader(new Map([["sleep", sleep]]));
  const broken = { ...currentConfig(CONTEXT.configuration), context: () => ({ ...CONTEXT, readHooks }) };
  const { app, lines } = testApp(t, { currentConfig: broken });
  const pod = podOf({ containers: [shellHook("sleep 5")] });
  const answer = await post(app, "/validate/enforce", reviewOf(pod));
  t.equal(answer.statusCode, 500);
  t.match(lines(), [{ event: "internal-error", uid: UID, err: { message: "boom", stack: /TypeError/ } }]);
});

t.test("an internal error on the namespace route or in the explain worker is a 500", async (t) => {
  const broken: CurrentConfig = {
    ...currentConfig(CONTEXT.configuration),
    configuration: { ...CONTEXT.configuration, programs: null as never },
    context() {
      throw new TypeError("boom");
    },
  };
  const explainer = createExplainer();
  t.teardown(() => explainer.close());
  const { app, lines } = testApp(t, { currentConfig: broken, explainer });
  t.equal((await post(app, "/validate/namespace", BARE)).statusCode, 500);
  t.equal((await post(app, "/explain", podOf({ containers: [{ name: "web" }] }))).statusCode, 500);
  t.match(lines(), [
    { event: "internal-error", route: "/validate/namespace", uid: UID, err: { stack: /TypeError: boom/ } },
    { event: "internal-error", route: "/explain", err: { message: /^explain: TypeError/ } },
  ]);
});

t.test("a caller that accepts JSON gets the error as a Status, which client-go shows", async (t) => {
  const { app } = testApp(t);
  const answer = await post(app, "/validate/enforce", "{}", { accept: "application/json, */*" });
  t.equal(answer.statusCode, 400);
  t.match(JSON.parse(answer.body), {
    apiVersion: "v1",
    kind: "Status",
    status: "Failure",
    reason: "BadRequest",
    code: 400,
    message: /kind must be AdmissionReview/,
  });
});

t.test("a stopping server still decides, and every answer closes its connection", async (t) => {
  let draining = false;
  const { app } = testApp(t, { draining: () => draining });
  t.not((await post(app, "/mutate", BARE)).headers["connection"], "close");
  draining = true;
  const answer = await post(app, "/mutate", BARE);
  t.same(breaches(answer, UID, true), []);
  t.equal(answer.headers["connection"], "close");
  t.equal((await post(app, "/mutate", "{}")).headers["connection"], "close", "a refusal too");
});

t.test("the query parameter timeout has no effect", async (t) => {
  const { app } = testApp(t);
  for (const query of [
    "",
    "?timeout=0s",
    "?timeout=1s",
    "?timeout=abc",
    "?timeout=-5s",
    "?timeout=1s&timeout=2s",
    "?%zz",
  ]) {
    t.same(breaches(await post(app, `/validate/enforce${query}`, GOOD), UID, false), [], query);
  }
});

function manyHeaders(count: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`x-${index}`, "1"]));
}
