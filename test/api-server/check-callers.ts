import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse, stringify } from "yaml";
import { signLeaf } from "../../src/certs/sign.ts";
import { causeIn } from "../../src/kube/probe/causes.ts";
import { type ClientPair, clientPair, makeAuthority } from "../client-pair.ts";
import { block } from "../docs/blocks.ts";
import type { Answer } from "./api.ts";
import { Balancer } from "./certificates/balancer.ts";
import { REPOSITORY } from "./certificates/installation.ts";
import { until } from "./certificates/presented.ts";
import type { Cluster } from "./cluster.ts";
import { FITTING_SPEC, type KubernetesObject, pod, VIOLATING_SPEC } from "./objects.ts";
import { Gracekeeper } from "./process.ts";
import type { Report } from "./report.ts";

const PAGE = "docs/client-certificates.md";

const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));

/** The common name of kubeadm's client certificate, as in docs/client-certificates.md. */
const NAME = "kube-apiserver-kubelet-client";

/** The client certificate that the API server presents on each of the four ports. */
const WAYS = ["right", "none", "other-ca", "other-name"] as const;
type Way = (typeof WAYS)[number];

/**
 * The errors of the API server when gracekeeper refuses its client certificate. After the handshake the API server may
 * see an EOF or a reset.
 */
const REFUSALS: Readonly<
  Record<Exclude<Way, "right">, { readonly reason: RegExp; readonly series: string }>
> = {
  none: { reason: /a caller presents no client certificate, which --client-ca requires/, series: "none" },
  "other-ca": { reason: /\(UNABLE_TO_VERIFY_LEAF_SIGNATURE\)/, series: "untrusted" },
  "other-name": {
    reason: /certificate of \\"kubelet\\", but --client-name is \\"kube-apiserver-kubelet-client\\"/,
    series: "name",
  },
};

const POLICIES = ["Fail", "Ignore"] as const;

/** The API server sees a new configuration within a second or two. */
const SEEN_SECONDS = 10;

/** The server writes log lines in batches, after at most 0.2 s. */
const LOGGED_SECONDS = 10;

/**
 * Client certificates, on an API server configured as in docs/client-certificates.md, except for the paths. Four ports
 * lead to one gracekeeper. The API server chooses its certificate by Service and port.
 *
 * Source: staging/src/k8s.io/apiserver/pkg/util/webhook/authentication.go `clientConfig` (1.37).
 */
