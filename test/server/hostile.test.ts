import fc from "fast-check";
import t from "tap";
import { asciiJson, type JsonObject } from "../../src/json.ts";
import { nestsDeeperThan } from "../../src/server/http/json-scan.ts";
import { cases } from "../cases.ts";
import { breaches, post, testApp } from "../helper.ts";
import { podOf, reviewOf, shellHook } from "../reviews.ts";
import "../patience.ts";

/** Tests bodies of hostile or broken clients. After each such body the server must answer a valid request. */

const UID = "5f0c8d6e-6f0a-4c2a-9d7b-2f6a3c1e9b10";
const GOOD = JSON.stringify(
  reviewOf(podOf({ terminationGracePeriodSeconds: 30, containers: [shellHook("sleep 5")] })),
);

/** Answers and log lines may contain only printable ASCII characters and line feeds. */
const PRINTABLE = /^[\x20-\x7e\n]*$/;

t.test("deep managedFields do not prevent a denial", async (t) => {
  const { app } = testApp(t);
  const violator = { terminationGracePeriodSeconds: 30, containers: [shellHook("sleep 500")] };
  const review = JSON.stringify(reviewOf(podOf(violator, { managedFields: "HERE" })));
  const fields = (depth: number) =>
    `[{"manager":"m \\" ]","fieldsV1":${'{"f:a":'.repeat(depth)}{}${"}".repeat(depth)}}]`;
  for (const depth of [0, 80, 120, 9_000]) {
    for (const blank of ["", " \n\t"]) {
      const body = review.replace(
        '"managedFields":"HERE"',
        `"managedFields"${blank}:${blank}${fields(depth)}`,
      );
      const answer = await post(app, "/validate/enforce", body);
      t.equal(answer.statusCode, 200, `${depth}`);
      t.equal(JSON.parse(answer.body).response.allowed, false, `${depth} levels`);
    }
  }
  const named = JSON.stringify(reviewOf(podOf(violator, { labels: { managedFields: "[" } })));
  t.equal(
    JSON.parse((await post(app, "/validate/enforce", named)).body).response.allowed,
    false,
    "a label of that name stays",
  );
  const open = review.replace('"managedFields":"HERE"', `"managedFields":${"[".repeat(1_000_000)}`);
  t.equal((await post(app, "/validate/enforce", open)).statusCode, 400, "a list without an end");
});

t.test("managedFields with an applied grace period are read if they are short and flat", async (t) => {
  const { app } = testApp(t);
  const spec = { terminationGracePeriodSeconds: 30, containers: [{ name: "web" }] };
  const warned = async (more: JsonObject, operation = "Apply") => {
    const fieldsV1 = { "f:spec": { "f:terminationGracePeriodSeconds": {}, ...more } };
    const managedFields = [{ manager: "m", operation, fieldsType: "FieldsV1", fieldsV1 }];
    const body = JSON.stringify(reviewOf(podOf(spec, { managedFields })));
    return JSON.parse((await post(app, "/mutate", body)).body).response.warnings[0];
  };
  const nested = (depth: number) => ({
    "f:a": JSON.parse(`${'{"f:a":'.repeat(depth)}{}${"}".repeat(depth)}`),
  });
  t.match(await warned({}), "grace stays 30s");
  t.match(await warned(nested(10)), "grace stays 30s");
  t.match(await warned({}, "Update"), "grace 40s");
  t.match(await warned(nested(120)), "grace 40s");
  t.match(await warned({ [`f:${"x".repeat(64 * 1024)}`]: {} }), "grace 40s");
});

t.test("every truncation of a valid body is refused", async (t) => {
  const { app } = testApp(t);
  let refused = 0;
  for (let cut = 0; cut < GOOD.length; cut++) {
    const { statusCode } = await post(app, "/validate/enforce", GOOD.slice(0, cut));
    if (statusCode === 400) refused++;
  }
  t.equal(refused, GOOD.length);
  t.same(breaches(await post(app, "/validate/enforce", GOOD), UID, false), []);
});

