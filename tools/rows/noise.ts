/**
 * Prints the messages of warn mode for real hooks: `npm run noise -- FILE...`.
 *
 * The files have the format of tools/rows/hooks.ts. Each hook also has `gracePeriodSeconds` (null means the default of
 * 30). Each real hook becomes a pod with one container. The route /validate/warn reviews the pod with the default
 * configuration and the newest Kubernetes. Each hook gives one output line with its line number, the findings with
 * their actions, and the warnings. A person must judge whether a warning is right or noise. The exit code is 2 if a
 * file cannot be read.
 */
import { readFileSync } from "node:fs";
import { readReview } from "../../src/admission/review.ts";
import { validate } from "../../src/admission/validate.ts";
import type { JsonObject } from "../../src/json.ts";
import { CONTEXT, findingsIn, judgedOf, podOf, reviewOf } from "../../test/reviews.ts";
import type { HookRow } from "./hooks.ts";

interface RealRow extends HookRow {
  readonly synthetic?: boolean;
  readonly gracePeriodSeconds?: number | null;
}

const DEFAULT_GRACE_SECONDS = 30;

function podOfRow({ command, httpGet, sleep, tcpSocket, env = {}, gracePeriodSeconds }: RealRow): JsonObject {
  const exec = command && { command };
  return podOf({
    restartPolicy: "Always",
    terminationGracePeriodSeconds: gracePeriodSeconds ?? DEFAULT_GRACE_SECONDS,
    containers: [
      {
        name: "web",
        image: "web:1",
        env: Object.entries(env).map(([name, value]) => ({ name, value })),
        lifecycle: { preStop: { exec, httpGet, sleep, tcpSocket } },
      },
    ],
  });
}

/** Removes undefined members, as JSON does. */
function sent(row: RealRow): JsonObject {
  return JSON.parse(JSON.stringify(podOfRow(row))) as JsonObject;
}

function main(files: readonly string[]): number {
  let rows = 0;
  let warned = 0;
  for (const file of files) {
    const lines = readFileSync(file, "utf8").split("\n");
    for (const [index, line] of lines.entries()) {
      const row = line.trim() === "" ? undefined : (JSON.parse(line) as RealRow);
      if (row === undefined || row.synthetic) continue;
      const pod = sent(row);
      const found = findingsIn(judgedOf(pod)).map(({ id, action }) => `${id} ${action}`);
      const { response } = validate(readReview(reviewOf(pod)), "warn", CONTEXT).response;
      const texts = response.warnings ?? [];
      rows += 1;
      warned += texts.length > 0 ? 1 : 0;
      console.log(`${index + 1}: ${texts.length > 0 ? "WARNS" : "quiet"}: ${found.join(", ") || "nothing"}`);
      for (const text of texts) console.log(`    ${text}`);
    }
  }
  console.log(`${rows} rows, ${warned} would warn`);
  return 0;
}

const files = process.argv.slice(2);
if (files.length === 0) {
  console.error("usage: node tools/rows/noise.ts FILE...");
  process.exitCode = 2;
} else {
  try {
    process.exitCode = main(files);
  } catch (error) {
    console.error((error as Error).message);
    process.exitCode = 2;
  }
}
