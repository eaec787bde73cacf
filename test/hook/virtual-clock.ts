/**
 * Runs real shells on a virtual clock. `sleep` and `timeout` are stand-ins on PATH, which register the end of their
 * wait and block. `date` prints the virtual time. If every process in the session of a script is blocked, the clock
 * jumps to the next end of a wait, and wakes that process. An hour thus takes a millisecond, and the load of the
 * machine does not change the result.
 *
 * The virtual clock reads /proc, so it works only on Linux. The stand-in for `timeout` runs the real timeout(1).
 * SIGALRM tells timeout(1) that its time is over.
 */
import { spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Trial {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Whether the script finds a file `flag` in its working folder. */
  readonly flag: boolean;
}

/** The times of a run in virtual seconds; undefined if the run was stopped early. */
export interface Outcome {
  readonly exit: number | undefined;
  readonly outputClosed: number | undefined;
  /** Why the run was stopped early: `endless`, `stuck` or `busy`. */
  readonly gaveUp: string | undefined;
  readonly reached: number;
}

const SLEEP = `#!/bin/dash
trap 'exit 0' USR1
t=0
for a in "$@"; do
  case $a in *s) a=\${a%s} ;; esac
  case $a in ''|*[!0-9]*) echo "sleep: invalid time interval" >&2; exit 1 ;; esac
  t=$((t + a))
done
[ $# -gt 0 ] || exit 1
echo "$$ wait $t" >>"$CLOCK/log"
read x <"$CLOCK/block"
`;
const TIMEOUT = `#!/bin/dash
k=
if [ "$1" = -k ]; then k="-k 99999"; shift 2; fi
t=$1; shift
echo "$$ timer $t" >>"$CLOCK/log"
exec /usr/bin/timeout $k 99999 "$@"
`;
const DATE = `#!/bin/dash
read n <"$CLOCK/now"
echo $((1700000000 + n))
`;
/**
 * `chance` succeeds or fails according to the next bit of COIN. `chance N` obeys OUTCOME_N: 1 is success, 0 is failure,
 * and `turn` is success and failure in turn.
 */
const CHANCE = `#!/bin/dash
if [ $# -gt 0 ]; then
  eval "outcome=\\$OUTCOME_$1"
  if [ "$outcome" = turn ]; then rm "$CLOCK/$1" && exit 1; : >"$CLOCK/$1"; else [ "$outcome" = 1 ]; fi
  exit
fi
read n <"$CLOCK/coin"
echo $((n / 2)) >"$CLOCK/coin"
[ $((n % 2)) = 1 ]
`;

const TURNS_TO_CLOSE = 6;
const MOST_JUMPS = 600;
/** Real milliseconds. A script that computes for longer without a wait is stopped. */
const MOST_BUSY_MS = 20_000;
/** Real milliseconds. A script whose processes are blocked for longer, none of them in a wait, is stopped. */
const MOST_STUCK_MS = 2000;

/**
 * After this many listings of /proc, all processes are read again. A process of another session may have ended since, and
 * a process of ours may have its process id: Linux uses 32,768 ids in turn.
 */
const LISTINGS = 20;

interface Session {
  readonly pid: number;
  readonly folder: string;
  readonly done: (outcome: Outcome) => void;
  now: number;
  jumps: number;
  exit: number | undefined;
  closed: number | undefined;
  readSoFar: number;
  waits: { pid: number; at: number; timer: boolean }[];
  lastPrint: string;
  lastChange: number;
  /** The real time since which all processes have been blocked without a wait; undefined if one has run since. */
  stuckSince: number | undefined;
  finished: boolean;
  patience: number;
}

/** Each run has a few small files. Creating such files in memory takes a third of the time. */
const RUNS = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();

interface Member {
  readonly pid: number;
  readonly state: string;
  readonly slices: string;
}

export class VirtualClock {
  readonly #root = mkdtempSync(join(tmpdir(), "clock-"));
  readonly #runs = mkdtempSync(join(RUNS, "clock-"));
  readonly #sessions = new Map<number, Session>();
  /**
   * Processes outside our sessions, from the last listing of /proc. Such processes never join a session, and reading
   * their files again took most of the time.
   */
  #foreign = new Set<string>();
  #listings = 0;
  #ticking = false;
  #count = 0;

  constructor() {
    const bin = join(this.#root, "bin");
    mkdirSync(bin);
    for (const [name, text] of [
      ["sleep", SLEEP],
      ["timeout", TIMEOUT],
      ["chance", CHANCE],
      ["date", DATE],
    ] as const) {
      writeFileSync(join(bin, name), text);
      chmodSync(join(bin, name), 0o755);
    }
    spawnSync("mkfifo", [join(this.#root, "block")]);
  }

  /** A required file that is missing on this machine; undefined if all exist. */
  static missing(): string | undefined {
    return ["/proc/self/schedstat", "/bin/dash", "/usr/bin/timeout"].find((file) => !existsSync(file));
  }

  close(): void {
    const bySession = this.#processes();
    for (const session of [...this.#sessions.values()])
      this.#clear(session, bySession.get(session.pid) ?? []);
    for (const folder of [this.#root, this.#runs]) rmSync(folder, { recursive: true, force: true });
  }

  run(trial: Trial): Promise<Outcome> {
    this.#count += 1;
    const folder = join(this.#runs, `run${this.#count}`);
    mkdirSync(folder);
    writeFileSync(join(folder, "log"), "");
    writeFileSync(join(folder, "now"), "0\n");
    writeFileSync(join(folder, "coin"), `${trial.env["COIN"] ?? 0}\n`);
    if (trial.flag) writeFileSync(join(folder, "flag"), "");
    // A named pipe on which stand-ins block. All runs share the pipe, and nothing is ever written to it.
    symlinkSync(join(this.#root, "block"), join(folder, "block"));
    return new Promise((resolve) => this.#start(trial, folder, resolve));
  }

  #start(trial: Trial, folder: string, resolve: (outcome: Outcome) => void): void {
    const [program, ...args] = trial.argv as [string, ...string[]];
    const child = spawn(program, args, {
      cwd: folder,
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
      env: { PATH: `${join(this.#root, "bin")}:/usr/bin:/bin`, CLOCK: folder, ...trial.env },
    });
    const pid = child.pid as number;
    this.#foreign.delete(`${pid}`);
    const session: Session = {
      pid,
      folder,
      done: resolve,
      now: 0,
      jumps: 0,
      exit: undefined,
      closed: undefined,
      readSoFar: 0,
      waits: [],
      lastPrint: "",
      lastChange: Date.now(),
      stuckSince: undefined,
      finished: false,
      patience: 0,
    };
    child.stdout.resume();
    child.stderr.resume();
    child.on("exit", () => {
      session.exit = session.now;
    });
    child.on("close", () => {
      session.closed = session.now;
      this.#finish(session, undefined);
    });
    child.on("error", () => this.#finish(session, "cannot start"));
    this.#sessions.set(pid, session);
    this.#tick();
  }

  #tick(): void {
    if (this.#ticking) return;
    this.#ticking = true;
    const again = (): void => {
      if (this.#sessions.size === 0) {
        this.#ticking = false;
        return;
      }
      this.#look();
      setImmediate(() => setTimeout(again, 0));
    };
    setImmediate(again);
  }

  /**
   * Checks all processes once. The clock of a session jumps if all its processes were blocked at two successive checks
   * and none ran in between.
   */
  #look(): void {
    const bySession = this.#processes();
    for (const session of [...this.#sessions.values()]) {
      const members = bySession.get(session.pid) ?? [];
      if (session.finished) {
        this.#clear(session, members);
        continue;
      }
      const alive = members.filter((member) => member.state !== "Z" && member.state !== "X");
      const print = members.map((member) => `${member.pid}${member.state}${member.slices}`).join(" ");
      const rests = alive.every((member) => member.state === "S");
      const shellGone = !alive.some((member) => member.pid === session.pid);
      if (!rests || print !== session.lastPrint || (shellGone && session.exit === undefined)) {
        session.lastPrint = print;
        if (rests) session.lastChange = Date.now();
        else {
          session.stuckSince = undefined;
          if (Date.now() - session.lastChange > MOST_BUSY_MS) this.#finish(session, "busy");
        }
        continue;
      }
      this.#jump(session, new Set(alive.map((member) => member.pid)));
    }
  }

  #jump(session: Session, alive: ReadonlySet<number>): void {
    this.#readLog(session);
    // A process of the log is ours, even if its process id belonged to another process at the last listing.
    const unseen = session.waits.filter(({ pid }) => this.#foreign.delete(`${pid}`));
    if (unseen.length > 0) return;
    session.waits = session.waits.filter((wait) => alive.has(wait.pid));
    session.lastPrint = "";
    const next = Math.min(...session.waits.map((wait) => wait.at));
    // This process sees the end of the output some turns of the event loop after the last writer has ended.
    if (session.exit !== undefined && session.patience < TURNS_TO_CLOSE) {
      session.patience += 1;
      return;
    }
    session.patience = 0;
    if (!Number.isFinite(next)) {
      session.stuckSince ??= Date.now();
      if (Date.now() - session.stuckSince > MOST_STUCK_MS) this.#finish(session, "stuck");
      return;
    }
    session.stuckSince = undefined;
    session.jumps += 1;
    if (session.jumps > MOST_JUMPS) {
      this.#finish(session, "endless");
      return;
    }
    session.now = next;
    writeFileSync(join(session.folder, "now"), `${next}\n`);
    session.lastChange = Date.now();
    const due = session.waits.filter((wait) => wait.at === next);
    session.waits = session.waits.filter((wait) => wait.at !== next);
    for (const wait of due) signal(wait.pid, wait.timer ? "SIGALRM" : "SIGUSR1");
  }

  #readLog(session: Session): void {
    const text = readFileSync(join(session.folder, "log"), "utf8");
    for (const line of text.slice(session.readSoFar).split("\n")) {
      const [pid, kind, seconds] = line.split(" ");
      if (seconds === undefined) continue;
      // `timeout 0` has no limit.
      if (kind === "timer" && Number(seconds) === 0) continue;
      session.waits.push({ pid: Number(pid), at: session.now + Number(seconds), timer: kind === "timer" });
    }
    session.readSoFar = text.length;
  }

  #finish(session: Session, gaveUp: string | undefined): void {
    if (session.finished) return;
    session.finished = true;
    session.done({ exit: session.exit, outputClosed: session.closed, gaveUp, reached: session.now });
  }

  /** Kills the remaining processes of a finished session, and no others. */
  #clear({ pid, folder }: Session, members: readonly Member[]): void {
    for (const member of members) signal(member.pid, "SIGKILL");
    this.#sessions.delete(pid);
    rmSync(folder, { recursive: true, force: true });
  }

  #processes(): Map<number, Member[]> {
    this.#listings += 1;
    if (this.#listings % LISTINGS === 0) this.#foreign.clear();
    const found = new Map<number, Member[]>();
    const foreign = new Set<string>();
    for (const name of readdirSync("/proc")) {
      if (this.#foreign.has(name) || !/^\d+$/.test(name)) {
        foreign.add(name);
        continue;
      }
      try {
        const stat = readFileSync(`/proc/${name}/stat`, "utf8");
        const [state, , , sid] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
        const session = Number(sid);
        if (!this.#sessions.has(session)) {
          foreign.add(name);
          continue;
        }
        const slices = readFileSync(`/proc/${name}/schedstat`, "utf8").trim();
        const members = found.get(session) ?? [];
        members.push({ pid: Number(name), state: state as string, slices });
        found.set(session, members);
      } catch {
        // The process ended between the listing and the reading.
      }
    }
    this.#foreign = foreign;
    return found;
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // The process ended by itself.
  }
}
