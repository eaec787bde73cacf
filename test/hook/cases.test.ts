import { test } from "tap";
import { DEEP } from "../cases.ts";
import { CASES } from "./cases.ts";
import { SHELLS, type Shell, unusable } from "./differential.ts";
import { readBash, readSh, shown } from "./helper.ts";
import { VirtualClock } from "./virtual-clock.ts";
import "../patience.ts";

test("the reader gives the time of each row", (t) => {
  for (const { as, text, takes } of CASES) {
    t.equal(shown(as === "bash" ? readBash(text) : readSh(text)), takes, `${as}: ${text}`);
  }
  t.end();
});

const missing = VirtualClock.missing();

/** Each script runs in one of the shells, in rotation. In a deep run each script runs in all shells. */
test(
  "each row holds in real shells",
  missing === undefined ? {} : { skip: `SKIPPED: ${missing} is not here` },
  async (t) => {
    const clock = new VirtualClock();
    const shells: Shell[] = [];
    for (const shell of SHELLS) {
      const reason = await unusable(clock, shell);
      if (reason === undefined) shells.push(shell);
      else t.test(`each row holds in ${shell.name}`, { skip: `skipped: ${reason}` }, async () => {});
    }
    for (const [place, shell] of shells.entries()) {
      const isTurn = (row: number): boolean => DEEP || row % shells.length === place;
      const mine = CASES.filter(
        (row, index) => row.real && (row.as === "bash" ? shell.name === "bash" : isTurn(index)),
      );
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
