import assert from "node:assert/strict";
import { type ApiException, CoreV1Api, KubeConfig, type V1Pod } from "@kubernetes/client-node";
import { DENIAL, ruleOf, warningAt } from "./golden.ts";
import { ALL_KINDS } from "./kinds.ts";
import { EXCLUDED, FITTING_SPEC, HOOKLESS_SPEC, madeBy, pod, VIOLATING_SPEC } from "./objects.ts";
import { callsDuring, type World } from "./world.ts";

const WARNING = warningAt("spec");

const pods = (namespace: string) => `/api/v1/namespaces/${namespace}/pods`;

/** The effect of each value of the mode label on pods, pod templates and other objects. */
export async function checkModes(world: World): Promise<void> {
  const { report, cluster, api } = world;
  report.section("Modes");
  await report.check(
    "enforce: a pod whose hook does not fit is denied with 403, Forbidden and the fix",
    async () => {
      const { status, body } = await api.post(pods("enforced"), pod("web", VIOLATING_SPEC));
      assert.equal(status, 403);
      assert.equal(body.reason, "Forbidden");
      assert.equal(body.message, DENIAL);
    },
  );
  await report.check(
    "enforce: kubectl prints that denial, and --dry-run=server prints the same",
    async () => {
      const args = [
        "run",
        "web",
        "--image=nginx:1.29",
        "-n",
        "enforced",
        `--overrides=${JSON.stringify({ spec: VIOLATING_SPEC })}`,
      ];
      for (const more of [[], ["--dry-run=server"]]) {
        const { code, stderr } = await cluster.kubectl(...args, ...more);
        assert.equal(code, 1);
        assert.equal(stderr, `Error from server (Forbidden): ${DENIAL}\n`);
      }
    },
  );
  await report.check(
    "enforce: a client library gets the fields at fault as causes of the Status",
    async () => {
      const config = new KubeConfig();
      config.loadFromFile(cluster.kubeconfig);
      const client = config.makeApiClient(CoreV1Api);
      const creation = client.createNamespacedPod({
        namespace: "enforced",
        body: pod("web", VIOLATING_SPEC) as V1Pod,
      });
      const refused = await creation.then(
        () => assert.fail("the pod was created"),
        (error: unknown) => error as ApiException<string>,
      );
      assert.equal(refused.code, 403);
      const { details } = JSON.parse(refused.body);
      assert.equal(details.causes.length, 1);
      assert.equal(details.causes[0].field, "spec.terminationGracePeriodSeconds");
      assert.match(details.causes[0].message, /\[hook-over-grace\]$/);
    },
  );
  await report.check("enforce: with the printed fix the pod is accepted without a warning", async () => {
    const fixed = { ...VIOLATING_SPEC, terminationGracePeriodSeconds: 55 };
    const { status, warnings } = await api.post(pods("enforced"), pod("fixed", fixed));
    assert.deepEqual([status, warnings], [201, []]);
  });
  await report.check("enforce: a pod that a ReplicaSet makes is denied too, by generateName", async () => {
    const user = "system:serviceaccount:kube-system:replicaset-controller";
    const groups = ["system:masters", "system:authenticated"];
    const metadata = { name: undefined, generateName: "web-", ...madeBy("apps/v1", "ReplicaSet", "web") };
    const call = { as: { user, groups } };
    const { status, body } = await api.post(pods("enforced"), pod("", VIOLATING_SPEC, metadata), call);
    assert.equal(status, 403, body.message);
    assert.equal(
      body.message,
      DENIAL,
      "no name of the pod in the text, or its events would not be counted together",
    );
  });
  for (const [namespace, name, misspelt] of [
    ["warned", "warn", 0],
    ["misspelt", 'a misspelt value ("enfroce")', 1],
  ] as const) {
    await report.check(`${name}: the pod is created, with a warning`, async () => {
      for (const [query, podName] of [
        ["", "web"],
        ["?dryRun=All", "again"],
      ] as const) {
        const { status, warnings } = await api.post(pods(namespace) + query, pod(podName, VIOLATING_SPEC));
        assert.deepEqual([status, warnings.filter((text) => text === WARNING)], [201, [WARNING]]);
        assert.equal(warnings.filter(namesTheMisspelling).length, misspelt);
        assert.equal(warnings.length, 1 + misspelt, warnings.join("\n"));
      }
    });
  }
  await report.check(
    "audit: the pod is created without a warning, and the audit log has the finding",
    async () => {
      const { status, warnings } = await api.post(pods("audited"), pod("web", VIOLATING_SPEC));
      assert.deepEqual([status, warnings], [201, []]);
      const annotations = await annotationsOf(world, "audited", "web");
      const ours = annotations.filter(([key]) => key.startsWith("audit.gracekeeper.dev/"));
      assert.ok(
        ours.some(([, value]) => value.includes("[hook-over-grace]")),
        JSON.stringify(annotations),
      );
    },
  );
  await report.check("the audit log also has findings that deny or warn", async () => {
    const denied = await annotationsOf(world, "enforced", "web");
    assert.ok(
      denied.some(([key]) => key.startsWith("validate.gracekeeper.dev/")),
      JSON.stringify(denied),
    );
    const warned = await annotationsOf(world, "warned", "web");
    assert.ok(
      warned.some(([key]) => key.startsWith("warn.gracekeeper.dev/")),
      JSON.stringify(warned),
    );
  });
  await report.check(
    "a pod that fits is accepted in every mode, without a warning or an audit annotation",
    async () => {
      for (const namespace of ["enforced", "warned", "audited", "misspelt"]) {
        const { status, warnings } = await api.post(pods(namespace), pod("fits", FITTING_SPEC));
        const misspelt = namespace === "misspelt" ? 1 : 0;
        assert.deepEqual([namespace, status, warnings.length], [namespace, 201, misspelt]);
        assert.ok(warnings.every(namesTheMisspelling), warnings.join("\n"));
      }
    },
  );

  report.section("Never asked");
  for (const namespace of ["unlabelled", "switched-off", ...EXCLUDED]) {
    const labelled = EXCLUDED.some((name) => name === namespace)
      ? ", although labelled enforce and enabled"
      : "";
    await report.check(`namespace ${namespace}${labelled}: no webhook is called for any create`, async () => {
      const calls = await callsDuring(world, async () => {
        for (const spec of [VIOLATING_SPEC, HOOKLESS_SPEC]) {
          for (const { path, make, kind } of ALL_KINDS) {
            const { status, body, warnings } = await api.post(
              `${path(namespace)}?dryRun=All`,
              make("web", spec),
            );
            assert.deepEqual([kind, status, warnings], [kind, 201, []], body.message);
          }
        }
      });
      assert.deepEqual(calls, {});
    });
  }
}

function namesTheMisspelling(text: string): boolean {
  const isNamed = text.includes("gracekeeper.dev/validate") && text.includes('"enfroce"');
  return isNamed && ruleOf(text) === "bad-namespace-value";
}

async function annotationsOf(world: World, namespace: string, name: string) {
  const events = await world.cluster.auditEvents(namespace, name);
  return events.flatMap(({ annotations }) => Object.entries(annotations ?? {}));
}
