import { test } from "tap";
import { cases } from "../cases.ts";
import { compare, percent, printed } from "./differential.ts";
import { VirtualClock } from "./virtual-clock.ts";
import "../patience.ts";

/** The number of scripts. The seeds of the scripts are fixed. Longer runs are started by hand (differential.ts). */
const SCRIPTS = cases(5000, 100);
const FIRST_SEED = 1;

const missing = VirtualClock.missing();

test(
  "the run time in real shells lies within the predicted bounds",
  missing === undefined ? {} : { skip: `SKIPPED: ${missing} is not here, ${SCRIPTS} scripts not run` },
  async (t) => {
    const report = await compare(FIRST_SEED, SCRIPTS);
    for (const reason of report.missing)
      t.test(
        `${SCRIPTS} scripts in another shell stay within the bounds`,
        { skip: `skipped: ${reason}` },
        async () => {},
      );
    t.comment(printed(report));
    t.same(report.outside, []);
    t.ok(
      report.missing.length > 0 || report.runs === SCRIPTS * 4,
      "every script was run in every shell that is there",
    );
    t.ok(report.meanNodes >= 12, `mean of ${report.meanNodes} nodes`);
    t.ok(report.exact / report.known >= 0.8, `exact: ${percent(report.exact, report.known)}`);
  },
);
