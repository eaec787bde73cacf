import assert from "node:assert/strict";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseAllDocuments } from "yaml";
import { findAccess } from "../../../src/kube/access.ts";
import { askReach, type ProbeResult } from "../../../src/kube/probe/ask.ts";
import { TIMINGS } from "../../../src/kube/timings.ts";
import { OWN } from "../certificates/world.ts";
import type { Cluster } from "../cluster.ts";
import type { KubernetesObject } from "../objects.ts";
import { Gracekeeper } from "../process.ts";
import { callsDuring, type World } from "../world.ts";
import { type ClientConfig, Impostors } from "./breaks.ts";

const NAMESPACE = "gracekeeper-probe";
const VALIDATING = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/gracekeeper";
const RBAC = "/apis/rbac.authorization.k8s.io/v1/namespaces";
const LEASES = `/apis/coordination.k8s.io/v1/namespaces/${NAMESPACE}/leases`;

/** The API server loads a changed configuration within two seconds. More tries are allowed for a busy machine. */
const SEEN_TRIES = 60;
const SEEN_PAUSE = 250;

/** Milliseconds. The server writes log lines in batches, after at most 0.2 s. */
const LOGGED = 1000;

const MAIN = fileURLToPath(new URL("../../../src/main.ts", import.meta.url));

const REACHED = 'gracekeeper_probe_success{cause="none"} 1';

/** Two probes take fewer seconds than this, also on a busy machine. */
const PROBED_TRIES = 120;

/**
 * Checks the component `probe`. The probe has only the permissions of the ServiceAccount of gracekeeper. This check
 * runs after the checks of the ServiceAccount's calls, which must not include the probe.
 *
 * @param rendered The output of `kubectl kustomize` for the manifests with the component.
 */
export async function checkProbe(world: World, rendered: string, kubeconfig: string): Promise<void> {
  const { report, api } = world;
  report.section("Proof of reach");
  const ask = await asker(kubeconfig);
  const objects = parseAllDocuments(rendered).map((one) => one.toJS() as KubernetesObject);
  await report.check("without the component, the probe finds the cause no-right", async () => {
    assert.equal((await ask()).cause, "no-right");
  });
  await install(world, objects);
  const set = (clientConfig: ClientConfig) => setClientConfig(world, clientConfig);
  const good = await goodWay(world);
  await set(good);
  await report.check("a probe reaches gracekeeper with one call of the probe's entry", async () => {
    await settled(ask, "none");
    assert.deepEqual(await callsDuring(world, ask), { "probe.gracekeeper.dev": 1 });
  });
  await report.check(
    "a probe is not a decision: it changes no log, decision metric or time of the last review",
    async () => {
      const { decisions, other } = world.gracekeeper;
      const state = async () => {
        await wait(LOGGED);
        const lines = other.filter((line) => !line.includes('"event":"ca-published"'));
        return [decisions.length, lines, ours(await world.gracekeeper.metrics())];
      };
      const before = await state();
      assert.equal((await ask()).cause, "none");
      assert.deepEqual(await state(), before);
    },
  );
  const replica = await Gracekeeper.start(MAIN, {
    configuration: world.mount.file,
    certificate: [...OWN, "--probe-namespace", NAMESPACE],
    kubeconfig,
  });
  await breakEach(world, ask, good);
  await report.check(
    "a replica with the probe option has the probe's result as a metric and in the log",
    async () => {
      const success = async () => (await replica.metrics()).match(/^gracekeeper_probe_success.*$/gm) ?? [];
      for (let tries = 0; (await success()).join() !== REACHED && tries < PROBED_TRIES; tries++)
        await wait(1000);
      assert.deepEqual(await success(), [REACHED]);
      assert.equal(await replica.stop(), 0);
      const last = replica.other.filter((line) => /"event":"(not-)?reached"/.test(line)).at(-1);
      assert.match(last ?? "", /"event":"reached"/, replica.other.join("\n"));
    },
  );
  await report.check("the probe tells not-called, no-right and no-namespace apart", async () => {
    await api.patch(VALIDATING, [{ op: "remove", path: `/webhooks/${await index(world)}` }], JSON_PATCH);
    await settled(ask, "not-called");
    await api.delete(`${RBAC}/${NAMESPACE}/rolebindings/gracekeeper`);
    await settled(ask, "no-right");
    const cluster = await asker(world.cluster.kubeconfig, "none");
    assert.equal((await cluster()).cause, "no-namespace");
  });
  await report.check("a probe never writes an object", async () => {
    const { body } = await api.get(LEASES);
    assert.deepEqual(body.items, []);
  });
}

