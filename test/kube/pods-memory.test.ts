import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t from "tap";
import { DEEP } from "../cases.ts";
import type { Taken } from "./preview-process.ts";
import "../patience.ts";

/** 2000 pods have 46 MB, which is just below the limit of a preview. By default the test uses half as many pods. */
const PODS = DEEP ? 2000 : 1000;
const ROUNDS = DEEP ? 5 : 1;
const MIB = 1024 * 1024;

/** A heap limit makes V8 collect garbage early. Without a heap limit, garbage would remain in memory. */
const LIMITED = ["--max-old-space-size=256", "--max-semi-space-size=1"];
const MOST = 420 * MIB;
const MOST_GROWTH = (DEEP ? 150 : 100) * MIB;

t.test(
  "two simultaneous previews of large pods need little memory and do not block the event loop",
  async (t) => {
    const folder = await mkdtemp(join(tmpdir(), "gracekeeper-pods-"));
    t.teardown(() => rm(folder, { recursive: true }));
    const start = (file: string, args: readonly string[], execArgv: readonly string[]): ChildProcess => {
      const child = fork(new URL(file, import.meta.url), args, { execArgv: [...execArgv] });
      t.teardown(() => child.kill());
      return child;
    };
    const [kubeconfig] = await message(start("dense-pods-process.ts", [String(PODS)], []));
    const file = join(folder, "kubeconfig");
    await writeFile(file, kubeconfig as string);
    const [answer] = await message(start("preview-process.ts", [file, String(ROUNDS)], LIMITED));
    const { before, most, fewestTurns, warnings, looked, largestPage } = answer as Taken;
    const growth = most - before;
    t.comment(
      `RSS ${inMiB(before)}, at most ${inMiB(most)}; ${warnings.length} of ${2 * ROUNDS} previews told`,
    );
    t.equal(looked, PODS, "given time, all are handed over");
    t.ok(largestPage <= 100, "a page at a time");
    for (const warning of warnings) t.match(warning, `${PODS} of ${PODS} running pods`, "all or nothing");
    t.ok(most < MOST, `RSS at most ${inMiB(most)}`);
    t.ok(growth < MOST_GROWTH, `RSS grew by ${inMiB(growth)}`);
    t.ok(fewestTurns >= 1, `others have their turn ${fewestTurns} times between two pages`);
  },
);

/** The first message of a process; throws if it ends without one. */
async function message(child: ChildProcess): Promise<unknown[]> {
  const early = once(child, "exit").then(([code, signal]) => {
    throw new Error(`ended with ${code ?? signal}`);
  });
  early.catch(() => undefined);
  return Promise.race([once(child, "message"), early]);
}

function inMiB(bytes: number): string {
  return `${Math.round(bytes / MIB)} MiB`;
}
