import { check } from "../../check/check.ts";
import type { CheckOptions } from "../../check/options.ts";
import { faultReport, fileReport, merged } from "../../report/merge.ts";
import type { Fault, Report } from "../../report/report.ts";
import { type Given, givenAt, namespacesOf, nothingIn } from "../given.ts";
import { type Input, InputFault } from "../input.ts";
import type { Progress } from "./progress.ts";

/** Checks all texts in these paths. Each text is read twice, because a Namespace may come after its pods. */
export async function collect(
  paths: readonly string[],
  options: Omit<CheckOptions, "namespaces">,
  progress: Progress,
): Promise<Report> {
  const given = await givenAt(paths);
  const namespaces = await namespacesOf(given, progress);
  const reports: Report[] = [];
  for (const one of given) reports.push(await reportOf(one, { ...options, namespaces }, progress));
  return merged(reports);
}

async function reportOf({ path, inputs }: Given, options: CheckOptions, progress: Progress): Promise<Report> {
  const reports: Report[] = [];
  for (const input of inputs) reports.push(await reportOfInput(input, options, progress));
  const report = merged(reports);
  const { objects, skipped } = report.summary;
  const empty = objects === 0 && report.faults.length === 0 && Object.keys(skipped).length === 0;
  return empty ? merged([report, faultReport(faultOf(nothingIn(path)))]) : report;
}

async function reportOfInput(
  input: Input | InputFault,
  options: CheckOptions,
  progress: Progress,
): Promise<Report> {
  try {
    if (input instanceof InputFault) throw input;
    progress.show(`checking ${input.name}`);
    return fileReport(input.name, check(await input.read(), options));
  } catch (error) {
    if (!(error instanceof InputFault)) throw error;
    return faultReport(faultOf(error));
  }
}

function faultOf({ path, problem }: InputFault): Fault {
  return { file: path, text: problem };
}
