import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import fc from "fast-check";
import t, { type Test } from "tap";
import { mutate } from "../../src/admission/mutate.ts";
import { CUSTOM_WORKLOADS, WORKLOADS } from "../../src/admission/pods/workloads.ts";
import { readReview } from "../../src/admission/review.ts";
import { validate } from "../../src/admission/validate.ts";
import { answerText } from "../../src/cli/review/answer-text.ts";
import { makeReview, resourceOf } from "../../src/cli/review/make-review.ts";
import { send } from "../../src/cli/review/send.ts";
import { devPair } from "../../src/cli/serve/dev-defaults.ts";
import { asObject } from "../../src/json.ts";
import { startTrialServer } from "../../tools/demo/trial-server.ts";
import { richPod } from "../arbitraries/pods.ts";
import { cases } from "../cases.ts";
import { objects } from "../manifests/read.ts";
import { CONTEXT, reviewOf } from "../reviews.ts";
import { command, type Ended } from "./commands.ts";
import "../patience.ts";

/** Tests `gracekeeper review`: the reviews that it makes, and how it prints an answer. */

const POD = `apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  terminationGracePeriodSeconds: 10
  containers: [{name: web, image: web:1, lifecycle: {preStop: {sleep: {seconds: 10}}}}]
`;
const GOOD = POD.replace("10", "60");
const BARE = POD.replace(/, lifecycle.*(?=\}\])/, "").replace("Seconds: 10", "Seconds: 30");

/** Runs `gracekeeper review` in a child process, because the server runs in this process. */
function review(args: readonly string[], input = ""): Promise<Ended> {
  return command(["review", ...args], { input });
}

async function webhook(t: Test): Promise<{ readonly url: string; readonly ca: string }> {
  const { server, ca } = await startTrialServer();
  t.teardown(() => server.close(0));
  return { url: `https://localhost:${server.port}`, ca };
}

t.test(
  "a review keeps all fields of the manifest, and added defaults do not change the decision",
  async (t) => {
    const check = (pod: object): void => {
      const manifest = { apiVersion: "v1", kind: "Pod", ...pod };
      const made = makeReview(manifest, "validate");
      const lost = lostIn(manifest, made.request.object);
      if (lost !== undefined) throw new Error(`${lost} is another in ${JSON.stringify(made.request.object)}`);
      const decided = (one: unknown) => {
        const { response } = validate(readReview(one), "enforce", CONTEXT).response;
        return JSON.stringify([response.status, response.warnings, response.auditAnnotations]);
      };
      if (decided(made) !== decided(reviewOf(manifest)))
        throw new Error(`decided otherwise: ${decided(made)}`);
    };
    t.doesNotThrow(() => fc.assert(fc.property(richPod, check), { numRuns: cases(2000, 300), seed: 5 }));
  },
);

t.test("defaults of the API server do not replace fields of the manifest", async (t) => {
  const resources = { requests: { cpu: "1" } };
  const tolerations = [{ key: "node.kubernetes.io/not-ready", operator: "Exists", tolerationSeconds: 5 }];
  const probe = { httpGet: { port: 80, scheme: "HTTPS" }, periodSeconds: 1 };
  const container = {
    name: "web",
    image: "web:latest",
    resources,
    livenessProbe: probe,
    imagePullPolicy: "Never",
  };
  const spec = {
    serviceAccountName: "api",
    priority: 5,
    tolerations,
    dnsPolicy: "None",
    containers: [container],
  };
  const { object } = makeReview({ apiVersion: "v1", kind: "Pod", spec }, "validate").request;
  t.equal(lostIn(spec, object["spec"]), undefined);
  t.match(object["spec"], { serviceAccount: "api", preemptionPolicy: "PreemptLowerPriority" });
  t.match(object["spec"], { containers: [{ livenessProbe: { failureThreshold: 3 } }] });
  t.equal((object["spec"] as { tolerations: object[] }).tolerations.length, 2, "the other one is added");
  t.same(object["status"], { phase: "Pending" }, "its class depends on the resources");
});

