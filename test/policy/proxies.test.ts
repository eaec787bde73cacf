import t from "tap";
import { mutate } from "../../src/admission/mutate.ts";
import { readReview } from "../../src/admission/review.ts";
import { validate } from "../../src/admission/validate.ts";
import { explain } from "../../src/explain/explain.ts";
import { explanationText } from "../../src/explain/text.ts";
import type { JsonObject } from "../../src/json.ts";
import type { Context } from "../../src/policy/model/context.ts";
import { namespaceOf } from "../../src/policy/model/namespace.ts";
import { CONTEXT, evaluate, judgedOf, patchIn, podOf, reviewOf, shellHook } from "../reviews.ts";
import { patched } from "./injection-rules.ts";

/**
 * Tests proxies that carry the app's traffic: when a proxy stops before the app, and which pods get no sleep because of
 * it.
 */

const GRACE = "terminationGracePeriodSeconds";
const WEB = shellHook("sleep 10");

interface Around {
  readonly annotations?: Record<string, string>;
  readonly labels?: Record<string, string>;
  readonly context?: Context;
}

/** `linkerd-proxy Audit 20`: the proxy, the action, and the seconds that the app needs according to the message. */
function found(containers: readonly JsonObject[], around: Around = {}, spec: JsonObject = {}): string {
  const { context = CONTEXT, ...metadata } = around;
  const pod = judgedOf(podOf({ containers, ...spec }, metadata), context);
  return evaluate(pod, context.configuration, "after-validation")
    .findings.filter(({ id }) => id === "proxy-stops-first")
    .map(({ container, action, evidence }) => {
      const { neededSeconds } = evidence as { neededSeconds: number };
      return `${container?.container.name} ${action} ${neededSeconds}`;
    })
    .join(", ");
}

const alone = (name: string, more: JsonObject = {}) => ({ name, image: "proxy:1", ...more });

t.test("the containers that are known proxies", async (t) => {
  const proxy = alone("linkerd-proxy");
  t.equal(found([WEB, proxy]), "linkerd-proxy Audit 20");
  t.equal(found([{ name: "web" }, proxy]), "linkerd-proxy Audit 10", "an app without a hook shuts down, too");
  t.equal(found([proxy]), "", "a gateway is the app itself");
  t.equal(found([proxy, alone("cloud-sql-proxy")]), "");
  t.equal(found([WEB], {}, { initContainers: [{ ...proxy, restartPolicy: "Always" }] }), "", "a sidecar");
  t.equal(found([WEB, { ...proxy, lifecycle: { preStop: { sleep: { seconds: 5 } } } }]), "", "its own hook");
  t.equal(found([WEB, proxy], {}, { [GRACE]: 0 }), "", "everything ends at once");
  const configuration = {
    ...CONTEXT.configuration,
    shutdownSeconds: 0,
    containers: { notJudged: [], proxies: [{ name: "egress-*", image: "proxy:1" }] },
  };
  const context = { ...CONTEXT, configuration };
  t.equal(found([{ name: "web" }, proxy], { context }), "", "the app needs no time");
  t.equal(found([WEB, alone("egress-1")], { context }), "egress-1 Audit 10");
  t.equal(found([WEB, { name: "egress-1", image: "other" }], { context }), "");
  t.equal(found([WEB, proxy], { context }), "linkerd-proxy Audit 10", "checked or not");
});