t.test(
  "random bodies, and valid bodies with some changed bytes, never cause an internal error",
  async (t) => {
    const { app } = testApp(t);
    const damaged = fc
      .array(fc.tuple(fc.nat(GOOD.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 })
      .map((changes) => {
        const bytes = Buffer.from(GOOD);
        for (const [at, byte] of changes) bytes[at] = byte;
        return bytes;
      });
    const body = fc.oneof(
      damaged,
      fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
      fc.json().map((text) => Buffer.from(text)),
    );
    await fc.assert(
      fc.asyncProperty(body, fc.constantFrom("/validate/enforce", "/mutate"), async (bytes, route) => {
        const answer = await post(app, route, bytes);
        return (answer.statusCode === 200 || answer.statusCode === 400) && PRINTABLE.test(answer.body);
      }),
      { numRuns: cases(1_500) },
    );
  },
);

t.test("the depth counted in a JSON text is the depth of its value", async (t) => {
  const depth = (value: unknown): number =>
    typeof value === "object" && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depth)) : 0;
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
      const bytes = Buffer.from(JSON.stringify(value));
      const deep = depth(value);
      return !nestsDeeperThan(deep, bytes) && (deep === 0 || nestsDeeperThan(deep - 1, bytes));
    }),
  );
  t.equal(
    nestsDeeperThan(1, Buffer.from('["[[[", "\\"[[", "\\\\"]')),
    false,
    "brackets in strings do not count",
  );
  t.equal(
    nestsDeeperThan(1, Buffer.from('["\\\\", [')),
    true,
    "an escaped backslash does not hide the quote after it",
  );
  t.equal(nestsDeeperThan(1, Buffer.from('"[[[[')), false, "a string without an end has no depth");
});

t.test("6 MB of brackets are refused at once", async (t) => {
  const { app } = testApp(t);
  for (const piece of ["[", '{"a":']) {
    const levels = Math.floor(6_000_000 / piece.length);
    const answer = await post(app, "/validate/enforce", piece.repeat(levels));
    t.equal(answer.statusCode, 400);
    t.match(answer.body, /deeper than 100/);
  }
});

t.test("a body with 100 levels is accepted, and a deeper one is refused", async (t) => {
  const { app } = testApp(t);
  // A field of the object is already at level 4 of the review.
  const nested = JSON.parse(`${"[".repeat(96)}${"]".repeat(96)}`);
  const review = (value: unknown) =>
    reviewOf({ ...podOf({ containers: [shellHook("sleep 5")] }), extra: value });
  t.same(breaches(await post(app, "/validate/enforce", review(nested)), UID, false), []);
  t.equal((await post(app, "/validate/enforce", review([[nested]]))).statusCode, 400);
});

t.test("keys such as __proto__ are ordinary keys and change nothing", async (t) => {
  const { app } = testApp(t);
  for (const key of ["__proto__", "constructor", "prototype", "hasOwnProperty", "toString", "valueOf"]) {
    const map = `{"${key}":"x","a":"b"}`;
    const spec = `{"terminationGracePeriodSeconds":30,"nodeSelector":${map},"volumes":[{"name":"v","csi":{"driver":"d","volumeAttributes":${map}}}],"containers":[{"name":"web","env":[{"name":"${key}","value":"1"}],"lifecycle":{"preStop":{"exec":{"command":["sleep","45"]}}}}]}`;
    const object = `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"web","labels":${map},"annotations":${map}},"spec":${spec}}`;
    const body = JSON.stringify(reviewOf(podOf({}))).replace(JSON.stringify(podOf({})), () => object);
    const answer = await post(app, "/validate/enforce", body);
    t.same(breaches(answer, UID, false), [], key);
    t.match(answer.body, /hook-over-grace/, `${key}: judged as without it`);
    t.same(
      breaches(await post(app, "/mutate", body.replace(/"lifecycle":.*?\}\}\}/, '"ports":[]')), UID, true),
      [],
      key,
    );
  }
  const polluting = `{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},${GOOD.slice(1)}`;
  for (let i = 0; i < 500; i++) await post(app, "/validate/enforce", polluting);
  t.equal(({} as Record<string, unknown>)["polluted"], undefined);
});

t.test("unprintable bytes reach neither the answer nor the log", async (t) => {
  const { app, raw, lines } = testApp(t);
  const nasty = [
    "\u0000",
    "\u001b[31m",
    "\r\nHTTP/1.1 200 OK",
    '"}\n{"event":"decision"',
    "\u202e\u200b",
    "\ud800",
    "\u007f",
    "\u2028",
  ];
  for (const text of nasty) {
    const shown = asciiJson(JSON.stringify(text));
    const container = { ...shellHook(`sleep 45 ${text}`, `web${text}`) };
    const object = podOf(
      { terminationGracePeriodSeconds: 30, containers: [container] },
      { name: `n${text}`, annotations: { [`a${text}`]: text } },
    );
    const request = { namespace: `s${text}`, operation: "CREATE", userInfo: { username: `u${text}` } };
    for (const route of ["/validate/enforce", "/validate/warn", "/mutate"]) {
      const answer = await post(app, route, reviewOf(object, request));
      t.same(breaches(answer, UID, route === "/mutate"), [], shown);
      t.match(answer.body, PRINTABLE, `${route} ${shown}`);
    }
    t.match((await post(app, "/mutate", { kind: text })).body, PRINTABLE);
  }
  t.equal(raw.length, nasty.length * 4, "one line a request");
  for (const line of raw) t.match(line, /^[\x20-\x7e]+\n$/);
  t.equal(lines()[0]?.["name"], "n\u0000", "escaped, not lost");
});

