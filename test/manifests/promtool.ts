import { spawnSync } from "node:child_process";

/** The path of promtool. Debian's package prometheus contains promtool. */
const PROMTOOL = process.env["PROMTOOL"] || "promtool";

/** The reason to skip tests that need promtool; false if promtool exists. */
export const skip: string | false =
  promtool("--version").status === 0
    ? false
    : `Prometheus expressions are not tried: there is no ${PROMTOOL} (PROMTOOL is its path)`;

export function promtool(...args: readonly string[]): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(PROMTOOL, args, { encoding: "utf8" });
  return { status, output: `${stdout}${stderr}` };
}