/** An HTTPS server that gives wrong answers. */
async function liar(t: Test, answer: (response: ServerResponse, uid: string) => void) {
  const { cert, key } = devPair();
  const server = createServer({ cert, key }, async (request, response) => {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece);
    answer(response, JSON.parse(Buffer.concat(pieces).toString()).request.uid);
  }).listen(0, "localhost");
  t.teardown(() => server.closeAllConnections());
  t.teardown(() => server.close());
  await once(server, "listening");
  return {
    url: `https://localhost:${(server.address() as AddressInfo).port}`,
    ca: cert,
    name: undefined,
    insecure: false,
  };
}

t.test("the time limit is for the whole answer, even if it arrives byte by byte", async (t) => {
  const drip = await liar(t, (response) => {
    const timer = setInterval(() => response.write(" "), 10);
    response.on("close", () => clearInterval(timer));
  });
  const made = makeReview({ apiVersion: "v1", kind: "Pod" }, "validate");
  await t.rejects(send(made, "/mutate", drip, 300), { message: /no answer within 0\.3 s/ });
});

t.test("values of any type in an answer are printed as text", async (t) => {
  const strange = { toString: null, valueOf: 1 };
  const operation = JSON.stringify([{ op: strange, path: strange, value: strange }]);
  const patch = Buffer.from(operation).toString("base64");
  const odd = await liar(t, (response, uid) => {
    const said = { status: { message: strange }, warnings: [strange], auditAnnotations: { a: strange } };
    response.end(JSON.stringify({ response: { uid, allowed: false, patch, ...said } }));
  });
  const made = makeReview({ apiVersion: "v1", kind: "Pod" }, "validate");
  const answer = await send(made, "/mutate", odd);
  t.match(answerText("Pod", answer, String), 'Pod: denied: {"toString":null,"valueOf":1}');
});

/**
 * The path of the first field of `given` that is missing or different in `made`. A list in `made` may have more items.
 */
function lostIn(given: unknown, made: unknown, path = ""): string | undefined {
  if (Array.isArray(given) && Array.isArray(made))
    return given.map((item, index) => lostIn(item, made[index], `${path}[${index}]`)).find(Boolean);
  const [object, other] = [asObject(given), asObject(made)];
  if (object === undefined || other === undefined)
    return JSON.stringify(given ?? null) === JSON.stringify(made ?? null) || given === null
      ? undefined
      : path;
  return Object.keys(object)
    .map((key) => lostIn(object[key], other[key], `${path}.${key}`))
    .find(Boolean);
}

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
}

t.test("a review has the API's resource name for every kind with pods", async (t) => {
  const rules = objects("validating-webhook.yaml").flatMap(({ webhooks }) =>
    (webhooks as readonly { readonly rules: readonly Rule[] }[]).flatMap((one) => one.rules),
  );
  for (const { group, kind } of [...WORKLOADS, ...CUSTOM_WORKLOADS]) {
    const { request } = makeReview(
      { apiVersion: group === "" ? "v1" : `${group}/v1`, kind, spec: {} },
      "validate",
    );
    t.same(request["kind"], { group, version: "v1", kind });
    const known = rules.some(
      ({ apiGroups, resources }) => apiGroups.includes(group) && resources.includes(resourceOf(kind)),
    );
    t.ok(known, `${group}/${resourceOf(kind)}`);
  }
  t.equal(resourceOf("Gateway"), "gatewaies", "as the source that it names says");
});

t.test("a template of a built-in kind gets the defaults of the API server", async (t) => {
  const spec = { containers: [{ name: "web" }] };
  const made = (kind: string, apiVersion: string, body: object) =>
    makeReview({ apiVersion, kind, metadata: { name: "a" }, ...body }, "mutate").request.object;
  const grace = { terminationGracePeriodSeconds: 30, containers: [{ imagePullPolicy: "Always" }] };
  t.match(made("StatefulSet", "apps/v1", { spec: { template: { spec } } }), {
    spec: { template: { spec: grace } },
  });
  t.match(made("CronJob", "batch/v1", { spec: { jobTemplate: { spec: { template: { spec } } } } }), {
    spec: { jobTemplate: { spec: { template: { spec: grace } } } },
  });
  t.match(made("PodTemplate", "v1", { template: { spec } }), { template: { spec: grace } });
  t.match(made("Deployment", "apps/v1", { spec: { template: { spec } } }), {
    spec: { revisionHistoryLimit: 10 },
  });
  const rollout = { spec: { template: { spec } } };
  t.same(made("Rollout", "argoproj.io/v1alpha1", rollout)["spec"], rollout.spec);
  t.match(mutate(readReview(makeReview({ apiVersion: "v1", kind: "Pod", spec }, "mutate")), CONTEXT), {
    record: { action: "patched" },
  });
});