t.test("broken UTF-8 and a byte order mark cause no internal error", async (t) => {
  const { app } = testApp(t);
  const mark = Buffer.concat([Buffer.of(0xef, 0xbb, 0xbf), Buffer.from(GOOD)]);
  t.same(
    breaches(await post(app, "/validate/enforce", mark), UID, false),
    [],
    "a byte order mark is skipped",
  );
  const broken = Buffer.from(GOOD.replace("sleep 5", "sleep 5 \u00ff"), "latin1");
  t.same(
    breaches(await post(app, "/validate/enforce", broken), UID, false),
    [],
    "a broken byte is some character",
  );
});

t.test("other kinds, subresources and operations are allowed unchanged", async (t) => {
  const { app } = testApp(t);
  const rows = [
    reviewOf({ apiVersion: "v1", kind: "Node", metadata: { name: "a" } }),
    reviewOf({ apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata: { name: "a" } }),
    reviewOf({ apiVersion: "v1", kind: "Secret", metadata: { name: "a" } }),
    ...["status", "exec", "eviction", "binding", "resize"].map((subResource) =>
      reviewOf(podOf({}), { subResource }),
    ),
    ...["DELETE", "CONNECT", "FROB"].map((operation) =>
      reviewOf(null, {
        operation,
        kind: { group: "", version: "v1", kind: "Pod" },
        resource: { group: "", version: "v1", resource: "pods" },
      }),
    ),
  ];
  for (const review of rows) {
    for (const route of ["/validate/enforce", "/mutate"]) {
      const answer = await post(app, route, review);
      t.same(breaches(answer, UID, route === "/mutate"), [], answer.body);
      t.match(JSON.parse(answer.body).response, { allowed: true, patch: undefined, warnings: undefined });
    }
  }
});

t.test("no secret of the pod appears in answers, logs or metrics", async (t) => {
  const { app, raw, metrics } = testApp(t);
  const canary = "canary-7f3a";
  const container = {
    name: "web",
    image: canary,
    args: [canary],
    env: [{ name: "TOKEN", value: canary }],
    lifecycle: { preStop: { exec: { command: ["sleep", "45"] } } },
  };
  const object = podOf(
    { terminationGracePeriodSeconds: 30, containers: [container] },
    { annotations: { note: canary } },
  );
  const answers: string[] = [];
  for (const route of ["/validate/enforce", "/validate/warn", "/validate/audit", "/mutate"]) {
    answers.push((await post(app, route, reviewOf(object))).body);
    answers.push((await post(app, route, `${JSON.stringify(reviewOf(object))}]`)).body);
    answers.push(
      (
        await post(
          app,
          route,
          reviewOf({ ...object, spec: { containers: [{ ...container, command: canary }] } }),
        )
      ).body,
    );
  }
  for (const text of [...answers, ...raw, await metrics.registry.metrics()]) t.notMatch(text, canary);
});

t.test("names chosen by clients do not add metric series", async (t) => {
  const { app, metrics } = testApp(t);
  for (let i = 0; i < 300; i++) {
    const kind = { group: `g${i}`, version: "v1", kind: `Kind${i}` };
    await post(
      app,
      "/mutate",
      reviewOf(
        { apiVersion: "v1", kind: `Kind${i}` },
        { kind, namespace: `n${i}`, userInfo: { username: `u${i}` } },
      ),
    );
    await post(app, `/nothing/${i}`, "{}");
  }
  const text = await metrics.registry.metrics();
  const own = text.split("\n").filter((line) => line.startsWith("gracekeeper_"));
  t.ok(own.length < 60, `${own.length} series`);
  t.match(text, 'kind="other",dry_run="false"} 300');
  t.notMatch(text, /Kind1|n17|u17/);
});

t.test("a long name does not make a long log line", async (t) => {
  const { app, raw } = testApp(t);
  const long = "x".repeat(1_000_000);
  const answer = await post(
    app,
    "/validate/enforce",
    reviewOf(podOf({}, { name: long }), { uid: long, namespace: long }),
  );
  t.equal(JSON.parse(answer.body).response.uid, long, "the uid goes back whole");
  t.ok((raw[0]?.length ?? 0) < 2500);
  t.ok((await post(app, "/validate/enforce", { kind: long })).body.length < 600);
});
