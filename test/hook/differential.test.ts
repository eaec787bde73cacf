import { test } from "tap";
import { compare, percent, printed } from "./differential.ts";
import { VirtualClock } from "./virtual-clock.ts";
import "../patience.ts";

/** A fixed set; the long run is by hand (differential.ts). */
const SCRIPTS = 300;
const FIRST_SEED = 1;

const missing = VirtualClock.missing();

test(
  "what real shells take lies inside what was read",
  missing === undefined ? {} : { skip: `SKIPPED: ${missing} is not here, ${SCRIPTS} scripts not run` },
  async (t) => {
    const report = await compare(FIRST_SEED, SCRIPTS);
    for (const shell of report.missing)
      t.comment(`SKIPPED: ${shell} is not on this machine, ${SCRIPTS} scripts not run in it`);
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