/**
 * The shipped manifests, on an API server that looks up endpoints itself, in a cluster without pods. Other API servers
 * connect to the address of the Service, so their result depends on kube-proxy.
 */
export async function checkNoEndpoints(
  report: World["report"],
  start: (flags: Readonly<Record<string, string>>) => Promise<Cluster>,
  rendered: string,
): Promise<void> {
  await report.check(
    "without a pod, an API server that looks up endpoints leads to the cause no-endpoints",
    async () => {
      const cluster = await start({ "enable-aggregator-routing": "true" });
      try {
        const { code, stderr } = await cluster.kubectlWith(rendered, "apply", "-f", "-");
        assert.equal(code, 0, stderr);
        return said(await settled(await asker(cluster.kubeconfig), "no-endpoints"));
      } finally {
        await cluster.stop();
      }
    },
  );
}

/** The API server's message about the failed call, without the prefix that names the webhook. */
function said({ answer }: ProbeResult): string {
  return answer.replace(/^.*: failed to call webhook: /, "");
}

const JSON_PATCH = "application/json-patch+json";

type Ask = () => Promise<ProbeResult>;

async function asker(kubeconfig: string, namespace = NAMESPACE): Promise<Ask> {
  const access = await findAccess(kubeconfig);
  assert.ok(access);
  const { signal } = new AbortController();
  return () => askReach({ access, namespace, timings: TIMINGS, signal });
}

/** Creates the objects of the component, and adds the component's entry to the installed webhook configuration. */
async function install({ api }: World, objects: readonly KubernetesObject[]): Promise<void> {
  const made = objects.filter(({ metadata }) => NAMESPACE === (metadata.namespace ?? metadata.name));
  const paths = ["/api/v1/namespaces", `${RBAC}/${NAMESPACE}/roles`, `${RBAC}/${NAMESPACE}/rolebindings`];
  assert.deepEqual(
    made.map(({ kind }) => kind),
    ["Namespace", "Role", "RoleBinding"],
  );
  for (const [place, path] of paths.entries()) {
    const { status, body } = await api.post(path, made[place]);
    assert.equal(status, 201, body.message);
  }
  const configuration = objects.find(({ kind }) => kind === "ValidatingWebhookConfiguration");
  const value = configuration?.["webhooks"].at(-1);
  assert.equal(value.name, "probe.gracekeeper.dev");
  const { status, body } = await api.patch(
    VALIDATING,
    [{ op: "add", path: "/webhooks/-", value }],
    JSON_PATCH,
  );
  assert.equal(status, 200, body.message);
}

/** The `clientConfig` of the first entry with the URL path of the probe. It leads to gracekeeper on this machine. */
async function goodWay({ api }: World): Promise<ClientConfig> {
  const { body } = await api.get(VALIDATING);
  const { clientConfig } = body.webhooks[0];
  const { path } = body.webhooks.at(-1).clientConfig.service;
  return { ...clientConfig, service: { ...clientConfig.service, path } };
}

async function index({ api }: World): Promise<number> {
  const { body } = await api.get(VALIDATING);
  return body.webhooks.findIndex(({ name }: KubernetesObject) => name === "probe.gracekeeper.dev");
}

async function setClientConfig(world: World, value: ClientConfig): Promise<void> {
  const path = `/webhooks/${await index(world)}/clientConfig`;
  const { status, body } = await world.api.patch(VALIDATING, [{ op: "replace", path, value }], JSON_PATCH);
  assert.equal(status, 200, body.message);
}

async function breakEach(world: World, ask: Ask, good: ClientConfig): Promise<void> {
  const impostors = new Impostors();
  for (const { cause, what, clientConfig } of await impostors.breaks(good)) {
    await world.report.check(`${what}: the cause is ${cause}, and none after the repair`, async () => {
      await setClientConfig(world, clientConfig);
      const result = await settled(ask, cause);
      await setClientConfig(world, good);
      await settled(ask, "none");
      return said(result);
    });
  }
  impostors.close();
}

/** Probes until the result has this cause. */
async function settled(ask: Ask, cause: ProbeResult["cause"]): Promise<ProbeResult> {
  let last = await ask();
  for (let tries = 0; last.cause !== cause && tries < SEEN_TRIES; tries++) {
    await wait(SEEN_PAUSE);
    last = await ask();
  }
  assert.equal(last.cause, cause, last.answer);
  return last;
}

/** The lines of the metrics about decisions. */
function ours(metrics: string): readonly string[] {
  return metrics.match(/^gracekeeper_(decision|last_review|refused|findings).*$/gm) ?? [];
}
