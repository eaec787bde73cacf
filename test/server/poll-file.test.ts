import { setTimeout as sleep } from "node:timers/promises";
import t, { type Test } from "tap";
import { FileError, pollFile } from "../../src/server/poll-file.ts";
import { testLog } from "../helper.ts";

/**
 * Polls a fake file. Each read returns the next item of `looks`; the last item repeats. Returns the events in order.
 */
async function polled(t: Test, checksItself: boolean, looks: readonly (string | FileError)[]) {
  const { logger, lines } = testLog();
  const happened: string[] = [];
  let count = 0;
  const done = Promise.withResolvers<void>();
  const poll = pollFile<string>({
    name: "file",
    first: "old",
    checksItself,
    async look() {
      const seen = looks[count++];
      if (seen === undefined) {
        done.resolve();
        return "old";
      }
      happened.push(`look ${count}`);
      if (seen instanceof FileError) throw seen;
      return seen;
    },
    changed: (value, before) => void happened.push(`${before} -> ${value}`),
    failed: () => void happened.push("failed"),
    logger,
    pollMilliseconds: 1,
  });
  t.teardown(() => poll.stop());
  const alive = setInterval(() => {}, 1000);
  await done.promise;
  poll.stop();
  await sleep(1);
  clearInterval(alive);
  return { happened, events: lines().map(({ event }) => event) };
}

t.test("a valid certificate is loaded at the first check", async (t) => {
  const { happened } = await polled(t, true, ["old", "new"]);
  t.same(happened, ["look 1", "look 2", "old -> new"]);
});

t.test(
  "a valid configuration is loaded when two checks see the same text, because its end may be missing",
  async (t) => {
    const { happened } = await polled(t, false, ["half", "whole", "whole"]);
    t.same(happened, ["look 1", "look 2", "look 3", "old -> whole"]);
  },
);

for (const checksItself of [true, false]) {
  t.test(`a fault is reported when two checks see the same, checksItself: ${checksItself}`, async (t) => {
    const [half, bad] = [new FileError("half"), new FileError("bad")];
    const { happened, events } = await polled(t, checksItself, [half, bad, bad, bad, "new", "new"]);
    t.same(happened.slice(0, 6), ["look 1", "look 2", "look 3", "failed", "look 4", "failed"]);
    t.same(
      happened.slice(6),
      checksItself ? ["look 5", "old -> new", "look 6"] : ["look 5", "look 6", "old -> new"],
    );
    t.same(events, ["file-error", "file-recovered"], "each is logged once");
  });
}
