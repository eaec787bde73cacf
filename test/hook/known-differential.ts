/**
 * Compares the known run of a script, which is the time that its author seems to intend, with real shells. Random
 * scripts with unknown commands run on a virtual clock, once for each combination of their outcomes. Unknown commands
 * take no time on this clock, so the known run must equal the longest time in a real shell.
 *
 * This command starts a long run: `node test/hook/known-differential.ts --scripts 1000 --seed 1`.
 */
import { fileURLToPath } from "node:url";
import { ENDLESS_SECONDS } from "../../src/hook/interval.ts";
import { readGrown, SHELLS, unusable } from "./differential.ts";
import { GIVEN_UP, type Grown, grow } from "./grammar.ts";
import { type Outcome, VirtualClock } from "./virtual-clock.ts";

/** `sh` may be dash or bash, so the known run is compared with the longest run in both shells. */
const COMPARED = SHELLS.filter(({ name }) => name !== "busybox");
const MOST_UNKNOWN = 4;
const AT_A_TIME = 12;

/** A script whose unknown commands are numbered, and all combinations of their outcomes. */
interface Doubtful {
  readonly grown: Grown;
  readonly outcomes: readonly Readonly<Record<string, string>>[];
}

/**
 * Undefined if the script has no unknown command or too many, or a construct that the hook reader does not evaluate.
 */
function doubtful(seed: number): Doubtful | undefined {
  const grown = grow(seed);
  if (GIVEN_UP.test(grown.text) || /MAYBE_SET|\r/.test(grown.text)) return undefined;
  let outcomes: Readonly<Record<string, string>>[] = /\bflag\b/.test(grown.text)
    ? [{ FLAG: "" }, { FLAG: "1" }]
    : [{}];
  let sites = outcomes.length - 1;
  const text = grown.text.replaceAll(/(while )?\bchance\b/g, (found, loop?: string) => {
    sites += 1;
    const name = `OUTCOME_${sites}`;
    // A command that is the condition of a loop has two outcomes: it fails at once, or it succeeds once and then fails.
    const ways = ["0", loop === undefined ? "1" : "turn"];
    outcomes = outcomes.flatMap((one) => ways.map((way) => ({ ...one, [name]: way })));
    return `${found} ${sites}`;
  });
  if (sites === 0 || sites > MOST_UNKNOWN) return undefined;
  return { grown: { ...grown, text }, outcomes };
}

export interface KnownReport {
  readonly scripts: number;
  readonly right: number;
  /** Scripts with a run that never ends on the virtual clock, so that no longest run exists. */
  readonly stuck: number;
  readonly different: readonly string[];
}

export async function compareKnown(first: number, count: number): Promise<KnownReport> {
  const clock = new VirtualClock();
  const report = { scripts: 0, right: 0, stuck: 0, different: [] as string[] };
  let seed = first;
  const worker = async (): Promise<void> => {
    while (report.scripts < count) {
      const at = seed++;
      const script = doubtful(at);
      if (script === undefined) continue;
      report.scripts += 1;
      const { bash, text } = script.grown;
      const runs: Outcome[] = [];
      for (const shell of COMPARED)
        for (const env of bash && shell.name !== "bash" ? [] : script.outcomes)
          runs.push(await clock.run({ argv: [...shell.argv, "-c", text], env, flag: env["FLAG"] === "1" }));
      note(report, at, script.grown, runs);
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, worker));
  clock.close();
  return report;
}

function note(
  report: { right: number; stuck: number; different: string[] },
  seed: number,
  grown: Grown,
  runs: readonly Outcome[],
): void {
  if (runs.some(({ gaveUp }) => gaveUp !== undefined && gaveUp !== "endless")) {
    report.stuck += 1;
    return;
  }
  const longest = Math.max(
    ...runs.map(({ gaveUp, exit = 0, outputClosed = 0 }) =>
      gaveUp === undefined ? Math.max(exit, outputClosed) : ENDLESS_SECONDS,
    ),
  );
  const reading = readGrown(grown, grown.bash ? "bash" : "sh");
  if (reading.known === longest) report.right += 1;
  else
    report.different.push(
      `seed ${seed}: read ${reading.known} of [${reading.seconds.min}, ${reading.seconds.max}], longest run ${longest} (${reading.why.max.map(({ clause }) => clause).join(", ")})\n${grown.text}\n`,
    );
}

/** The reasons why a compared shell cannot be used on this machine. */
export async function missingShells(): Promise<readonly string[]> {
  const clock = new VirtualClock();
  const reasons = await Promise.all(COMPARED.map((shell) => unusable(clock, shell)));
  clock.close();
  return reasons.filter((reason) => reason !== undefined);
}

export function printedKnown({ scripts, right, stuck, different }: KnownReport): string {
  return `${scripts} scripts with every outcome: known run right ${right}, different ${different.length}, not to be compared ${stuck}`;
}

async function main(): Promise<void> {
  const option = (name: string, otherwise: number): number => {
    const at = process.argv.indexOf(name);
    return at < 0 ? otherwise : Number(process.argv[at + 1]);
  };
  const report = await compareKnown(option("--seed", 1), option("--scripts", 1000));
  for (const line of report.different) console.log(line);
  console.log(printedKnown(report));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