export async function checkCallers(
  report: Report,
  start: (flags: Readonly<Record<string, string>>) => Promise<Cluster>,
): Promise<void> {
  report.section("Client certificates");
  const folder = await mkdtemp(join(tmpdir(), "gracekeeper-callers-"));
  const balancers = await Promise.all(WAYS.map(() => Balancer.start()));
  const ports = new Map(WAYS.map((way, index) => [way, balancers[index]?.port ?? 0]));
  const { caBundle, options } = await certificates(folder, ports);
  const cluster = await start({ "admission-control-config-file": join(folder, "config.yaml") });
  const gracekeeper = await Gracekeeper.start(MAIN, {
    configuration: join(REPOSITORY, "manifests/config.yaml"),
    certificate: options,
    kubeconfig: cluster.kubeconfig,
  });
  for (const balancer of balancers) balancer.add(gracekeeper.port);
  try {
    await install(cluster, ports, caBundle);
    await checkRight(report, cluster);
    for (const [way, refusal] of Object.entries(REFUSALS))
      await checkRefused(report, { cluster, gracekeeper }, way, refusal);
  } finally {
    await gracekeeper.stop();
    for (const balancer of balancers) balancer.stop();
    await cluster.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Writes the certificate files of the API server and of gracekeeper. */
async function certificates(
  folder: string,
  ports: ReadonlyMap<Way, number>,
): Promise<{ readonly caBundle: string; readonly options: readonly string[] }> {
  const at = (name: string) => join(folder, name);
  const [serving, clients, other] = await Promise.all([1, 2, 3].map(() => makeAuthority(Date.now())));
  assert.ok(serving && clients && other);
  const leaf = await signLeaf(serving, ["gracekeeper.gracekeeper.svc"], Date.now());
  const pairs: readonly (readonly [Way, ClientPair])[] = [
    ["right", await clientPair(clients, `CN=${NAME}`)],
    ["other-ca", await clientPair(other, `CN=${NAME}`)],
    ["other-name", await clientPair(clients, "CN=kubelet")],
  ];
  for (const [way, { cert, key }] of pairs) {
    await writeFile(at(`${way}.crt`), cert);
    await writeFile(at(`${way}.key`), key);
  }
  await writeFile(at("tls.crt"), leaf.cert);
  await writeFile(at("tls.key"), leaf.key);
  await writeFile(at("ca.crt"), clients.pem);
  const config = block(PAGE, "yaml admission").text;
  const kubeconfig = block(PAGE, "yaml credentials").text;
  await writeFile(at("config.yaml"), config.replaceAll("/etc/kubernetes/admission", folder));
  const file = parse(kubeconfig.replaceAll("/etc/kubernetes/pki/apiserver-kubelet-client", at("WAY")));
  const [user] = file.users;
  const users = pairs.map(([way]) =>
    JSON.parse(JSON.stringify({ ...user, name: `${user.name}:${ports.get(way)}` }).replaceAll("WAY", way)),
  );
  await writeFile(at("kubeconfig.yaml"), stringify({ ...file, users }));
  return {
    caBundle: Buffer.from(serving.pem).toString("base64"),
    options: ["--certs-dir", folder, "--client-ca", at("ca.crt"), "--client-name", NAME],
  };
}

const namespaceOf = (way: string, policy: string) => `${way}-${policy.toLowerCase()}`;

/**
 * Makes a namespace and a webhook entry for each client certificate and failurePolicy. The entries resemble the shipped
 * one for pods in enforce mode.
 */
async function install({ api }: Cluster, ports: ReadonlyMap<Way, number>, caBundle: string): Promise<void> {
  const create = async (path: string, object: KubernetesObject) => {
    const { status, body } = await api.post(path, { apiVersion: "v1", ...object });
    assert.equal(status, 201, body.message);
  };
  const metadata = { name: "gracekeeper" };
  await create("/api/v1/namespaces", { kind: "Namespace", metadata });
  const spec = { type: "ExternalName", externalName: "localhost" };
  await create("/api/v1/namespaces/gracekeeper/services", { kind: "Service", metadata, spec });
  const shipped = parse(await readFile(join(REPOSITORY, "manifests/validating-webhook.yaml"), "utf8"));
  const [entry] = shipped.webhooks;
  const webhooks: KubernetesObject[] = [];
  for (const way of WAYS) {
    for (const failurePolicy of POLICIES) {
      const name = namespaceOf(way, failurePolicy);
      const labels = { "gracekeeper.dev/validate": "enforce" };
      await create("/api/v1/namespaces", { kind: "Namespace", metadata: { name, labels } });
      const service = { ...entry.clientConfig.service, port: ports.get(way) };
      const namespaceSelector = { matchLabels: { "kubernetes.io/metadata.name": name } };
      const clientConfig = { service, caBundle };
      webhooks.push({
        ...entry,
        name: `${name}.gracekeeper.dev`,
        clientConfig,
        failurePolicy,
        namespaceSelector,
      });
    }
  }
  await create("/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations", {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingWebhookConfiguration",
    metadata,
    webhooks,
  });
}

function create({ api }: Cluster, namespace: string, spec: KubernetesObject): Promise<Answer> {
  return api.post(`/api/v1/namespaces/${namespace}/pods?dryRun=All`, pod("web", spec));
}

async function checkRight(report: Report, cluster: Cluster): Promise<void> {
  await report.check(
    "an API server with the right client certificate is answered: a bad pod is denied, and a good pod is created",
    async () => {
      for (const policy of POLICIES) {
        const namespace = namespaceOf("right", policy);
        await until("the API server calls", SEEN_SECONDS, async () => {
          return (await create(cluster, namespace, VIOLATING_SPEC)).status !== 201;
        });
        const denied = await create(cluster, namespace, VIOLATING_SPEC);
        assert.equal(denied.status, 403, denied.body.message);
        assert.match(denied.body.message, /\[hook-over-grace\]$/);
        assert.equal((await create(cluster, namespace, FITTING_SPEC)).status, 201);
      }
      assert.equal(await cluster.failedOpen(), 0);
    },
  );
}

async function checkRefused(
  report: Report,
  { cluster, gracekeeper }: { readonly cluster: Cluster; readonly gracekeeper: Gracekeeper },
  way: string,
  { reason, series }: (typeof REFUSALS)["none"],
): Promise<void> {
  await report.check(
    `client certificate ${way}: the call is refused, so a create fails with Fail and passes with Ignore`,
    async () => {
      const [decided, open] = [await gracekeeper.decided(), await cluster.failedOpen()];
      const refused = await create(cluster, namespaceOf(way, "Fail"), FITTING_SPEC);
      assert.equal(refused.status, 500, refused.body.message);
      const cause = causeIn(refused.body.message);
      const expected = way === "none" ? ["no-client-certificate", "connection-cut"] : ["connection-cut"];
      assert.ok(expected.includes(cause), `${cause}: ${refused.body.message}`);
      const passed = await create(cluster, namespaceOf(way, "Ignore"), VIOLATING_SPEC);
      assert.equal(passed.status, 201, passed.body.message);
      assert.equal(await cluster.failedOpen(), open + 1);
      assert.equal(await gracekeeper.decided(), decided, "nothing was decided");
      await until(`${reason} in the log`, LOGGED_SECONDS, async () =>
        gracekeeper.other.some((line) => line.includes("caller-refused") && reason.test(line)),
      );
      const metrics = await gracekeeper.metrics();
      const [, count] =
        new RegExp(`refused_callers_total\\{reason="${series}"\\} (\\d+)`).exec(metrics) ?? [];
      return `${refused.body.message.replace(/^.*: failed to call webhook: /, "")}; ${count} connections`;
    },
  );
}
