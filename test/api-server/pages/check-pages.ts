import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import { type Block, marked } from "../../docs/blocks.ts";
import type { World } from "../chart/world.ts";
import type { Output } from "../cluster.ts";
import type { Place } from "./place.ts";

/** Blocks whose last command must end with exit code 1, each with the expected output. */
const ENDS_WITH_1: readonly (readonly [part: string, prints: RegExp])[] = [
  ["kubectl create --dry-run=server", /AlreadyExists/],
  ["kubectl auth can-i", /^no$/m],
];

const container = { name: "web", image: "web:1" };
const labels = { app: "web" };
const DEPLOYMENT = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web" },
  spec: {
    selector: { matchLabels: labels },
    template: { metadata: { labels }, spec: { containers: [container] } },
  },
};
const POD = { apiVersion: "v1", kind: "Pod", metadata: { name: "web" }, spec: { containers: [container] } };

/**
 * Runs every block marked `kubectl` on any page, after making the objects that it names. `restore` brings back objects
 * that an earlier block deleted.
 */
export async function checkPages(
  { report, api }: World,
  place: Place,
  restore: () => Promise<void>,
): Promise<void> {
  report.section("Pages: kubectl");
  for (const name of ["calico-system", "longhorn-system", "team-payments"]) {
    const metadata = { name, labels: name === "team-payments" ? { team: "payments" } : {} };
    await api.makeNamespace(metadata);
  }
  await api.post("/apis/apps/v1/namespaces/shop/deployments", DEPLOYMENT);
  await api.post("/api/v1/namespaces/shop/pods", POD);
  await writeFile(join(place.folder, "pod.yaml"), stringify({ ...POD, metadata: { name: "new" } }));
  await writeFile(join(place.folder, "enforce.txt"), "shop\n");
  for (const block of marked("kubectl")) {
    await report.check(`${block.page}:${block.line}`, async () => {
      await restore();
      check(block, await place.run(block.text));
    });
  }
}

function check({ text }: Block, { code, stdout, stderr }: Output): void {
  const [, prints] = ENDS_WITH_1.find(([part]) => text.includes(part)) ?? [];
  assert.equal(code, prints === undefined ? 0 : 1, `${text}${stdout}${stderr}`);
  if (prints !== undefined) assert.match(stdout + stderr, prints);
  assert.doesNotMatch(stderr, /not found|No resources found in shop/, text);
}
