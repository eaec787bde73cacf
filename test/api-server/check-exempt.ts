import assert from "node:assert/strict";
import { ALL_KINDS } from "./kinds.ts";
import { BOTH_LABELS, HOOKLESS_SPEC, pod, VIOLATING_SPEC } from "./objects.ts";
import { callsDuring, type World } from "./world.ts";

const IGNORE = "gracekeeper.dev/ignore";
const HOOK_SECONDS = "gracekeeper.dev/hook-seconds";
const GROUPS = ["system:masters", "system:authenticated"];

/** The second configuration exempts this user and this namespace. */
const DEPLOYER = "system:serviceaccount:ci:deployer";
const SANDBOX = "sandbox-7";

/** The length of this hook is unknown, so gracekeeper uses the annotation `hook-seconds`. */
const SCRIPT = {
  containers: [
    { name: "web", image: "nginx:1.29", lifecycle: { preStop: { exec: { command: ["/drain.sh"] } } } },
  ],
};

/** A pod may declare exceptions in its labels and annotations. The audit log must have each exception. */
export async function checkOptOuts(world: World): Promise<void> {
  const { report, api, cluster } = world;
  const create = (name: string, spec: object, annotations: object) =>
    api.post("/api/v1/namespaces/enforced/pods", pod(name, spec, { annotations }));
  const audited = async (name: string) =>
    (await cluster.auditEvents("enforced", name)).at(-1)?.annotations ?? {};

  report.section("Opt-outs");
  await report.check(
    "an ignored finding does not deny, and the audit log says that it was ignored",
    async () => {
      const { status, body, warnings } = await create("ignoring", VIOLATING_SPEC, {
        [IGNORE]: "hook-over-grace",
      });
      assert.deepEqual([status, warnings], [201, []], body.message);
      const annotations = await audited("ignoring");
      assert.equal(annotations["validate.gracekeeper.dev/ignored"], "hook-over-grace");
    },
  );
  await report.check("ignoring another finding changes nothing", async () => {
    const { status, body } = await create("other", VIOLATING_SPEC, { [IGNORE]: "hook-missing" });
    assert.equal(status, 403);
    assert.match(body.message, /\[hook-over-grace\]$/);
  });
  await report.check(
    "an `ignore` annotation with an unknown or not ignorable finding is denied",
    async () => {
      for (const value of ["grace-over-limit", "bad-annotation", "all", "*", "", "hook-over-grace,"]) {
        const { status, body } = await create("greedy", VIOLATING_SPEC, { [IGNORE]: value });
        assert.equal(status, 403, value);
        assert.match(body.message, /\[bad-annotation\]/, value);
        assert.match(body.message, /\[hook-over-grace\]/, value);
      }
    },
  );
  await report.check("the declared hook-seconds is used, and is in the audit log", async () => {
    const fits = await create("declared", SCRIPT, { [HOOK_SECONDS]: "web=15" });
    assert.deepEqual([fits.status, fits.warnings], [201, []], fits.body.message);
    assert.equal((await audited("declared"))["validate.gracekeeper.dev/hook-seconds"], "web=15");
    const over = await create("declared-over", SCRIPT, { [HOOK_SECONDS]: "web=45" });
    assert.equal(over.status, 403);
    assert.match(over.body.message, /\[hook-over-grace\]$/);
    assert.equal((await audited("declared-over"))["validate.gracekeeper.dev/hook-seconds"], "web=45");
  });
  await report.check(
    "hook-seconds is denied if it contradicts the hook, so it cannot disable a check",
    async () => {
      const { status, body } = await create("liar", VIOLATING_SPEC, { [HOOK_SECONDS]: "web=5" });
      assert.equal(status, 403);
      assert.match(body.message, /\[bad-annotation\]/);
      assert.match(body.message, /\[hook-over-grace\]/);
    },
  );
  await report.check("a pod with the label inject: disabled gets no sleep, but is still judged", async () => {
    const out = { labels: { "gracekeeper.dev/inject": "disabled" } };
    let calls = await callsDuring(world, async () => {
      const { status, body } = await api.post("/api/v1/namespaces/both/pods", pod("out", HOOKLESS_SPEC, out));
      assert.deepEqual([status, body.spec.containers[0].lifecycle], [201, undefined], body.message);
    });
    assert.deepEqual(calls, { "validate.gracekeeper.dev": 1 });
    calls = await callsDuring(world, async () => {
      const { status } = await api.post("/api/v1/namespaces/both/pods", pod("out-over", VIOLATING_SPEC, out));
      assert.equal(status, 403);
    });
    assert.deepEqual(calls, { "validate.gracekeeper.dev": 1 });
  });
}

/** The exemptions of the configuration. */
export async function checkExemptions(world: World): Promise<void> {
  const { report, api, cluster } = world;
  report.section("Exemptions (second configuration)");
  await api.makeNamespace({ name: SANDBOX, labels: BOTH_LABELS });
  await report.check(
    "an exempt user's pods are neither checked nor changed, and the audit log says so",
    async () => {
      for (const { kind, path, make } of ALL_KINDS) {
        const as = { user: DEPLOYER, groups: GROUPS };
        const { status, body, warnings } = await api.post(path("both"), make("by-ci", VIOLATING_SPEC), {
          as,
        });
        assert.deepEqual([kind, status, warnings], [kind, 201, []], body.message);
        const [event] = await cluster.auditEvents("both", "by-ci");
        assert.ok(Object.entries(event?.annotations ?? {}).some(exempting(DEPLOYER)), JSON.stringify(event));
      }
      const hookless = await api.post("/api/v1/namespaces/both/pods", pod("by-ci-2", HOOKLESS_SPEC), {
        as: { user: DEPLOYER, groups: GROUPS },
      });
      assert.deepEqual([hookless.status, hookless.body.spec.terminationGracePeriodSeconds], [201, 30]);
    },
  );
  await report.check("a ServiceAccount of the same name in another namespace is not exempt", async () => {
    for (const user of ["system:serviceaccount:shop:deployer", "system:serviceaccount:cd:deployer"]) {
      const call = { as: { user, groups: GROUPS } };
      const { status } = await api.post("/api/v1/namespaces/both/pods", pod("by-shop", VIOLATING_SPEC), call);
      assert.equal(status, 403, user);
    }
  });
  await report.check(
    "objects in an exempt namespace are not checked, and the audit log says so",
    async () => {
      for (const { kind, path, make } of ALL_KINDS) {
        const { status, body, warnings } = await api.post(path(SANDBOX), make("free", VIOLATING_SPEC));
        assert.deepEqual([kind, status, warnings], [kind, 201, []], body.message);
      }
      const [event] = await cluster.auditEvents(SANDBOX, "free");
      assert.ok(Object.entries(event?.annotations ?? {}).some(exempting(SANDBOX)), JSON.stringify(event));
    },
  );
  await report.check("with `ignorable: []` no finding can be ignored", async () => {
    const annotations = { [IGNORE]: "hook-over-grace" };
    const { status, body } = await api.post(
      "/api/v1/namespaces/enforced/pods",
      pod("ignoring-again", VIOLATING_SPEC, { annotations }),
    );
    assert.equal(status, 403);
    assert.match(body.message, /\[bad-annotation\]/);
  });
}

function exempting(who: string): (annotation: readonly [string, string]) => boolean {
  return ([key, value]) => key.endsWith(".gracekeeper.dev/exempt") && value.includes(who);
}
