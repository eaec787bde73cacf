import type { Remark } from "../../check/finding.ts";
import type { RewrittenText } from "../../fix/rewritten.ts";
import { clean } from "../../report/human.ts";
import { placeText } from "../../report/report.ts";
import type { Progress } from "../check/progress.ts";
import { complain } from "../complain.ts";
import { type Given, nothingIn } from "../given.ts";
import { type Input, InputFault } from "../input.ts";
import { showDiff } from "./show-diff.ts";
import { writeText } from "./write-file.ts";

/** The result of a command for one text. */
export interface Rewritten extends RewrittenText {
  /** A message for each change that was not made, with its position and the reason. */
  readonly remarks: readonly Remark[];
}

export interface RewriteOptions<One> {
  /** Makes the new text. */
  readonly rewrite: (text: string) => One;
  /** Called for each text after it was shown or written. */
  readonly done?: (one: One) => void;
  /** True if files are written; false if the changes are shown as a diff. */
  readonly write: boolean;
  readonly progress: Progress;
}

/** The result for all inputs. */
export interface Outcome {
  readonly files: number;
  readonly changed: number;
  /** Whether something could not be read or written. */
  readonly isFaulty: boolean;
}

/** Rewrites texts one after the other. An error in a text is printed on standard error, and the next text follows. */
export async function rewriteAll<One extends Rewritten>(
  given: readonly Given[],
  options: RewriteOptions<One>,
): Promise<Outcome> {
  const all: Result[] = [];
  for (const { path, inputs } of given) {
    const own: Result[] = [];
    for (const input of inputs) own.push(await rewriteInput(path, input, options));
    const isEmpty = own.every(({ hasObjects, faults }) => !hasObjects && faults.length === 0);
    all.push(...own, ...(isEmpty ? [{ ...NOTHING, faults: [nothingIn(path).message] }] : []));
  }
  options.progress.end();
  for (const fault of all.flatMap(({ faults }) => faults)) complain(fault);
  return {
    files: all.filter(({ isRead }) => isRead).length,
    changed: all.filter(({ isChanged }) => isChanged).length,
    isFaulty: all.some(({ faults }) => faults.length > 0),
  };
}

/** The result for one input. */
interface Result {
  readonly isRead: boolean;
  readonly isChanged: boolean;
  readonly hasObjects: boolean;
  /** Lines for a person. */
  readonly faults: readonly string[];
}

const NOTHING: Result = { isRead: false, isChanged: false, hasObjects: false, faults: [] };

async function rewriteInput<One extends Rewritten>(
  path: string,
  input: Input | InputFault,
  { rewrite, done, write, progress }: RewriteOptions<One>,
): Promise<Result> {
  try {
    if (input instanceof InputFault) throw input;
    progress.show(input.name);
    const before = await input.read();
    const one = rewrite(before);
    const { text, edits, remarks, faults, hasObjects } = one;
    progress.end();
    for (const remark of remarks) process.stderr.write(`${clean(placed(input.name, remark))}\n`);
    // Standard input is not a file, so its new text goes to standard output.
    if (write && path === "-") process.stdout.write(text);
    else if (write && edits.length > 0) await writeText(input, before, text);
    else if (!write) showDiff(input.name, before, edits);
    done?.(one);
    return {
      isRead: true,
      isChanged: edits.length > 0,
      hasObjects,
      faults: faults.map((fault) => placed(input.name, fault)),
    };
  } catch (error) {
    if (error instanceof InputFault) return { ...NOTHING, faults: [error.message] };
    throw error;
  }
}

function placed(name: string, { line, column, text }: Remark): string {
  return `${placeText({ file: name, line, column })}: ${text}`;
}
