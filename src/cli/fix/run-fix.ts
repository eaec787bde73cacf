import type { CheckedFinding, Remark } from "../../check/finding.ts";
import { type FixedText, fix, type LeftFinding, mendedNamespaces } from "../../fix/fix.ts";
import { readerOf } from "../../policy/configuration/reader.ts";
import { progressOn } from "../check/progress.ts";
import { configurationFor } from "../configuration.ts";
import { givenAt, namespacesOf } from "../given.ts";
import type { RewriteTexts } from "../rewrite/options.ts";
import { type Outcome, type Rewritten, rewriteAll } from "../rewrite/rewrite.ts";

export interface FixTexts extends RewriteTexts {
  readonly show?: "audit";
}

/** How many findings. */
interface Count {
  fixed: number;
  left: number;
}

const DONE = 0;
const TO_DO = 1;
const COULD_NOT_RUN = 2;

/**
 * `gracekeeper fix`: writes files or shows a diff. Lists the remaining findings on standard error.
 *
 * @returns the exit code.
 * @throws StartError for options that cannot be used.
 */
export async function runFix(paths: readonly string[], texts: FixTexts): Promise<number> {
  const configuration = await configurationFor(texts);
  const write = texts.write === true;
  const options = {
    configuration,
    readHooks: readerOf(configuration),
    includes: ({ action }: CheckedFinding): boolean => action !== "Audit" || texts.show === "audit",
  };
  const progress = progressOn(process.stderr);
  const given = await givenAt(paths);
  const namespaces = await namespacesOf(given, progress, (text) => mendedNamespaces(text, options));
  const count: Count = { fixed: 0, left: 0 };
  const outcome = await rewriteAll(given, {
    rewrite: (text) => told(fix(text, { ...options, namespaces }), write),
    done: ({ fixed, left }) => {
      count.fixed += fixed.length;
      count.left += left.length;
    },
    write,
    progress,
  });
  process.stderr.write(summary(count, outcome, write));
  if (outcome.isFaulty) return COULD_NOT_RUN;
  return count.left > 0 || (outcome.changed > 0 && !write) ? TO_DO : DONE;
}

function told(mended: FixedText, write: boolean): FixedText & Rewritten {
  return { ...mended, remarks: mended.left.map((one) => remarkOn(one, write)) };
}

/**
 * The message about a finding that is not fixed. Its position is in the new text if the command writes the file, and
 * otherwise in the original text.
 */
function remarkOn({ message, reason, location, given }: LeftFinding, write: boolean): Remark {
  const { line, column } = write ? location : given;
  return { line, column, text: `not fixed, because ${reason}: ${message}` };
}

function summary({ fixed, left }: Count, { files, changed, isFaulty }: Outcome, write: boolean): string {
  if (fixed + left === 0 && isFaulty) return "";
  if (fixed + left === 0) return `Nothing to fix in ${plural(files, "file")}.\n`;
  const done = `${plural(fixed, "finding")} ${write ? "fixed" : "can be fixed"} in ${plural(changed, "file")}`;
  const rest = left === 0 ? "" : `, ${left} to be fixed by hand`;
  return `${done}${rest}.${changed > 0 && !write ? " Add --write to change the files." : ""}\n`;
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
