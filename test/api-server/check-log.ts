import assert from "node:assert/strict";
import { setTimeout as wait } from "node:timers/promises";
import { total } from "./cluster.ts";
import type { World } from "./world.ts";

/** Compares two independent counts: the calls that the API server reports, and the decisions in our log. */
export async function checkLog({ report, cluster, gracekeeper, minor }: World): Promise<void> {
  report.section("Log");
  await report.check("the log has one decision line for each call that the API server counted", async () => {
    const calls = await cluster.webhookCalls();
    const ours = total(new Map([...calls].filter(([name]) => name.endsWith(".gracekeeper.dev"))));
    for (let tries = 0; tries < 20 && gracekeeper.decisions.length < ours; tries++) await wait(100);
    assert.equal(gracekeeper.decisions.length, ours);
    return `${ours} calls`;
  });
  await report.check(
    "no uid is logged twice, and no line is about an unlabelled or excluded namespace",
    () => {
      const uids = new Set(gracekeeper.decisions.map(({ uid }) => uid));
      assert.equal(uids.size, gracekeeper.decisions.length);
      const wrong = [
        "unlabelled",
        "switched-off",
        "kube-system",
        "kube-public",
        "kube-node-lease",
        "gracekeeper",
      ];
      assert.deepEqual(
        gracekeeper.decisions.filter(({ namespace }) => wrong.includes(namespace)),
        [],
      );
    },
  );
  await report.check("the log has no error, and standard error is empty", () => {
    const bad = gracekeeper.other.filter((line) => !/"level":"(?:info|debug)"/.test(line));
    const says = (event: string) => (line: string) => line.includes(`"event":"${event}"`);
    assert.deepEqual(
      bad.filter((line) => !says("injection-disabled")(line)),
      [],
    );
    assert.equal(bad.some(says("injection-disabled")), minor < 33, "that nothing can be injected is said");
  });
}
