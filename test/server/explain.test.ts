import { setTimeout as sleep } from "node:timers/promises";
import t, { type Test } from "tap";
import { createExplainer, type ExplainLimits } from "../../src/server/explain/pool.ts";
import { DEEP } from "../cases.ts";
import { post, testApp } from "../helper.ts";
import { podOf, reviewOf, shellHook } from "../reviews.ts";
import "../patience.ts";

const POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers: [{name: web}]\n";
/** Generous limits: on a busy machine only deliberately expensive manifests may exceed a limit. */
const LIMITS: ExplainLimits = { milliseconds: 60_000, heapMebibytes: 64, pending: 5 };

/** All tests that do not break the worker share one explainer, because starting a worker takes time. */
const shared = createExplainer(LIMITS);
t.teardown(() => shared.close());

function explainApp(t: Test, limits?: ExplainLimits) {
  const explainer = limits === undefined ? shared : createExplainer(limits);
  if (limits !== undefined) t.teardown(() => explainer.close());
  return { ...testApp(t, { explainer }), explainer };
}

const explain = (
  app: ReturnType<typeof testApp>["app"],
  payload: string,
  headers: Record<string, string> = {},
) => app.inject({ method: "POST", url: "/explain", payload, headers });

t.test("a manifest of any Content-Type is explained, as text or as JSON", async (t) => {
  const { app } = explainApp(t);
  for (const type of [
    "application/x-www-form-urlencoded",
    "application/yaml",
    "text/plain",
    "application/json",
    "x/y",
  ]) {
    const answer = await explain(app, POD, { "content-type": type, accept: "*/*" });
    t.equal(answer.statusCode, 200, type);
    t.match(answer.headers["content-type"], /^text\/plain/);
    t.match(answer.body, /Pod "web"/);
  }
  t.equal((await explain(app, POD)).statusCode, 200, "and without one");
  const json = await explain(app, JSON.stringify({ ...podOf({ containers: [] }) }), {
    accept: "application/json",
  });
  t.match(json.headers["content-type"], /^application\/json/);
  t.equal(JSON.parse(json.body).documents.length, 1);
  const several = await explain(app, `${POD}---\n${POD}---\n`, { accept: "application/json" });
  t.equal(JSON.parse(several.body).documents.length, 2, "several documents");
});

t.test("a Namespace in the manifest is used for the explanation and the diff", async (t) => {
  const { app } = explainApp(t);
  const annotations = '{gracekeeper.dev/shutdown-seconds: "25 s"}';
  const labels = "{gracekeeper.dev/validate: warn}";
  const namespace = `kind: Namespace\napiVersion: v1\nmetadata: {name: shop, labels: ${labels}, annotations: ${annotations}}\n`;
  const pod = POD.replace("{name: web}", "{name: web, namespace: shop}").replace(
    "[{name: web}]",
    "[{name: web, lifecycle: {preStop: {sleep: {seconds: 30}}}}]",
  );
  const manifest = `${namespace.replace("25 s", "25")}---\n${pod}`;
  t.match(
    (await explain(app, manifest)).body,
    /app needs 25s.*\n[\s\S]*warn {2}container "web": preStop 30s fills/,
  );
  const page = await explain(app, manifest, { accept: "application/vnd.gracekeeper.page+json" });
  const [declared, other] = JSON.parse(page.body).documents;
  t.equal(
    declared.why,
    "a Namespace has no pod; its labels and annotations apply to the objects in the namespace",
  );
  t.match(other.time, /app needs 25s/);
  const { body } = await explain(app, `${namespace}---\n${pod}`, { accept: "text/x-diff" });
  t.match(body, /^\+.*gracekeeper\.dev\/shutdown-seconds: "25"/m);
  t.match(
    body,
    /^\+ {2}terminationGracePeriodSeconds: 55$/m,
    "the pod is fixed for the namespace as it will be",
  );
});

t.test("an answer that another site opens in a browser runs no script and loads nothing", async (t) => {
  const { app } = explainApp(t);
  const script = POD.replaceAll("web", '"]]><script>alert(1)</script>"');
  for (const accept of ["text/html,image/svg+xml,*/*;q=0.8", "text/html"]) {
    const { headers, body } = await explain(app, script, { accept });
    t.match(headers["content-security-policy"], /^default-src 'none'; .*; sandbox$/);
    t.equal(headers["x-content-type-options"], "nosniff");
    if (accept.includes("svg")) t.notMatch(body, "<script");
  }
});

