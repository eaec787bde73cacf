import { test } from "tap";
import { CASES } from "./cases.ts";
import { SHELLS, unusable } from "./differential.ts";
import { readBash, readSh, shown } from "./helper.ts";
import { VirtualClock } from "./virtual-clock.ts";
import "../patience.ts";

test("each script takes what its row says", (t) => {
  for (const { as, text, takes } of CASES) {
    t.equal(shown(as === "bash" ? readBash(text) : readSh(text)), takes, `${as}: ${text}`);
  }
  t.end();
});

const missing = VirtualClock.missing();

test(
  "real shells agree with the rows",
  missing === undefined ? {} : { skip: `SKIPPED: ${missing} is not here` },
  async (t) => {
    const clock = new VirtualClock();
    for (const shell of SHELLS) {
      const reason = await unusable(clock, shell);
      if (reason !== undefined) {
        t.test(`the rows in ${shell.name}`, { skip: `skipped: ${reason}` }, async () => {});
        continue;
      }
      const mine = CASES.filter((row) => row.real && (row.as === "sh" || shell.name === "bash"));
      const outcomes = await Promise.all(
        mine.map((row) => clock.run({ argv: [...shell.argv, "-c", row.text], env: {}, flag: false })),
      );
      mine.forEach((row, i) => {
        const outcome = outcomes[i];
        const [min, max = min] = row.takes
          .split("-")
          .map((bound) => (bound === "" ? Number.POSITIVE_INFINITY : Number(bound))) as [number, number?];
        const inside =
          outcome?.gaveUp === undefined &&
          (outcome?.exit ?? -1) >= min &&
          (outcome?.outputClosed ?? 0) <= (max as number);
        t.ok(inside, `${shell.name}: ${row.text} takes ${row.takes}, was ${JSON.stringify(outcome)}`);
      });
    }
    clock.close();
  },
);