t.test("a review is printed for curl, and several reviews have one line each", async (t) => {
  const one = await review(["-"], POD);
  t.match(one, { status: 0, stderr: "" });
  t.match(JSON.parse(one.stdout), { request: { namespace: "default", object: { metadata: { uid: /-/ } } } });
  const service = "---\napiVersion: v1\nkind: Service\nmetadata: {name: a}\n";
  const several = await review(
    ["-", "--route", "mutate"],
    `${POD}${service}---\n${POD.replace("web}", "api, namespace: shop}")}`,
  );
  const reviews = several.stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  t.same(
    reviews.map(({ request }) => [request.name, request.namespace]),
    [
      ["web", "default"],
      ["api", "shop"],
    ],
  );
  t.match(await review(["-"], service.slice(4)), {
    status: 2,
    stderr: /^gracekeeper: stdin: there is no object that the webhook reviews/,
  });
  t.match(await review(["-"], POD.replace("spec:\n", "spec:\n  hostname: a\n  hostname: b\n")), {
    status: 0,
    stdout: /"hostname": "b"/,
    stderr: /^gracekeeper: stdin:6:3: note: the key "hostname" appears more than once/,
  });
  t.match(await review(["-"], `a: [\n---\n${POD}`), {
    status: 2,
    stdout: /AdmissionReview/,
    stderr: /^gracekeeper: stdin:\d+:\d+: /,
  });
  t.match(await review(["-"], `${POD}---\n${POD.replace(/.*\n/, "")}`), {
    status: 2,
    stdout: /AdmissionReview/,
    stderr:
      "gracekeeper: stdin:8:1: the object must have an apiVersion and a kind: is the manifest complete?\n",
  });
  t.match(await review(["nowhere.yaml"]), { status: 2, stderr: /nowhere\.yaml: there is no such file/ });
});

t.test("--server sends the review to a webhook and prints its answer", async (t) => {
  const { url, ca } = await webhook(t);
  const file = join(t.testdir({ "ca.crt": ca }), "ca.crt");
  const ask = (input: string, ...args: string[]) =>
    review(["-", "--server", url, "--ca", file, ...args], input);
  t.match(await ask(POD), {
    status: 1,
    stdout:
      /^Pod "web": denied: container "web": preStop 10s fills .* \[no-shutdown-time\]\n {2}audit annotation /,
    stderr: "",
  });
  t.match(await ask(POD, "--route", "validate/warn"), {
    status: 0,
    stdout: /^Pod "web": allowed\n {2}warning: container "web": preStop 10s/,
  });
  t.match(await ask(GOOD), { status: 0, stdout: 'Pod "web": allowed\n' });
  t.match(await ask(BARE, "--route", "mutate"), {
    status: 0,
    stdout:
      /^Pod "web": allowed, with a patch\n {2}warning: .*\n {2}audit annotation .*\n {2}add \/spec\/containers\/0\/lifecycle: \{"preStop":\{"sleep":\{"seconds":10\}\}\}\n {2}add \/spec\/terminationGracePeriodSeconds: 40\n/,
  });
  const namespace =
    "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {gracekeeper.dev/validate: enfroce}}\n";
  t.match(await ask(namespace), {
    status: 1,
    stdout: /^Namespace "shop": denied: .* \[bad-namespace-value\]/,
  });
  t.match(await review(["-", "--server", `${url}/`, "--insecure"], GOOD), { status: 0 });
  t.match(await review(["-", "--server", url], GOOD), {
    status: 2,
    stdout: "",
    stderr: /is not trusted \(\w+\)\. Give the CA of the certificate with --ca/,
  });
});

const FARM = `apiVersion: example.com/v1
kind: WebFarm
metadata: {name: farm}
spec: {farms: [{template: {spec: {terminationGracePeriodSeconds: 10, containers: [{name: web, lifecycle: {preStop: {exec: {command: [sleep, "20"]}}}}]}}}]}
`;
const CONFIG = `apiVersion: gracekeeper.dev/v1alpha1
kind: GracekeeperConfiguration
workloads: [{group: example.com, kind: WebFarm, templates: ["spec.farms[].template"]}]
`;

