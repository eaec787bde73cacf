import t from "tap";
import type { Listed, ListPods, RunningPod } from "../../src/kube/pods.ts";
import { readConfiguration } from "../../src/policy/configuration/parse.ts";
import type { Configuration } from "../../src/policy/model/configuration.ts";
import { currentConfig } from "../../src/server/config/current.ts";
import { breaches, post, type TestApp, testApp } from "../helper.ts";
import { podOf, reviewOf } from "../reviews.ts";
import "../patience.ts";

/** Tests creates and updates of namespaces. */

type Metadata = Readonly<Record<string, Readonly<Record<string, string>>>>;

const VALIDATE = "gracekeeper.dev/validate";
const INJECT = "gracekeeper.dev/inject";
const UID = "5f0c8d6e-6f0a-4c2a-9d7b-2f6a3c1e9b10";

const VIOLATOR = { terminationGracePeriodSeconds: 30, containers: [sleeping(45)] };
const GIST =
  'container "web": preStop takes 45s but the pod has 30s (Kubernetes\' default) to stop [hook-over-grace]';

function sleeping(seconds: number) {
  return { name: "web", lifecycle: { preStop: { exec: { command: ["sleep", `${seconds}`] } } } };
}

function namespace(metadata: Metadata) {
  return { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop", ...metadata } };
}

function write(after: Metadata, before?: Metadata, request: Record<string, unknown> = {}) {
  return reviewOf(namespace(after), {
    name: "shop",
    namespace: "shop",
    operation: before === undefined ? "CREATE" : "UPDATE",
    oldObject: before === undefined ? null : namespace(before),
    ...request,
  });
}

interface Answer {
  readonly allowed: boolean;
  readonly message: string | undefined;
  readonly warnings: readonly string[];
}

async function ask(
  { app }: TestApp,
  review: unknown,
  url = "/validate/namespace?timeout=2s",
): Promise<Answer> {
  const answer = await post(app, url, review);
  const faults = breaches(answer, UID, false);
  if (faults.length > 0) throw new Error(faults.join("; "));
  const { allowed, status, warnings = [] } = JSON.parse(answer.body).response;
  return { allowed, message: status?.message, warnings };
}

function running(...pods: readonly object[]): ListPods {
  return async (_namespace, _limits, visit) =>
    (await visit(pods as readonly RunningPod[])) ? { looked: pods.length, more: false } : undefined;
}

const named = (name: string, spec: object, metadata = {}) => podOf(spec, { name, ...metadata });

t.test("the write of an invalid value is denied, and the message names what is allowed", async (t) => {
  const app = testApp(t, { listPods: running() });
  const rows: readonly (readonly [Metadata, string])[] = [
    [
      { labels: { [VALIDATE]: "enfroce" } },
      'label gracekeeper.dev/validate: "enfroce" is not one of enforce, warn, audit, off. Set it to "enforce". [bad-namespace-value]',
    ],
    [
      { labels: { [VALIDATE]: "true" } },
      'label gracekeeper.dev/validate: "true" is not one of enforce, warn, audit, off. Correct it or remove it. [bad-namespace-value]',
    ],
    [
      { labels: { [INJECT]: "enable" } },
      'label gracekeeper.dev/inject: "enable" is not one of enabled, disabled. Set it to "enabled". [bad-namespace-value]',
    ],
    [
      { labels: { [VALIDATE]: "warn" }, annotations: { "gracekeeper.dev/max-grace-seconds": "5m" } },
      'annotation gracekeeper.dev/max-grace-seconds: "5m" is not a whole number of seconds from 1 to 2147483647. Correct it or remove it. [bad-namespace-value]',
    ],
    [
      { labels: { [VALIDATE]: "warn" }, annotations: { "gracekeeper.dev/shutdown-seconds": "20s" } },
      'annotation gracekeeper.dev/shutdown-seconds: "20s" is not a whole number of seconds from 0 to 86400. Set it to "20". [bad-namespace-value]',
    ],
  ];
  for (const [metadata, message] of rows) {
    t.same(await ask(app, write(metadata)), { allowed: false, message, warnings: [] }, message);
    t.same(
      await ask(app, write(metadata, {})),
      { allowed: false, message, warnings: [] },
      "on an update too",
    );
  }
});

t.test("an existing invalid value never blocks a write of finalizers or other labels", async (t) => {
  const app = testApp(t, { listPods: running() });
  const bad = { labels: { [VALIDATE]: "enfroce" } };
  const { allowed, warnings } = await ask(app, write({ ...bad, annotations: { other: "1" } }, bad));
  t.equal(allowed, true);
  t.same(warnings, [
    'label gracekeeper.dev/validate: "enfroce" is not one of enforce, warn, audit, off; set it to "enforce" [bad-namespace-value]',
  ]);
  const other = await ask(app, write({ labels: { [VALIDATE]: "enforced" } }, bad));
  t.equal(other.allowed, false, "another bad value is a new one");
});

t.test("a key without an effect on namespaces causes a warning", async (t) => {
  const app = testApp(t, { listPods: running() });
  const labels = { [VALIDATE]: "warn" };
  const answer = await ask(app, write({ labels, annotations: { "gracekeeper.dev/hook-seconds": "web=20" } }));
  t.equal(answer.allowed, true);
  t.match(answer.warnings[0], /^annotation gracekeeper.dev\/hook-seconds: "web=20" does nothing here;/);
});

t.test("writing the mode label warns how many running pods would be denied", async (t) => {
  const pods = running(
    named("web-7d9f", VIOLATOR),
    named("api-1", { containers: [sleeping(5)] }),
    named("web-2b1c", VIOLATOR),
  );
  const app = testApp(t, { listPods: pods });
  const on = (mode: string) => write({ labels: { [VALIDATE]: mode } }, {});
  t.same((await ask(app, on("enforce"))).warnings, [
    `namespace "shop": 2 of 3 running pods would be denied on re-create, first "web-2b1c": ${GIST}`,
  ]);
  t.same((await ask(app, on("warn"))).warnings, [
    `namespace "shop": 2 of 3 running pods would be denied under enforce, first "web-2b1c": ${GIST}`,
  ]);
  t.same((await ask(app, on("audit"))).warnings, [], "audit asks nobody to do anything");
  const same = { labels: { [VALIDATE]: "enforce" } };
  t.same(
    (await ask(app, write({ ...same, annotations: { a: "1" } }, same))).warnings,
    [],
    "no label changed",
  );
  t.same((await ask(app, write(same))).warnings, [], "a new namespace has no pods");
});

t.test("pods of all pages are counted, and the warning has the first by name", async (t) => {
  const pages = [
    [named("web-2", VIOLATOR)],
    [named("web-1", VIOLATOR), named("api", {})],
    [named("web-3", VIOLATOR)],
  ];
  const paged =
    (listed: Listed | undefined): ListPods =>
    async (_namespace, _limits, visit) => {
      for (const page of pages) t.equal(await visit(page as unknown as RunningPod[]), true);
      return listed;
    };
  const label = write({ labels: { [VALIDATE]: "enforce" } }, {});
  t.same((await ask(testApp(t, { listPods: paged({ looked: 4, more: true }) }), label)).warnings, [
    `namespace "shop": 3 of the first 4 running pods would be denied on re-create, first "web-1": ${GIST}`,
  ]);
  t.same((await ask(testApp(t, { listPods: paged(undefined) }), label)).warnings, [], "a later page failed");
});

t.test("the preview uses the injected hooks and the new values of the namespace", async (t) => {
  const asks = named(
    "asks",
    { terminationGracePeriodSeconds: 30, containers: [{ name: "web" }] },
    {
      annotations: { "gracekeeper.dev/shutdown-seconds": "40" },
    },
  );
  const app = testApp(t, { listPods: running(asks) });
  const enforce = { [VALIDATE]: "enforce" };
  t.match(
    (await ask(app, write({ labels: enforce }, {}))).warnings[0],
    /1 of 1 running pods .* \[shutdown-too-short\]$/,
  );
  t.same(
    (await ask(app, write({ labels: { ...enforce, [INJECT]: "enabled" } }, {}))).warnings,
    [],
    "injection raises its grace",
  );
  const limited = { labels: enforce, annotations: { "gracekeeper.dev/max-grace-seconds": "20" } };
  t.match((await ask(app, write(limited, {}))).warnings[0], /\[grace-over-limit\]$/);
});

t.test("the preview gives no warning without a result, and is never late", async (t) => {
  const label = write({ labels: { [VALIDATE]: "enforce" } }, {});
  const cannot = testApp(t, { listPods: async () => undefined });
  t.same(await ask(cannot, label), { allowed: true, message: undefined, warnings: [] });
  const asked: number[] = [];
  const slow = testApp(t, {
    listPods: async (_namespace, { milliseconds }) => {
      asked.push(milliseconds);
      return undefined;
    },
  });
  await ask(slow, label, "/validate/namespace?timeout=1s");
  await ask(slow, label, "/validate/namespace?timeout=30s");
  await ask(slow, label, "/validate/namespace?timeout=x");
  t.same(asked, [500, 1000, 1000], "half of what the caller gives, one second at most");
});

t.test("the preview skips unreadable pods, mirror pods and exempt namespaces", async (t) => {
  const mirror = named("etcd", VIOLATOR, { annotations: { "kubernetes.io/config.mirror": "x" } });
  const odd = podOf({ containers: "none" });
  const label = write({ labels: { [VALIDATE]: "enforce" } }, {});
  t.same((await ask(testApp(t, { listPods: running(mirror, odd) }), label)).warnings, []);
  const exempt = testApp(t, {
    listPods: running(named("web", VIOLATOR)),
    currentConfig: currentConfig(configured({ exempt: { namespaces: ["sh*"] } })),
  });
  t.match(await ask(exempt, write({ labels: { [VALIDATE]: "enfroce" } })), {
    allowed: true,
    warnings: [/^namespace "shop" is exempt by the configuration of gracekeeper: /],
  });
  t.match(exempt.lines(), [
    { event: "decision", mode: "namespace", action: "untouched", reason: 'exempt: namespace "shop"' },
  ]);
});

t.test(
  "the preview of 3,000 pods with expensive hooks ends in time and does not block other requests",
  async (t) => {
    const dear = (pod: number) => {
      const command = Array.from(
        { length: 60 },
        (_, i) => `for a in 1 2 3 4 5; do sleep 7; : ${pod} ${i}; done`,
      ).join("; ");
      return {
        containers: [{ name: "web", lifecycle: { preStop: { exec: { command: ["sh", "-c", command] } } } }],
      };
    };
    const pods = Array.from({ length: 3000 }, (_, i) => named(`web-${i}`, dear(i)));
    const app = testApp(t, { listPods: running(...pods) });
    let turns = 0;
    const beat = setInterval(() => {
      turns += 1;
    }, 1);
    const { allowed, warnings } = await ask(app, write({ labels: { [VALIDATE]: "enforce" } }, {}));
    clearInterval(beat);
    t.comment(`others had ${turns} turns`);
    t.same([allowed, warnings], [true, []], "it could not tell in time, and says nothing");
    // On an idle machine the timer callback runs a hundred times or more, but on a busy machine it may run only twice.
    t.ok(turns > 0, `it lets others have their turn: ${turns}`);
  },
);

t.test("without access to the API server, annotations on a namespace cause a warning", async (t) => {
  const app = testApp(t);
  const metadata = {
    labels: { [VALIDATE]: "warn" },
    annotations: { "gracekeeper.dev/max-grace-seconds": "60" },
  };
  t.same((await ask(app, write(metadata))).warnings, [
    "gracekeeper has no access to the API server and does not read annotations of namespaces: gracekeeper.dev/max-grace-seconds will have no effect",
  ]);
  t.same((await ask(app, write({ ...metadata }, metadata))).warnings, [], "said once, when it is written");
});

t.test("the configuration sets the action of bad-namespace-value", async (t) => {
  const bad = write({ labels: { [VALIDATE]: "enfroce" } });
  for (const [action, allowed, said] of [
    ["Deny", false, 0],
    ["Warn", true, 1],
    ["Audit", true, 0],
    ["Off", true, 0],
  ] as const) {
    const app = testApp(t, {
      currentConfig: currentConfig(configured({ actions: { "bad-namespace-value": action } })),
    });
    const answer = await ask(app, bad);
    t.same([answer.allowed, answer.warnings.length], [allowed, said], action);
  }
});

t.test("other requests on the namespace route are allowed, and a wrong type is a 400", async (t) => {
  const app = testApp(t);
  const bad = { labels: { [VALIDATE]: "enfroce" } };
  t.equal((await ask(app, write(bad, bad, { operation: "DELETE", object: null }))).allowed, true);
  t.equal((await ask(app, write(bad, {}, { subResource: "status" }))).allowed, true);
  t.equal((await ask(app, reviewOf(podOf(VIOLATOR)))).allowed, true);
  const answer = await post(
    app.app,
    "/validate/namespace",
    reviewOf({ kind: "Namespace", metadata: { labels: "x" } }),
  );
  t.same([answer.statusCode, answer.body], [400, "metadata.labels must be an object, not a string.\n"]);
});

function configured(fields: object): Configuration {
  return readConfiguration({
    apiVersion: "gracekeeper.dev/v1alpha1",
    kind: "GracekeeperConfiguration",
    kubernetesVersion: "1.36",
    ...fields,
  });
}
