/**
 * Runs the hook reader on hooks whose duration is known: `npm run hooks -- FILE...`.
 *
 * Each line is a JSON object. Each object has a `command` (argv), `httpGet`, `sleep` or `tcpSocket`, and `truth` with
 * `min` and `max` in seconds (null if unbounded). The members `env` and `known` are optional. The program prints each
 * hook with a wrong result, each hook with `decidable: "static"` whose result is not exact, and each hook whose `known`
 * differs from the result. The counts follow. The exit code is 1 if a result is wrong, and 2 if a file cannot be read.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Handler } from "../../src/hook/handler.ts";
import type { Interval } from "../../src/hook/interval.ts";
import { PROGRAMS } from "../../src/hook/programs/table.ts";
import { hookReader } from "../../src/hook/reader.ts";
import type { HookReading } from "../../src/hook/reading.ts";
import { reasonsText } from "../../src/hook/reason-text.ts";

export interface HookRow {
  readonly source: string;
  readonly command?: readonly string[];
  readonly httpGet?: { readonly path?: string; readonly port?: number | string };
  readonly sleep?: { readonly seconds: number };
  readonly tcpSocket?: unknown;
  readonly env?: Readonly<Record<string, string>>;
  readonly truth: { readonly min: number; readonly max: number | null };
  readonly decidable?: string;
  /** The expected `known` of the HookReading, in seconds. `knownWhy` is the reason. */
  readonly known?: number;
  readonly knownWhy?: string | null;
}

export type Verdict = "exact" | "bracketed" | "unknown" | "wrong";

export function handlerOf(row: HookRow): Handler {
  if (row.command !== undefined) return { kind: "exec", command: row.command };
  if (row.httpGet !== undefined)
    return { kind: "httpGet", path: row.httpGet.path ?? "/", port: row.httpGet.port ?? 80 };
  if (row.sleep !== undefined) return { kind: "sleep", seconds: row.sleep.seconds };
  return row.tcpSocket === undefined ? { kind: "empty" } : { kind: "tcpSocket" };
}

export function readRow(row: HookRow): HookReading {
  const handler = handlerOf(row);
  const env = new Map(Object.entries(row.env ?? {}));
  return hookReader(PROGRAMS)([{ handler, env }]).of(handler, env);
}

/** The result is wrong if the true durations of the hook are not all in the interval. */
export function evaluate(seconds: Interval, truth: HookRow["truth"]): Verdict {
  const max = truth.max ?? Number.POSITIVE_INFINITY;
  if (seconds.min > truth.min || seconds.max < max) return "wrong";
  if (seconds.min === truth.min && seconds.max === max) return "exact";
  return seconds.max === Number.POSITIVE_INFINITY ? "unknown" : "bracketed";
}

function rowsOf(file: string): readonly HookRow[] {
  const lines = readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line.trim() !== "");
  return lines.map((line, i) => {
    const row = JSON.parse(line) as HookRow;
    if (typeof row !== "object" || row === null || typeof row.truth?.min !== "number")
      throw new Error(`line ${i + 1} has no truth`);
    return row;
  });
}

interface Counts {
  readonly verdicts: Record<Verdict, number>;
  readonly kinds: Map<string, Record<Verdict, number>>;
  readonly known: { right: number; different: number };
}

const noVerdicts = (): Record<Verdict, number> => ({ exact: 0, bracketed: 0, unknown: 0, wrong: 0 });

function main(files: readonly string[]): number {
  const counts: Counts = { verdicts: noVerdicts(), kinds: new Map(), known: { right: 0, different: 0 } };
  for (const file of files) {
    let rows: readonly HookRow[];
    try {
      rows = rowsOf(file);
    } catch (error) {
      console.error(`${file}: ${(error as Error).message}`);
      return 2;
    }
    for (const [i, row] of rows.entries()) count(row, `${file}:${i + 1}`, counts);
  }
  for (const [kind, each] of counts.kinds) console.log(`${kind}: ${line(each)}`);
  console.log(line(counts.verdicts));
  console.log(`${counts.known.right} known right, ${counts.known.different} known different`);
  return counts.verdicts.wrong > 0 ? 1 : 0;
}

function count(row: HookRow, place: string, { verdicts, kinds, known }: Counts): void {
  const { seconds, why, known: read } = readRow(row);
  const verdict = evaluate(seconds, row.truth);
  verdicts[verdict] += 1;
  const decidable = row.decidable ?? "?";
  const kind = kinds.get(decidable) ?? noVerdicts();
  kind[verdict] += 1;
  kinds.set(decidable, kind);
  const what = JSON.stringify(row.command ?? row.httpGet ?? row.sleep ?? row.tcpSocket);
  if (verdict === "wrong" || (decidable === "static" && verdict !== "exact")) {
    console.log(
      `${place}: ${verdict}: read [${seconds.min}, ${seconds.max}], truth [${row.truth.min}, ${row.truth.max}] (${reasonsText(why.min)}; ${reasonsText(why.max)}) ${what}`,
    );
  }
  if (row.known === undefined) return;
  known[read === row.known ? "right" : "different"] += 1;
  if (read !== row.known)
    console.log(`${place}: known: read ${read}, wanted ${row.known} (${row.knownWhy ?? "its max"}) ${what}`);
}

function line(counts: Record<Verdict, number>): string {
  return `${counts.exact} exact, ${counts.bracketed} bracketed, ${counts.unknown} unknown, ${counts.wrong} wrong`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const files = process.argv.slice(2);
  if (files.length === 0) {
    console.error("usage: npm run hooks -- FILE...");
    process.exitCode = 2;
  } else process.exitCode = main(files);
}
