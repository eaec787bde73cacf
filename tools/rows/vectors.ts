/**
 * Compares computed timelines with test vectors in the format of timeline-vectors.jsonl: `npm run vectors -- FILE...`
 *
 * The program prints each test vector that disagrees, then `N agree, N disagree`. The exit code is 0 if all test
 * vectors agree, 1 if some disagree, and 2 if a file cannot be read. In a test vector with `boundary`, two timers fire
 * at the same time, so both orders are accepted, and the reason is printed.
 */
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { compare } from "./vector-compare.ts";
import { readRow, triggerOf, type VectorRow } from "./vector-row.ts";

/** Reads a file of test vectors. @throws an Error with the position, the problem and the advice. */
export function readRows(file: string): VectorRow[] {
  const text = readText(file);
  return text.split("\n").flatMap((line, index) => {
    if (line.trim() === "") return [];
    try {
      return [readRow(line)];
    } catch (error) {
      throw new Error(`${file}:${index + 1}: not a vector: ${(error as Error).message}`);
    }
  });
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new Error(
      `${file}: cannot be read (${(error as NodeJS.ErrnoException).code}): give the path of a file of vectors`,
    );
  }
}

function main(files: readonly string[]): number {
  if (files.length === 0) {
    console.error(
      "usage: node tools/rows/vectors.ts FILE...: give at least one file of vectors, one JSON object a line",
    );
    return 2;
  }
  try {
    const rows = files.flatMap(readRows);
    const compared = rows.map((row) => ({ id: row.id, ...compare(row) }));
    for (const { id, differences: found, boundary } of compared) {
      if (found.length > 0) console.log(`${id}: ${found.join("; ")}`);
      else if (boundary !== undefined) console.log(`${id}: agrees, boundary: ${boundary}`);
    }
    const unknown = new Set(
      rows.filter((row) => triggerOf(row) === undefined).map((row) => row.trigger.type),
    );
    if (unknown.size > 0) console.log(`grace taken as given for the triggers ${[...unknown].join(", ")}`);
    const disagree = compared.filter((row) => row.differences.length > 0).length;
    console.log(`${compared.length - disagree} agree, ${disagree} disagree`);
    return disagree > 0 ? 1 : 0;
  } catch (error) {
    console.error((error as Error).message);
    return 2;
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href)
  process.exitCode = main(process.argv.slice(2));
