import assert from "node:assert/strict";
import { setTimeout as wait } from "node:timers/promises";
import { block } from "../../docs/blocks.ts";
import { KUBERNETES } from "../binaries.ts";
import type { World } from "../chart/world.ts";

/** MutatingAdmissionPolicy needs no flag from 1.36 on. */
const FIRST_MINOR_WITH_MUTATION = 36;

const NAMESPACE = "policies";
const PODS = `/api/v1/namespaces/${NAMESPACE}/pods?dryRun=All`;

/** A new policy takes effect with a delay, so its check is repeated. */
const TRIES = 100;
const PAUSE_MS = 100;

function pod(lifecycle: object | undefined, more: object = {}): object {
  const container = { name: "web", image: "web:1", ...(lifecycle !== undefined && { lifecycle }) };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "web" },
    spec: { terminationGracePeriodSeconds: 30, containers: [container], ...more },
  };
}

const sleep = (seconds: number) => ({ preStop: { sleep: { seconds } } });

/** The CEL policies of docs/comparison.md work as the page says, with the limits that it names. */
export async function checkPolicies({ report, cluster, api }: World): Promise<void> {
  report.section("Pages: CEL policies");
  const metadata = { name: NAMESPACE, labels: { "sleep-policy": "enabled" } };
  await api.makeNamespace(metadata);
  const create = (object: object) => api.post(PODS, object);
  const use = async (marker: string, works: () => Promise<boolean>) => {
    const { code, stderr } = await cluster.kubectlWith(
      block("docs/comparison.md", marker).text,
      "apply",
      "-f",
      "-",
    );
    assert.equal(code, 0, stderr);
    for (let tries = 0; tries < TRIES && !(await works()); tries++) await wait(PAUSE_MS);
  };
  await report.check("the validating policy denies only a sleep that leaves less than 10 s", async () => {
    await use("yaml cel-validate", async () => (await create(pod(sleep(25)))).status !== 201);
    const { status, body } = await create(pod(sleep(25)));
    assert.equal(status, 422);
    assert.match(body.message, /The preStop sleep leaves less than 10s of terminationGracePeriodSeconds\./);
    for (const allowed of [
      pod(sleep(20)),
      pod(undefined, { terminationGracePeriodSeconds: 5 }),
      pod({ preStop: { exec: { command: ["sleep", "45"] } } }),
    ]) {
      const answer = await create(allowed);
      assert.equal(answer.status, 201, answer.body.message);
    }
  });
  await report.check(
    "the mutating policy adds a sleep and its seconds of grace, only to a pod without a hook",
    async () => {
      const minor = Number(KUBERNETES.split(".")[1]);
      if (minor < FIRST_MINOR_WITH_MUTATION) return `not tried: it is for 1.${FIRST_MINOR_WITH_MUTATION}`;
      const seen = async (object: object) => {
        const { status, body } = await create(object);
        assert.equal(status, 201, body.message);
        const { containers, terminationGracePeriodSeconds } = body.spec;
        return [terminationGracePeriodSeconds, containers[0].lifecycle];
      };
      await use("yaml cel-mutate", async () => (await seen(pod(undefined)))[0] !== 30);
      const start = { postStart: { exec: { command: ["/start"] } } };
      assert.deepEqual(await seen(pod(undefined)), [40, sleep(10)]);
      assert.deepEqual(await seen(pod(start)), [40, { ...start, ...sleep(10) }]);
      assert.deepEqual(await seen(pod(sleep(5))), [30, sleep(5)]);
      assert.deepEqual(await seen(pod(undefined, { restartPolicy: "Never" })), [30, undefined]);
      return undefined;
    },
  );
}
