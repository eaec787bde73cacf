/** Runs each main process of main-process-cases.ts as a real PID 1, in its own PID namespace. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import t, { type Test } from "tap";
import { SHELLS } from "./differential.ts";
import { MAIN_PROCESS_CASES, readShell } from "./main-process-cases.ts";
import "../patience.ts";

const NAMES = ["bash", "dash", "busybox"];

const UNSHARE = [[], ["--user", "--map-root-user"]]
  .map((more) => ["--pid", "--fork", "--kill-child", ...more])
  .find((options) => spawnSync("unshare", [...options, "true"]).status === 0);

const folder = mkdtempSync(join(tmpdir(), "main-process-"));
t.teardown(() => rmSync(folder, { recursive: true }));

/** The program `app` handles SIGTERM. `app` creates the file $READY when its handler is installed. */
writeFileSync(join(folder, "app"), '#!/bin/sh\ntrap exit TERM\n: > "$READY"\nsleep 1000 & wait\n', {
  mode: 0o755,
});

/** Programs that run until a signal. When such a program runs, the test may send SIGTERM to the main process. */
const RESTING = /^(sleep|tail)$/;

/** The child processes of a process. The first child of `unshare` is PID 1 of the new namespace. */
function childrenOf(pid: number | undefined): readonly number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8")
      .trim()
      .split(" ")
      .filter(Boolean)
      .map(Number);
  } catch {
    return [];
  }
}

function nameOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, "utf8").trim();
  } catch {
    return "";
  }
}

let runs = 0;

/**
 * The limit for checks whether the main process is ready. With 10 ms between checks, the limit is about 20 s on an idle
 * machine.
 */
const MOST_TRIES = 2000;

async function ready(unshare: ChildProcess, text: string, file: string): Promise<number> {
  for (let tries = 0; ; tries++) {
    if (tries > MOST_TRIES) throw new Error(`it never rests: ${text}`);
    const [first] = childrenOf(unshare.pid);
    if (unshare.exitCode !== null) throw new Error(`it ended by itself: ${text}`);
    if (first !== undefined) {
      const isResting = /\bapp\b/.test(text)
        ? existsSync(file)
        : [first, ...childrenOf(first).flatMap((one) => [one, ...childrenOf(one)])].some((one) =>
            RESTING.test(nameOf(one)),
          );
      if (isResting) return first;
    }
    await pause(10);
  }
}

/** A process that handles SIGTERM ends within this time. A process that ignores SIGTERM never ends. */
const QUIET_MILLISECONDS = 400;
const LONGEST_WAIT_MILLISECONDS = 20_000;

const RESEND_MILLISECONDS = 500;

function signalIfThere(pid: number): void {
  try {
    process.kill(pid, "SIGTERM");
  } catch {
    // The process has ended.
  }
}

/** Whether the process ends on SIGTERM. The function waits much longer if `should` is true. */
async function hears(shell: readonly string[], text: string, should: boolean): Promise<boolean> {
  runs += 1;
  const file = join(folder, `ready-${runs}`);
  const env = { PATH: `${folder}:${process.env["PATH"]}`, READY: file };
  const unshare = spawn("unshare", [...(UNSHARE ?? []), ...shell, "-c", text], { env, stdio: "ignore" });
  const ended = once(unshare, "exit");
  const pid = await ready(unshare, text, file);
  process.kill(pid, "SIGTERM");
  // bash misses a signal that comes just before it starts to wait. A second signal wakes it.
  const again = should ? setInterval(() => signalIfThere(pid), RESEND_MILLISECONDS) : undefined;
  await Promise.race([
    ended,
    pause(should ? LONGEST_WAIT_MILLISECONDS : QUIET_MILLISECONDS, undefined, { ref: false }),
  ]);
  clearInterval(again);
  const heard = unshare.exitCode !== null || unshare.signalCode !== null;
  unshare.kill("SIGKILL");
  await ended;
  return heard;
}

const skipped =
  UNSHARE === undefined &&
  `SKIPPED: no PID namespace may be made here, ${MAIN_PROCESS_CASES.length} texts not run`;

/** The number of texts that run in parallel. Each text mostly sleeps. */
const AT_A_TIME = 8;

interface Run {
  readonly text: string;
  readonly should: boolean;
}

async function check(t: Pick<Test, "equal">, shell: readonly string[], all: readonly Run[]): Promise<void> {
  const left = [...all];
  const worker = async (): Promise<void> => {
    for (let one = left.shift(); one !== undefined; one = left.shift())
      t.equal(await hears(shell, one.text, one.should), one.should, one.text);
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, worker));
}

for (const [place, name] of NAMES.entries()) {
  const shell = SHELLS.find((one) => one.name === name)?.argv ?? [];
  const missing = existsSync(shell[0] ?? "") ? false : `SKIPPED: ${name} is not on this machine`;
  t.test(
    `${name} as PID 1 reacts to SIGTERM exactly in the texts of the table`,
    { skip: skipped || missing },
    async (t) => {
      const all = MAIN_PROCESS_CASES.map(({ text, heard }) => ({ text, should: heard[place] === true }));
      await check(t, shell, all);
    },
  );
  t.test(
    `${name} as PID 1 reacts to SIGTERM in every text that a fix proposes`,
    { skip: skipped || missing },
    async (t) => {
      const all = MAIN_PROCESS_CASES.flatMap(({ text }) => readShell(text)?.instead?.[2] ?? []);
      const runs = all.map((text) => ({ text, should: true }));
      await check(t, shell, runs);
    },
  );
}

t.test("no finding if all shells react to SIGTERM, and `sure` only if none does", async (t) => {
  for (const { text, heard, sh, bash } of MAIN_PROCESS_CASES) {
    t.ok(sh === "silent" || !heard.every(Boolean), text);
    t.ok(!["sure", "may-end"].includes(sh) || !heard.some(Boolean), text);
    t.ok(bash === "silent" || !heard[0], text);
  }
});