t.test("a configuration adds custom resources", async (t) => {
  const folder = t.testdir({ "config.yaml": CONFIG, "broken.yaml": "kind: [\n" });
  t.match(await review(["-"], FARM), { status: 2, stderr: /no object that the webhook reviews/ });
  const { status, stdout, stderr } = await review(["-", "--config", join(folder, "config.yaml")], FARM);
  t.match({ status, stderr }, { status: 0, stderr: "" });
  t.match(JSON.parse(stdout).request, {
    kind: { group: "example.com", version: "v1", kind: "WebFarm" },
    object: { spec: { farms: [{}] } },
  });
  for (const [file, line] of [
    ["nowhere.yaml", /^gracekeeper: there is no configuration file [^\n]*nowhere\.yaml[^\n]*\n$/],
    ["broken.yaml", /^gracekeeper: [^\n]*broken\.yaml[^\n]*\n$/],
  ] as const)
    t.match(await review(["-", "--config", join(folder, file)], FARM), {
      status: 2,
      stdout: "",
      stderr: line,
    });
});

t.test("--server-name is the name that the server's certificate must have", async (t) => {
  const { cert, key } = devPair();
  const asked: unknown[] = [];
  const server = createServer({ cert, key, SNICallback: (name, done) => done(null, void asked.push(name)) });
  server.on("request", (_request, response) => response.end("{}"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.teardown(() => server.close());
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const file = join(t.testdir({ "ca.crt": cert }), "ca.crt");
  const ask = (...args: string[]) => review(["-", "--server", url, "--ca", file, ...args], GOOD);
  t.match(await ask("--server-name", "localhost"), { status: 2, stderr: /did not answer with an Admission/ });
  t.match(await ask("--server-name", "gracekeeper.gracekeeper.svc"), {
    status: 2,
    stderr:
      /^gracekeeper: the certificate of https:\/\/127\.0\.0\.1:\d+\/validate\/enforce is for localhost, not for gracekeeper\.gracekeeper\.svc\. Set --server-name to a name in the certificate\.\n$/,
  });
  t.same(asked, ["localhost", "gracekeeper.gracekeeper.svc"]);
  for (const name of ["", "10.0.0.1", "::1", "a b", "https://localhost", "-a", "a..b", "a".repeat(64)])
    t.match(await ask(`--server-name=${name}`), {
      status: 2,
      stdout: "",
      stderr: `gracekeeper: --server-name must be a host name such as gracekeeper.gracekeeper.svc, not ${JSON.stringify(name)}.\n`,
    });
  t.match(await review(["-", "--server-name", "localhost"], GOOD), {
    status: 2,
    stderr: /^gracekeeper: --ca, --server-name and --insecure need --server\./,
  });
});

t.test("a server that is not a webhook causes an error message", async (t) => {
  const { cert, key } = devPair();
  const server = createServer({ cert, key }, (request, response) => {
    if (request.url?.startsWith("/404")) response.writeHead(404);
    response.end(request.url?.startsWith("/json") ? "{}" : "hello");
  });
  await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
  t.teardown(() => server.close());
  const url = `https://localhost:${(server.address() as AddressInfo).port}`;
  const ask = (at: string) => review(["-", "--server", at, "--insecure"], GOOD);
  t.match(await ask(url), {
    status: 2,
    stderr: /did not answer with an AdmissionReview\. Is --server the URL of the webhook\?/,
  });
  t.match(await ask(`${url}/json`), { status: 2, stderr: /did not answer with an AdmissionReview/ });
  t.match(await ask(`${url}/404`), { status: 2, stderr: /answered HTTP 404: hello/ });
  t.match(await ask("https://localhost:1"), {
    status: 2,
    stderr: /^gracekeeper: nothing answers at https:\/\/localhost:1\//,
  });
  t.match(await ask("http://localhost"), { status: 2, stderr: /--server must be a URL such as/ });
  t.match(await review(["-", "--insecure"], GOOD), { status: 2, stderr: /need --server/ });
  t.match(await review(["-", "--server", url, "--ca", "nowhere"], GOOD), {
    status: 2,
    stderr: /--ca: nowhere cannot be read \(ENOENT\)/,
  });
  t.match(await review(["-", "--route", "validate"], GOOD), { status: 2, stderr: /Allowed choices are/ });
});
