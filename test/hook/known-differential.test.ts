import { test } from "tap";
import { cases } from "../cases.ts";
import { compareKnown, missingShells, printedKnown } from "./known-differential.ts";
import { VirtualClock } from "./virtual-clock.ts";
import "../patience.ts";

/**
 * The number of scripts. The seeds of the scripts are fixed. Longer runs are started by hand (known-differential.ts).
 */
const SCRIPTS = cases(1000, 20);
const FIRST_SEED = 1;

/**
 * For this fraction of the scripts, the known run (the time that the author seems to intend) must equal the longest run
 * in real shells. Some scripts have wide bounds: for example, children of a killed job may continue.
 */
const LEAST_RIGHT = 0.95;

const missing = VirtualClock.missing() ?? (await missingShells())[0];

test(
  "the known run is the longest run in which unknown commands take no time",
  missing === undefined ? {} : { skip: `SKIPPED: ${missing} is not here, ${SCRIPTS} scripts not run` },
  async (t) => {
    const report = await compareKnown(FIRST_SEED, SCRIPTS);
    t.comment(printedKnown(report));
    t.ok(report.right / report.scripts >= LEAST_RIGHT, report.different.join("\n"));
  },
);
