import assert from "node:assert/strict";
import { setTimeout as wait } from "node:timers/promises";
import type { Api } from "./api.ts";

export interface Definition {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
}

/** Custom resources by their real names, groups and versions. The custom resource WebFarm is invented. */
const DEFINITIONS: readonly Definition[] = [
  { group: "argoproj.io", version: "v1alpha1", kind: "Rollout", plural: "rollouts" },
  { group: "jobset.x-k8s.io", version: "v1alpha2", kind: "JobSet", plural: "jobsets" },
  { group: "example.com", version: "v1", kind: "WebFarm", plural: "webfarms" },
];

/** Installs the definitions and waits until the API server serves them. The content of objects is not validated. */
export async function installCustomResources(api: Api, definitions = DEFINITIONS): Promise<void> {
  for (const { group, version, kind, plural } of definitions) {
    const definition = {
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      metadata: { name: `${plural}.${group}` },
      spec: {
        group,
        scope: "Namespaced",
        names: { kind, plural, singular: kind.toLowerCase() },
        versions: [
          {
            name: version,
            served: true,
            storage: true,
            schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
            subresources: {
              status: {},
              scale: { specReplicasPath: ".spec.replicas", statusReplicasPath: ".status.replicas" },
            },
          },
        ],
      },
    };
    const made = await api.post("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", definition);
    assert.equal(made.status, 201, made.body.message);
  }
  for (const { group, version, plural } of definitions) {
    const path = `/apis/${group}/${version}/${plural}`;
    for (let tries = 0; (await api.get(path)).status !== 200; tries++) {
      assert.ok(tries < 100, `${plural}.${group} is not served`);
      await wait(100);
    }
  }
}
