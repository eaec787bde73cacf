import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { REPOSITORY } from "../certificates/installation.ts";

const run = promisify(execFile);

/**
 * Used while there is no release: the commit that added the Helm chart. That commit has own certificates, like the
 * current version.
 */
const FIRST = "93d1a77";

/** The version to upgrade from: the variable FROM, or the last release before this checkout, or the commit FIRST. */
export async function earlierVersion(): Promise<string> {
  const given = process.env["FROM"];
  if (given) return given;
  const describe = ["-C", REPOSITORY, "describe", "--tags", "--abbrev=0", "--match", "v[0-9]*", "HEAD^"];
  const tag = await run("git", describe).catch(() => undefined);
  return tag?.stdout.trim() ?? FIRST;
}

/** Checks out a version into a separate folder and installs the packages of its lock file. */
export async function checkOut(version: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "gracekeeper-earlier-"));
  const archive = join(folder, "archive.tar");
  try {
    await run("git", ["-C", REPOSITORY, "archive", "--output", archive, version]);
  } catch {
    await rm(folder, { recursive: true });
    throw new Error(
      `There is no ${version} in this checkout. In a shallow one: git fetch --unshallow --tags. FROM chooses another.`,
    );
  }
  await run("tar", ["-xf", archive, "-C", folder]);
  await rm(archive);
  await run("npm", ["ci", "--omit=dev", "--ignore-scripts", "--no-audit"], { cwd: folder });
  return folder;
}