t.test(
  "containers that are not checked are drawn, and have no finding except proxy-stops-first",
  async (t) => {
    const { app } = explainApp(t);
    const linked = { name: "linkerd-proxy", ports: [{ containerPort: 4143 }] };
    const istio = { name: "istio-proxy", restartPolicy: "Always", ...shellHook("sleep 900", "istio-proxy") };
    const pod = podOf({ containers: [shellHook("sleep 5; true"), linked], initContainers: [istio] });
    const text = (await explain(app, JSON.stringify(pod))).body;
    t.match(text, /^ {2}linkerd-proxy {2}S=+\.+K$/m);
    t.match(text, /^ {2}istio-proxy {4}#+S=+K$/m);
    const json = await explain(app, JSON.stringify(pod), { accept: "application/json" });
    const [{ containers, findings }] = JSON.parse(json.body).documents;
    t.same(
      containers.map(({ name }: { name: string }) => name),
      ["web", "linkerd-proxy", "istio-proxy"],
    );
    t.match(findings, [{ id: "proxy-stops-first", action: "Audit", container: "linkerd-proxy" }]);
    t.equal(findings.length, 1);
  },
);

/** JSON.parse has no depth limit, so the code of the explanation must handle this depth. */
const DEEP_DEPLOYMENT = `{"apiVersion":"apps/v1","kind":"Deployment","spec":{"template":${"[".repeat(30_000)}${"]".repeat(30_000)}}}`;

t.test("an unreadable manifest is refused with the place and a remedy", async (t) => {
  const { app, lines } = explainApp(t);
  const rows: [title: string, body: string, sentence: RegExp][] = [
    ["nothing", "", /must be a manifest in YAML or JSON, but it is empty/],
    ["only comments", "# a\n---\n# b\n", /but it is empty/],
    [
      "bad indentation",
      "a: 1\n b: 2\n",
      /^document 1: line 1, column 4: this key has a value, and also keys below it\. /,
    ],
    ["an open list", "a: [1\nb: 2\n", /^document 1: line \d+, column \d+: /],
    ["an unknown alias", "a: *b\n", /: this alias names no anchor above it\. Put/],
    [
      "two broken documents",
      "a: 1\n*: 2\n---\n[",
      /^document 1: line 2, .* \(Other documents with errors: 1\.\)$/m,
    ],
    [
      "a list of lists",
      "[[1], 2]",
      /^document 1: this is a list, not a Kubernetes object.* \(Other documents with errors: 1\.\)$/m,
    ],
    ["a wrong type", "apiVersion: v1\nkind: Pod\nspec: {containers: {}}\n", /containers/],
    ["an alias in itself", "a: &a [*a]\n", /./],
    ["30,000 levels", `${"[".repeat(30_000)}${"]".repeat(30_000)}`, /nested too deeply/],
    ["30,000 levels of blocks", "- ".repeat(30_000), /nested too deeply/],
    ["30,000 levels in a template", DEEP_DEPLOYMENT, /spec.template must be an object, not a list/],
    ["101 documents", "a: 1\n---\n".repeat(101), /at most 100 documents/],
    ["a bad character", "a: \u0007\n", /./],
  ];
  for (const [title, body, sentence] of rows) {
    const answer = await explain(app, body);
    t.equal(answer.statusCode, 400, `${title}: ${answer.body}`);
    t.match(answer.body, sentence, title);
    t.match(answer.body, /^[\x20-\x7e]+\n$/, title);
  }
  t.ok(lines().every(({ event }) => event === "request-refused"));
  t.match(JSON.parse((await explain(app, "a: [", { accept: "application/json" })).body), {
    kind: "Status",
    code: 400,
  });
  t.equal((await explain(app, "a".repeat(64 * 1024 + 1))).statusCode, 413);
  t.equal((await explain(app, "a: b", { "content-encoding": "gzip" })).statusCode, 415);
});

t.test("an invalid document does not hide other documents", async (t) => {
  const { app } = explainApp(t);
  const bad = [
    "apiVersion: v1\nkind: Pod\nmetadata: {name: bad}\nspec: {containers: {}}\n",
    "a: 1\n*: 2\n",
    "kind: Pod\n",
    "- 1\n- [2]\n",
    "apiVersion: v1\nkind: Pod\nspec: *nowhere\n",
  ];
  const answer = await explain(app, [...bad, POD].join("---\n"));
  t.equal(answer.statusCode, 200, answer.body);
  t.same(
    answer.body.split("\n").filter((line) => line.startsWith("document ")),
    [
      'document 1 (Pod "bad"): spec.containers must be a list, not an object.',
      "document 2: line 7, column 1: this is not a key. Put the text in quotes, or correct its indentation.",
      "document 3: the object must have an apiVersion and a kind: is the manifest complete?",
      "document 4: this is a number, not a Kubernetes object: is the indentation right?",
      "document 5: this is a list, not a Kubernetes object: is the indentation right?",
      "document 6: line 16, column 7: this alias names no anchor above it. Put the value in quotes if it is a text, or define the anchor above it.",
    ],
  );
  t.match(answer.body, /^Pod "web", stopped by a plain delete/m);
  const json = await explain(app, [POD, ...bad].join("---\n"), { accept: "application/json" });
  const { documents } = JSON.parse(json.body);
  t.match(documents[1], { document: 'document 2 (Pod "bad")', error: /must be a list/ });
  t.equal(documents.length, 7);
});

t.test("the query selects the ending", async (t) => {
  const { app, lines } = explainApp(t);
  const asked = (query: string) => app.inject({ method: "POST", url: `/explain?${query}`, payload: POD });
  t.match((await asked("on=spot&notice=30")).body, "stopped by the end of a spot node, 30s after the notice");
  t.match((await asked("on=delete&grace=7")).body, "grace period 7s instead of 30s");
  const all = "delete, drain, hard-eviction, soft-eviction, node-shutdown, spot, liveness, preemption";
  const seconds = "a whole number of seconds from 0 to 2147483647";
  const rows: [query: string, sentence: string][] = [
    ["on=meteor", `on must be one of ${all}, not "meteor".`],
    ["on=", `on must be one of ${all}, not "".`],
    ["on=constructor", `on must be one of ${all}, not "constructor".`],
    ["on=drain&on=spot", `on is set 2 times: set it once, to one of ${all}.`],
    ["grace=-1", `grace must be ${seconds}, not "-1".`],
    ["grace=1.5", `grace must be ${seconds}, not "1.5".`],
    ["grace=", `grace must be ${seconds}, not "".`],
    ["grace=30s", `grace must be ${seconds}, not "30s".`],
    ["grace=2147483648", `grace must be ${seconds}, not "2147483648".`],
    ["on=drain&grace=1&grace=2", `grace is set 2 times: set it once, to ${seconds}.`],
    ["on=spot&grace=5", "grace can be used with on=delete, on=drain, on=soft-eviction, not with on=spot."],
    ["notice=30", "notice can be used with on=spot, not with on=delete."],
    ["on=drain&shutdown=30", "shutdown can be used with on=node-shutdown, not with on=drain."],
    [
      "on=node-shutdown&shutdown=5",
      "critical (default 10) must be at most shutdown, which is 5: the kubelet refuses 10.",
    ],
    ["graze=5", 'there is no parameter "graze": use on, grace, shutdown, critical, notice.'],
    ["%00=5", 'there is no parameter "?": use on, grace, shutdown, critical, notice.'],
  ];
  for (const [query, sentence] of rows) {
    const answer = await asked(query);
    t.equal(answer.statusCode, 400, query);
    t.equal(answer.body, `${sentence}\n`);
  }
  t.equal(lines().length, rows.length, "one log line each");
});

/** For the format diff, the server reads the manifest with other code. */
const FORMATS = DEEP ? ["*/*", "text/x-diff"] : ["*/*"];

/** Manifests that are expensive to explain. Each expensive manifest has at most 64 KiB. */
const BOMBS: Record<string, string> = {
  "aliases of aliases": `a0: &a0 [x]\n${Array.from({ length: 30 }, (_, i) => `a${i + 1}: &a${i + 1} [${`*a${i},`.repeat(30)}]\n`).join("")}`,
  "many aliases": `a: &a [${"1,".repeat(15_000)}]\nb: [${"*a,".repeat(10_000)}]`,
  "many anchors": Array.from({ length: 5000 }, (_, i) => `- &a${i} 1\n`).join(""),
  "merges of merges": `a0: &a0 {k: 1}\n${Array.from({ length: 800 }, (_, i) => `a${i + 1}: &a${i + 1} {<<: [*a${i}, *a${i}], k${i}: 1}\n`).join("")}`,
  "deep flow": "[".repeat(60_000),
  "deep and closed": `${"[".repeat(30_000)}${"]".repeat(30_000)}`,
  "deep blocks": "- ".repeat(30_000),
  "deep maps": Array.from({ length: 340 }, (_, i) => `${" ".repeat(i)}a:\n`).join(""),
  "explicit keys": "? ".repeat(30_000),
  "a huge scalar": `a: "${"\\x41".repeat(16_000)}"`,
  "folded lines": `a: >\n${"  x\n\n".repeat(12_000)}`,
  "many documents": "---\n".repeat(16_000),
  "many keys": Array.from({ length: 7000 }, (_, i) => `k${i}: 1\n`).join(""),
  tags: "!!a ".repeat(16_000),
  quotes: '"'.repeat(65_000),
  colons: ": ".repeat(32_000),
  "long hooks": JSON.stringify(podOf({ containers: [shellHook("$(".repeat(30_000))] })),
};

/** Milliseconds between two reviews. Several reviews are sent within the time limit of one manifest. */
const BETWEEN_REVIEWS = 30;

/** Starting a new worker may take longer than the time limit of these manifests. */
const MOST_TRIES = 50;

t.test("crafted manifests are answered in time and do not delay reviews", async (t) => {
  const { app, lines } = explainApp(t, { ...LIMITS, milliseconds: 300 });
  const review = reviewOf(podOf({ containers: [shellHook("sleep 5")] }));
  let answered = 0;
  let running = true;
  const admission = (async () => {
    while (running) {
      if ((await post(app, "/validate/enforce", review)).statusCode === 200) answered++;
      await sleep(BETWEEN_REVIEWS);
    }
  })();
  for (const [title, body] of Object.entries(BOMBS)) {
    t.ok(body.length <= 64 * 1024, `${title}: ${body.length} bytes`);
    for (const accept of FORMATS) {
      const answer = await explain(app, body, { accept });
      t.ok(
        [200, 400].includes(answer.statusCode),
        `${title}: ${answer.statusCode} ${answer.body.slice(0, 100)}`,
      );
    }
  }
  running = false;
  await admission;
  t.ok(answered > Object.keys(BOMBS).length, `${answered} reviews answered meanwhile`);
  let next = 0;
  for (let tries = 0; next !== 200 && tries < MOST_TRIES; tries++)
    next = (await explain(app, POD)).statusCode;
  t.equal(next, 200, "the next manifest is explained");
  t.same(
    lines().filter(({ event }) => event === "internal-error"),
    [],
  );
});

t.test("a worker that exceeds its time limit is replaced", async (t) => {
  const { app, explainer } = explainApp(t, { ...LIMITS, milliseconds: 1 });
  const answer = await explain(app, BOMBS["many keys"] ?? "");
  t.equal(answer.statusCode, 400);
  t.match(answer.body, /takes more than 0.001 s to explain. Send a smaller manifest/);
  t.equal(explainer.pending, 0);
});

t.test("a worker that runs out of memory is replaced", async (t) => {
  const { app, explainer } = explainApp(t, { ...LIMITS, heapMebibytes: 12 });
  const hungry = Array.from({ length: 9000 }, (_, i) => `k${i}: 1\n`)
    .join("")
    .slice(0, 64 * 1024);
  const answer = await explain(app, hungry);
  t.equal(answer.statusCode, 400, answer.body);
  t.match(answer.body, /takes more than 12 MiB of memory to explain/);
  t.equal(explainer.pending, 0);
});

t.test("when too many manifests wait, the next gets a 503 with Retry-After", async (t) => {
  const { app } = explainApp(t, { ...LIMITS, pending: 2 });
  const answers = await Promise.all(Array.from({ length: 4 }, () => explain(app, POD)));
  t.same(answers.map(({ statusCode }) => statusCode).sort(), [200, 200, 503, 503]);
  const busy = answers.find(({ statusCode }) => statusCode === 503);
  t.match(busy?.headers, { "retry-after": "1", connection: "close" });
  t.equal((await explain(app, POD)).statusCode, 200, "later there is room");
});
