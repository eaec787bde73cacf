/**
 * Compares the hook reader with real shells. Random scripts run in dash, bash and busybox ash on a virtual clock. The
 * shell must not end before the lower bound of the reading, and its output must not end after the upper bound.
 *
 * This command starts a long run: `node test/hook/differential.ts --scripts 20000 --seed 1`. The test suite runs fewer
 * scripts (differential.test.ts).
 */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { HookReading } from "../../src/hook/reading.ts";
import { CONSTRUCTS, type Grown, grow } from "./grammar.ts";
import { readArgv } from "./helper.ts";
import { Random } from "./random.ts";
import { type Outcome, VirtualClock } from "./virtual-clock.ts";

export interface Shell {
  readonly name: string;
  readonly argv: readonly string[];
}

/** The shells to compare. The variable `BUSYBOX` selects another busybox. */
export const SHELLS: readonly Shell[] = [
  { name: "dash", argv: ["/usr/bin/dash"] },
  { name: "bash", argv: ["/usr/bin/bash"] },
  { name: "busybox", argv: [process.env["BUSYBOX"] ?? "/usr/bin/busybox", "sh"] },
];

/** Takes 8 s on the virtual clock if the shell runs the stand-ins: 3 s of `timeout`, then 5 s of `sleep`. */
const PROBE = "timeout 3 sleep 90; sleep 5";
const PROBED_SECONDS = 8;

/**
 * The reason why a shell cannot be compared, or undefined. For example, Debian's busybox-static runs its built-in
 * `sleep`.
 */
export async function unusable(clock: VirtualClock, shell: Shell): Promise<string | undefined> {
  if (!existsSync(shell.argv[0] as string)) return `${shell.name} is not on this machine`;
  const { exit } = await clock.run({ argv: [...shell.argv, "-c", PROBE], env: {}, flag: false });
  return exit === PROBED_SECONDS ? undefined : `${shell.name} here runs its own sleep and never the stand-in`;
}

/** The number of scripts that run at the same time. A script mostly sleeps. */
const AT_A_TIME = 24;

export interface Report {
  readonly scripts: number;
  readonly runs: number;
  readonly outside: readonly string[];
  readonly gaveUp: ReadonlyMap<string, number>;
  readonly missing: readonly string[];
  readonly meanNodes: number;
  readonly known: number;
  readonly exact: number;
  /**
   * `all` counts the scripts with a construct. `known` counts those of them that have no unknown command, and `exact`
   * counts the scripts in `known` with an exact time.
   */
  readonly constructs: ReadonlyMap<
    string,
    { readonly all: number; readonly known: number; readonly exact: number }
  >;
}

export function readGrown(grown: Grown, shell: "sh" | "bash"): HookReading {
  return readArgv([shell, "-c", grown.text]);
}

/** Runs the scripts of these seeds in every installed shell. */
export async function compare(
  first: number,
  count: number,
  progress?: (done: number, outside: number) => void,
  onOutside: (where: string) => void = () => {},
): Promise<Report> {
  const clock = new VirtualClock();
  const reasons = await Promise.all(SHELLS.map((shell) => unusable(clock, shell)));
  const shells = SHELLS.filter((_, index) => reasons[index] === undefined);
  const tally = new Tally(
    reasons.filter((reason) => reason !== undefined),
    onOutside,
  );
  let next = first;
  const worker = async (): Promise<void> => {
    while (next < first + count) {
      const seed = next++;
      const grown = grow(seed);
      const readings = { sh: readGrown(grown, "sh"), bash: readGrown(grown, "bash") };
      tally.count(grown, grown.bash ? readings.bash : readings.sh);
      for (const shell of shells) {
        const random = new Random(seed * 31 + 7);
        const outcome = await clock.run({
          argv: [...shell.argv, "-c", grown.text],
          env: { COIN: String(random.between(0, 4000)) },
          flag: random.chance(0.5),
        });
        tally.check(seed, grown, shell.name, "sh", readings.sh, outcome);
        if (shell.name === "bash") tally.check(seed, grown, shell.name, "bash", readings.bash, outcome);
      }
      progress?.(tally.scripts, tally.outside.length);
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, worker));
  clock.close();
  return tally.report();
}

