/**
 * `npm run bench:check`: compares the cost of `gracekeeper check` with that of kube-score for the same file. Runs of
 * the two programs alternate. The benchmark measures user and system CPU time of the packed program, which other load
 * hardly changes. The benchmark needs bash, and measures memory only on Linux.
 */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { median } from "./decision-cost.ts";
import { deployments } from "./deployments.ts";

const ROUNDS = Number(process.env["ROUNDS"] ?? 9);
const DOCUMENTS = 1000;
const MANY_DOCUMENTS = 10_000;

const ROOT = join(import.meta.dirname, "../..");
const KUBE_SCORE = "kube-score";
const INSTALL = "go install github.com/zegl/kube-score/cmd/kube-score@latest";

const directory = mkdtempSync(join(tmpdir(), "gracekeeper-bench-"));

type Command = readonly [program: string, ...args: string[]];

const check = (file: string): Command => [process.execPath, join(ROOT, "dist/main.js"), "check", file];
const score = (file: string): Command => [KUBE_SCORE, "score", file];

/** Processor seconds of a program, with its threads and children. */
function seconds(command: Command): number {
  const timed = 'TIMEFORMAT="%3U %3S"; { time "$0" "$@" > /dev/null 2>&1; } 2>&1';
  const text = spawnSync("bash", ["-c", timed, ...command], { encoding: "utf8" }).stdout;
  return text.split(" ").reduce((sum, part) => sum + Number(part), 0);
}

/** The median CPU seconds of each command. Each round runs every command once. */
function inTurn(commands: readonly Command[]): readonly number[] {
  const rounds = Array.from({ length: ROUNDS }, () => commands.map(seconds));
  return commands.map((_, index) => median(rounds.map((round) => round[index] ?? Number.NaN)));
}

const BETWEEN_LOOKS_MILLISECONDS = 10;

/** The peak of a program's resident memory, in MB, from VmHWM of proc(5); NaN without /proc. */
async function megabytes([program, ...args]: Command): Promise<number> {
  const child = spawn(program, args, { stdio: "ignore" });
  let most = Number.NaN;
  while (child.exitCode === null) {
    try {
      const [, kibibytes] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8")) ?? [];
      if (kibibytes !== undefined) most = (Number(kibibytes) * 1024) / 1e6;
    } catch {
      // The program has ended, or the system has no /proc.
    }
    await sleep(BETWEEN_LOOKS_MILLISECONDS);
  }
  return most;
}

function written(name: string, count: number): string {
  const file = join(directory, name);
  writeFileSync(file, deployments(count));
  return file;
}

async function compare(file: string, count: number, hasScore: boolean): Promise<void> {
  const [ours = Number.NaN, theirs] = inTurn(hasScore ? [check(file), score(file)] : [check(file)]);
  const memory = [await megabytes(check(file)), hasScore ? await megabytes(score(file)) : undefined];
  const beside = (value: string | undefined): string => (value === undefined ? "" : ` (${value})`);
  console.log(
    `${count} Deployments: ${ours.toFixed(3)}${beside(theirs?.toFixed(3))} CPU s, ${memory[0]?.toFixed(0)}${beside(memory[1]?.toFixed(0))} MB${theirs === undefined ? "" : `; ratio ${(ours / theirs).toFixed(2)}`}`,
  );
}

async function main(): Promise<void> {
  execFileSync("npm", ["run", "--silent", "build"], { cwd: ROOT, stdio: "inherit" });
  const hasScore = spawnSync(KUBE_SCORE, ["version"]).error === undefined;
  console.log(`Node ${process.version}, medians of ${ROUNDS} runs in turn; kube-score in parentheses`);
  if (!hasScore) console.log(`kube-score is not on PATH, so nothing is compared: ${INSTALL}`);
  await compare(written("deployments.yaml", DOCUMENTS), DOCUMENTS, hasScore);
  await compare(written("many.yaml", MANY_DOCUMENTS), MANY_DOCUMENTS, hasScore);
  const [one = 0, node = 0] = inTurn([check(written("one.yaml", 1)), [process.execPath, "-e", "0"]]);
  console.log(`1 Deployment: ${one.toFixed(3)} CPU s; node -e 0: ${node.toFixed(3)}`);
}

try {
  await main();
} finally {
  rmSync(directory, { recursive: true });
}
