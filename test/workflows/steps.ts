import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

export const ROOT = join(import.meta.dirname, "../..");

export interface Step {
  readonly name?: string;
  readonly uses?: string;
  readonly run?: string;
}

export interface Job {
  readonly steps?: readonly Step[];
  readonly permissions?: Readonly<Record<string, string>>;
  readonly "timeout-minutes"?: number;
}

export interface Workflow {
  readonly permissions: unknown;
  readonly jobs: Readonly<Record<string, Job>>;
}

export function workflow(name: string): Workflow {
  return parse(readFileSync(join(ROOT, ".github/workflows", name), "utf8"));
}

export interface Ran extends SpawnSyncReturns<string> {
  /** The values that the step wrote to GITHUB_OUTPUT. */
  readonly outputs: Readonly<Record<string, string>>;
}

/** Runs a step in `cwd` as GitHub does. `env` has the values that GitHub would compute from its expressions. */
export function runStep(script: string, cwd: string, env: Readonly<Record<string, string>>): Ran {
  const output = join(env["RUNNER_TEMP"] ?? cwd, "github-output");
  const ran = spawnSync("bash", ["--noprofile", "--norc", "-eo", "pipefail", "-c", script], {
    cwd,
    encoding: "utf8",
    env: { ...process.env, GITHUB_OUTPUT: output, ...env },
  });
  return { ...ran, outputs: outputsOf(output) };
}

function outputsOf(file: string): Record<string, string> {
  let text = "";
  try {
    text = readFileSync(file, "utf8");
  } catch {
    // The step has no outputs.
  }
  return Object.fromEntries([...text.matchAll(/^([^=]+)=(.*)$/gm)].map(([, name, value]) => [name, value]));
}