class Tally {
  readonly outside: string[] = [];
  readonly #missing: readonly string[];
  readonly #onOutside: (where: string) => void;
  readonly #gaveUp = new Map<string, number>();
  readonly #constructs = new Map<string, { all: number; known: number; exact: number }>();
  scripts = 0;
  #runs = 0;
  #nodes = 0;
  #known = 0;
  #exact = 0;

  constructor(missing: readonly string[], onOutside: (where: string) => void) {
    this.#missing = missing;
    this.#onOutside = onOutside;
    for (const construct of CONSTRUCTS) this.#constructs.set(construct, { all: 0, known: 0, exact: 0 });
  }

  count(grown: Grown, reading: HookReading): void {
    const exact = reading.seconds.min === reading.seconds.max;
    this.scripts += 1;
    this.#nodes += grown.nodes;
    if (!grown.unknown) {
      this.#known += 1;
      if (exact) this.#exact += 1;
    }
    for (const construct of grown.constructs) {
      const entry = this.#constructs.get(construct) as { all: number; known: number; exact: number };
      entry.all += 1;
      if (!grown.unknown) entry.known += 1;
      if (!grown.unknown && exact) entry.exact += 1;
    }
  }

  check(
    seed: number,
    grown: Grown,
    shell: string,
    as: "sh" | "bash",
    reading: HookReading,
    outcome: Outcome,
  ): void {
    const { min, max } = reading.seconds;
    this.#runs += 1;
    if (outcome.gaveUp !== undefined)
      this.#gaveUp.set(outcome.gaveUp, (this.#gaveUp.get(outcome.gaveUp) ?? 0) + 1);
    const [exit, closed] = [outcome.exit, outcome.outputClosed];
    // A run that was stopped early took at least `reached` seconds.
    const bad =
      outcome.gaveUp === undefined
        ? (exit ?? 0) < min || (closed ?? 0) > max
        : outcome.gaveUp !== "stuck" && outcome.reached > max;
    if (!bad) return;
    const real = outcome.gaveUp ?? `exit ${exit}, output ${closed}`;
    this.#onOutside(`seed ${seed}, ${shell}`);
    this.outside.push(
      `seed ${seed}, ${shell} (read as ${as}): read [${min}, ${max}], was ${real}\n${grown.text}\n`,
    );
  }

  report(): Report {
    return {
      scripts: this.scripts,
      runs: this.#runs,
      outside: this.outside,
      gaveUp: this.#gaveUp,
      missing: this.#missing,
      meanNodes: this.#nodes / Math.max(1, this.scripts),
      known: this.#known,
      exact: this.#exact,
      constructs: this.#constructs,
    };
  }
}

export function percent(part: number, whole: number): string {
  return whole === 0 ? "-" : `${((100 * part) / whole).toFixed(1)} %`;
}

export function printed(report: Report): string {
  const lines = [...report.constructs].map(
    ([name, each]) =>
      `  ${name.padEnd(22)} in ${percent(each.all, report.scripts).padStart(7)}, exact ${percent(each.exact, each.known).padStart(7)} of ${each.known}`,
  );
  return [
    `${report.scripts} scripts, ${report.runs} comparisons, mean of ${report.meanNodes.toFixed(1)} nodes, ${report.outside.length} outside`,
    `without unknown commands: ${report.known}, exact ${percent(report.exact, report.known)}`,
    ...lines,
    `given up: ${[...report.gaveUp].map(([why, count]) => `${why} ${count}`).join(", ") || "none"}`,
    ...(report.missing.length > 0 ? [`SKIPPED: ${report.missing.join(", ")}`] : []),
  ].join("\n");
}

async function main(): Promise<void> {
  const option = (name: string, otherwise: number): number => {
    const at = process.argv.indexOf(name);
    return at < 0 ? otherwise : Number(process.argv[at + 1]);
  };
  const started = Date.now();
  const report = await compare(
    option("--seed", 1),
    option("--scripts", 1000),
    (done, outside) => {
      if (done % 500 === 0)
        console.error(`${done} scripts, ${outside} outside, ${Math.round((Date.now() - started) / 1000)} s`);
    },
    (where) => console.error(`OUTSIDE ${where}`),
  );
  for (const line of report.outside.slice(0, option("--show", 10))) console.log(line);
  console.log(printed(report));
  process.exitCode = report.outside.length > 0 ? 1 : 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
