import assert from "node:assert/strict";
import { setTimeout as wait } from "node:timers/promises";
import { ALL_KINDS, CUSTOM_KINDS, type Kind, kindOf, OWNED_KINDS } from "./kinds.ts";
import { FITTING_SPEC, type KubernetesObject, VIOLATING_SPEC } from "./objects.ts";
import type { World } from "./world.ts";

const NAMESPACE = "enforced";
const WEBHOOKS = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/gracekeeper";
const DENIAL =
  /^admission webhook "templates\.gracekeeper\.dev" denied the request: container "web": .*\[hook-over-grace\]$/;

const TEMPLATE_KINDS = ALL_KINDS.filter(({ kind }) => kind !== "Pod");

/** Kinds whose template can be changed by an update. */
const CHANGEABLE = TEMPLATE_KINDS.filter(({ changeTemplate }) => changeTemplate !== undefined);

/** Creates violating objects while `templates: Warn` is set, before templates are denied. */
export async function makeViolators({ api }: World): Promise<void> {
  for (const { path, make } of CHANGEABLE) {
    const { status, body } = await api.post(path(NAMESPACE), make("violator", VIOLATING_SPEC));
    assert.equal(status, 201, body.message);
  }
}

/** Checks with `templates: Enforce`. */
export async function checkStrict(world: World): Promise<void> {
  const { report, api, cluster } = world;
  report.section("templates: Enforce (second configuration)");
  await report.check("every kind is denied when it is created, with its own field path", async () => {
    for (const { kind, path, make, specPath } of TEMPLATE_KINDS) {
      const { status, body } = await api.post(path(NAMESPACE), make("strict", VIOLATING_SPEC));
      assert.deepEqual([kind, status, body.reason], [kind, 403, "Forbidden"], body.message);
      assert.match(body.message, DENIAL);
      assert.ok(body.message.includes(`${specPath}.terminationGracePeriodSeconds: 55`), body.message);
      assert.equal(body.details.causes[0].field, `${specPath}.terminationGracePeriodSeconds`);
    }
    return `${TEMPLATE_KINDS.length} kinds`;
  });
  await report.check("an object of every kind that fits is accepted without a warning", async () => {
    for (const { kind, path, make } of TEMPLATE_KINDS) {
      const { status, body, warnings } = await api.post(path(NAMESPACE), make("fits", FITTING_SPEC));
      assert.deepEqual([kind, status, warnings], [kind, 201, []], body.message);
    }
  });
  await report.check("an object that a controller makes is only audited", async () => {
    for (const { kind, path, make } of OWNED_KINDS.filter((one) => one.kind !== "Pod")) {
      const { status, body, warnings } = await api.post(path(NAMESPACE), make("owned", VIOLATING_SPEC));
      assert.deepEqual([kind, status, warnings], [kind, 201, []], body.message);
      const [event] = await cluster.auditEvents(NAMESPACE, "owned");
      assert.ok(event?.annotations?.["templates.gracekeeper.dev/findings"], JSON.stringify(event));
    }
  });
  await report.check(
    "with `templates: Enforce`, warn mode still only warns about a Deployment, and audit mode is silent",
    async () => {
      const deployment = kindOf("Deployment");
      for (const [namespace, words] of [
        ["warned", 1],
        ["audited", 0],
      ] as const) {
        const { status, warnings } = await api.post(
          deployment.path(namespace),
          deployment.make("mild", VIOLATING_SPEC),
        );
        assert.deepEqual([namespace, status, warnings.length], [namespace, 201, words]);
      }
    },
  );
  for (const kind of CHANGEABLE) await checkUpdates(world, kind);
  await checkOwnRow(world);
}