t.test("the settings that let a proxy outlive the app", async (t) => {
  const env = (name: string, value: string) => ({ env: [{ name, value }] });
  const args = (...words: string[]) => ({ args: words });
  const from = { env: [{ name: "DP_SHUTDOWN_GRACE_PERIOD_SECONDS", valueFrom: { fieldRef: {} } }] };
  const rows: readonly [string, JsonObject, Record<string, string>, boolean][] = [
    ["istio-proxy", {}, {}, true],
    ["istio-proxy", {}, { "sidecar.istio.io/nativeSidecar": "true" }, false],
    ["istio-proxy", {}, { "sidecar.istio.io/nativeSidecar": "false" }, true],
    ["istio-proxy", {}, { "proxy.istio.io/config": "concurrency: 2" }, true],
    [
      "istio-proxy",
      {},
      { "proxy.istio.io/config": "proxyMetadata: {EXIT_ON_ZERO_ACTIVE_CONNECTIONS: 'true'}" },
      false,
    ],
    ["istio-proxy", {}, { "proxy.istio.io/config": "terminationDrainDuration: 30s" }, false],
    ["istio-proxy", env("EXIT_ON_ZERO_ACTIVE_CONNECTIONS", "true"), {}, false],
    ["istio-proxy", env("PROXY_CONFIG", '{"terminationDrainDuration":"30s"}'), {}, false],
    ["istio-proxy", env("PROXY_CONFIG", "{}"), {}, true],
    ["linkerd-proxy", {}, {}, true],
    ["linkerd-proxy", {}, { "config.linkerd.io/proxy-enable-native-sidecar": "true" }, false],
    ["linkerd-proxy", {}, { "config.alpha.linkerd.io/proxy-enable-native-sidecar": "true" }, false],
    ["kuma-sidecar", {}, {}, false],
    ["kuma-sidecar", env("KUMA_DATAPLANE_DRAIN_TIME", "19s"), {}, true],
    ["kuma-sidecar", env("KUMA_DATAPLANE_DRAIN_TIME", "1m0s"), {}, false],
    ["kuma-sidecar", env("KUMA_DATAPLANE_DRAIN_TIME", "soon"), {}, false],
    ["kuma-sidecar", args("run", "--drain-time", "19.5s"), {}, true],
    ["kuma-sidecar", args("run", "--drain-time", "5s"), { "kuma.io/sidecar-drain-time": "20s" }, false],
    ["consul-dataplane", {}, {}, true],
    ["consul-dataplane", args("-shutdown-grace-period-seconds=20"), {}, false],
    ["consul-dataplane", args("-shutdown-grace-period-seconds=19"), {}, true],
    ["consul-dataplane", args("-config-file=/etc/dataplane.json"), {}, false],
    ["consul-dataplane", from, {}, false],
    ["cloud-sql-proxy", args("--port=5432", "shop:eu:main"), {}, true],
    ["cloud-sql-proxy", args("--max-sigterm-delay=20s", "shop:eu:main"), {}, false],
    ["cloud-sql-proxy", args("--max-sigterm-delay=$(DELAY)"), {}, false],
    ["cloud-sql-proxy", args("--max-sigterm-delay=30s", "--max-sigterm-delay=3s"), {}, true],
    ["cloud-sql-proxy", { command: ["/cloud-sql-proxy", "--max-sigterm-delay", "1500ms"] }, {}, true],
    ["cloud-sql-proxy", { command: ["sh", "-c", "exec /p --max-sigterm-delay=3s x"] }, {}, false],
    ["cloud-sql-proxy", env("CSQL_PROXY_MAX_SIGTERM_DELAY", "30s"), {}, false],
  ];
  for (const [name, more, annotations, isFound] of rows)
    t.equal(
      found([WEB, alone(name, more)], { annotations }),
      isFound ? `${name} Audit 20` : "",
      `${name} ${JSON.stringify(more)} ${JSON.stringify(annotations)}`,
    );
  const drain = alone("kuma-sidecar");
  t.equal(found([shellHook("sleep 40"), drain], {}, { [GRACE]: 60 }), "kuma-sidecar Audit 50");
  t.equal(found([shellHook("sleep 40"), drain]), "", "the grace ends with it");
});

const PROXY = { name: "istio-proxy", image: "proxyv2:1" };
const SKIP: Context = {
  ...CONTEXT,
  configuration: {
    ...CONTEXT.configuration,
    inject: { ...CONTEXT.configuration.inject, besideProxies: "Skip" },
  },
};

function injected(object: JsonObject, context: Context) {
  const { record, ...decided } = mutate(readReview(reviewOf(object)), context);
  return { record, object: patched(object, patchIn({ record, ...decided })) };
}

t.test("an injected sleep beside a proxy only warns, in any order of the webhooks", async (t) => {
  const [pod, meshed] = [
    podOf({ containers: [{ name: "web" }] }),
    podOf({ containers: [{ name: "web" }, PROXY] }),
  ];
  const { object } = injected(meshed, CONTEXT);
  const { spec } = injected(pod, CONTEXT).object as { spec: { containers: JsonObject[] } };
  const later = {
    ...injected(pod, CONTEXT).object,
    spec: { ...spec, containers: [...spec.containers, PROXY] },
  };
  for (const one of [object, later]) {
    const { response, record } = validate(readReview(reviewOf(one)), "enforce", CONTEXT);
    t.ok(response.response.allowed);
    t.match(response.response.warnings, [/^container "istio-proxy": ends after 5s, but the app needs 20s; /]);
    t.same(record.findings, ["proxy-stops-first"]);
  }
});

