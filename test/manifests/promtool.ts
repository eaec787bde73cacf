import { spawnSync } from "node:child_process";

/** Debian has it in its package prometheus. */
const PROMTOOL = process.env["PROMTOOL"] || "promtool";

/** Why tests that need promtool are left out; false where there is one. */
export const skip: string | false =
  promtool("--version").status === 0
    ? false
    : `Prometheus expressions are not tried: there is no ${PROMTOOL} (PROMTOOL is its path)`;

export function promtool(...args: readonly string[]): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(PROMTOOL, args, { encoding: "utf8" });
  return { status, output: `${stdout}${stderr}` };
}