async function checkUpdates({ report, api, cluster }: World, kind: Kind): Promise<void> {
  const object = `${kind.path(NAMESPACE)}/violator`;
  const [web] = VIOLATING_SPEC["containers"];
  const template = (change: KubernetesObject) => kind.changeTemplate?.(change);
  const containers = (...all: readonly KubernetesObject[]) => template({ spec: { containers: all } });
  const passes = async (what: string, body: unknown) => {
    const { status, body: answer } = await api.patch(object, body);
    assert.deepEqual([what, status], [what, 200], answer.message);
  };
  await report.check(
    `${kind.kind}: an update of a violating object passes if it has no new finding`,
    async () => {
      await passes("labels", { metadata: { labels: { a: "b" } } });
      await passes("finalizers", { metadata: { finalizers: ["example.com/held"] } });
      await passes("finalizers", { metadata: { finalizers: null } });
      await passes("fields", kind.change);
      await passes(
        "an annotation of the template",
        template({ metadata: { annotations: { restarted: "now" } } }),
      );
      await passes("the image", containers({ ...web, image: "nginx:1.30" }));
      await passes("a longer hook, the same fault", containers(sleeping("web", 50)));
      const scaled = await cluster.kubectl("-n", NAMESPACE, "get", kind.kind, "violator");
      assert.equal(scaled.code, 0, scaled.stderr);
    },
  );
  await report.check(`${kind.kind}: an update with another violating container is denied`, async () => {
    const { status, body } = await api.patch(object, containers(sleeping("web", 50), sleeping("worker", 60)));
    assert.deepEqual([status, body.reason], [403, "Forbidden"], body.message);
    assert.match(body.message, /denied the request: container "worker": .*\[hook-over-grace\]$/);
  });
  await report.check(`${kind.kind}: the fix passes, and undoing the fix is denied`, async () => {
    await passes("the fix", template({ spec: { terminationGracePeriodSeconds: 60 } }));
    const { status, body } = await api.patch(
      object,
      template({ spec: { terminationGracePeriodSeconds: 30 } }),
    );
    assert.equal(status, 403, body.message);
  });
}

function sleeping(name: string, seconds: number): KubernetesObject {
  return {
    name,
    image: "nginx:1.29",
    lifecycle: { preStop: { exec: { command: ["sleep", `${seconds}`] } } },
  };
}

/**
 * The owner's own custom resource needs an item of `workloads` in the configuration and a rule in the webhook, as the
 * manifests say.
 */
async function checkOwnRow({ report, api }: World): Promise<void> {
  const [rollout] = CUSTOM_KINDS;
  assert.ok(rollout);
  const path = `/apis/example.com/v1/namespaces/${NAMESPACE}/webfarms`;
  const object = (name: string, spec: KubernetesObject) => ({
    ...rollout.make(name, spec),
    apiVersion: "example.com/v1",
    kind: "WebFarm",
  });
  await report.check(
    "the owner's custom resource is judged with a row in `workloads` and a webhook rule",
    async () => {
      assert.equal((await api.post(path, object("before", VIOLATING_SPEC))).status, 201, "no rule yet");
      const { body } = await api.get(WEBHOOKS);
      const place = body.webhooks.findIndex(
        ({ name }: { name: string }) => name === "templates.gracekeeper.dev",
      );
      const rule = {
        apiGroups: ["example.com"],
        apiVersions: ["*"],
        operations: ["CREATE", "UPDATE"],
        resources: ["webfarms"],
        scope: "Namespaced",
      };
      const operations = [{ op: "add", path: `/webhooks/${place}/rules/-`, value: rule }];
      assert.equal((await api.patch(WEBHOOKS, operations, "application/json-patch+json")).status, 200);
      let tries = 0;
      let answer = await api.post(path, object("again-0", VIOLATING_SPEC));
      while (answer.status === 201 && tries++ < 40) {
        await wait(250);
        answer = await api.post(path, object(`again-${tries}`, VIOLATING_SPEC));
      }
      assert.equal(answer.status, 403);
      assert.match(answer.body.message, DENIAL);
      assert.equal((await api.post(path, object("fits", FITTING_SPEC))).status, 201);
    },
  );
}