/** The reason why the pod gets no sleep; empty if it gets a sleep. */
function reason({ labels = {}, annotations = {}, context = SKIP }: Around): string {
  return injected(podOf({ containers: [{ name: "web" }] }, { labels, annotations }), context).record.reason;
}

function within(labels: Record<string, string>, annotations: Record<string, string> = {}): Context {
  return { ...SKIP, namespace: namespaceOf("shop", labels, annotations) };
}

t.test("labels and annotations that announce a proxy", async (t) => {
  const ISTIO = "sidecar.istio.io/inject";
  const LINKERD = "linkerd.io/inject";
  const enabled = within({ "istio-injection": "enabled" });
  const linked = within({}, { [LINKERD]: "ingress" });
  const rows: readonly [Around, string][] = [
    [{}, ""],
    [{ labels: { [ISTIO]: "true" } }, `${ISTIO} on the pod`],
    [{ annotations: { [ISTIO]: "true" } }, `${ISTIO} on the pod`],
    [{ labels: { [ISTIO]: "false" }, annotations: { [ISTIO]: "true" } }, ""],
    [{ labels: { "istio.io/rev": "1-27" } }, "istio.io/rev on the pod"],
    [{ labels: { "istio.io/rev": "1-27", [ISTIO]: "false" } }, ""],
    [{ annotations: { [LINKERD]: "enabled" } }, `${LINKERD} on the pod`],
    [{ annotations: { [LINKERD]: "disabled" } }, ""],
    [{ labels: { [LINKERD]: "enabled" } }, ""],
    [{ context: within({}) }, ""],
    [{ context: enabled }, "istio-injection on the namespace"],
    [{ context: enabled, labels: { [ISTIO]: "false" } }, ""],
    [{ context: enabled, annotations: { [LINKERD]: "disabled" } }, "istio-injection on the namespace"],
    [{ context: within({ "istio.io/rev": "1-27" }) }, "istio.io/rev on the namespace"],
    [{ context: within({ "istio.io/rev": "1-27", "istio-injection": "disabled" }) }, ""],
    [{ context: linked }, `${LINKERD} on the namespace`],
    [{ context: linked, annotations: { [LINKERD]: "disabled" } }, ""],
    [{ context: linked, labels: { [ISTIO]: "false" } }, `${LINKERD} on the namespace`],
    [{ context: { ...enabled, configuration: CONTEXT.configuration } }, ""],
  ];
  for (const [around, by] of rows) {
    const expected =
      by === "" ? "" : `beside-proxy: ${by} announces a proxy, and inject.besideProxies is Skip`;
    t.equal(reason(around), expected, JSON.stringify(around));
  }
});

t.test("if the proxy is added after the sleep, the sleep and its grace period stay", async (t) => {
  const { object } = injected(podOf({ containers: [{ name: "web" }] }), SKIP);
  const { spec, ...rest } = object as { spec: { containers: JsonObject[] } };
  const joined = { ...rest, spec: { ...spec, containers: [...spec.containers, PROXY], [GRACE]: 30 } };
  const again = injected(joined, SKIP);
  t.equal((again.object["spec"] as JsonObject)[GRACE], 40, "a grace that was lowered since is raised again");
  const beside = injected(podOf({ containers: [{ name: "web" }, PROXY] }), SKIP).record;
  t.equal(
    beside.reason,
    "beside-proxy: istio-proxy carries the app's traffic and gets its stop signal at once, and inject.besideProxies is Skip",
  );
});

t.test("a namespace stores only the key of a mesh label", async (t) => {
  const shop = namespaceOf(
    "shop",
    { "istio-injection": "enabled", team: "a" },
    { "linkerd.io/inject": "enabled" },
  );
  t.equal(shop.announcedBy, "istio-injection");
  t.same([shop.labels.size, shop.annotations.size], [0, 0]);
});

t.test("the value of an environment variable is printed only if it is a duration", async (t) => {
  const said = (value: string): string => {
    const proxy = alone("kuma-sidecar", { env: [{ name: "KUMA_DATAPLANE_DRAIN_TIME", value }] });
    return explanationText(explain([podOf({ containers: [WEB, proxy] })], CONTEXT));
  };
  t.match(said("17s"), /ends after 17s/);
  for (const secret of ["4111111111111111", "86401", "99999h", "s3cret"])
    t.notMatch(said(secret), new RegExp(secret.slice(0, 5)), secret);
});
