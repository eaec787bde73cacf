import { check } from "../../check/check.ts";
import { namespacesIn } from "../../check/namespaces.ts";
import type { CheckOptions } from "../../check/options.ts";
import type { Namespace } from "../../policy/model/namespace.ts";
import { faultReport, fileReport, merged } from "../../report/merge.ts";
import type { Fault, Report } from "../../report/report.ts";
import { type Input, InputFault, inputsAt, STDIN } from "../input.ts";
import type { Progress } from "./progress.ts";

/** The inputs at one path that was given. */
interface Given {
  readonly path: string;
  readonly inputs: readonly (Input | InputFault)[];
}

/** Everything in these paths, checked. Each text is read twice: a Namespace counts wherever it is declared. */
export async function collect(
  paths: readonly string[],
  options: Omit<CheckOptions, "namespaces">,
  progress: Progress,
): Promise<Report> {
  const given: Given[] = [];
  for (const path of paths) {
    const inputs: (Input | InputFault)[] = [];
    for await (const input of inputsAt([path])) inputs.push(input);
    given.push({ path, inputs });
  }
  const namespaces = await namespacesOf(given, progress);
  const reports: Report[] = [];
  for (const one of given) reports.push(await reportOf(one, { ...options, namespaces }, progress));
  return merged(reports);
}

/** Of several with one name the first counts. */
async function namespacesOf(
  given: readonly Given[],
  progress: Progress,
): Promise<ReadonlyMap<string, Namespace>> {
  const found = new Map<string, Namespace>();
  for (const { name, read } of given.flatMap(({ inputs }) => inputs.filter((one) => "read" in one))) {
    progress.show(`reading ${name}`);
    // What cannot be read is told when it is checked.
    const text = await read().catch(() => "");
    for (const namespace of namespacesIn(text))
      if (!found.has(namespace.name)) found.set(namespace.name, namespace);
  }
  return found;
}

async function reportOf({ path, inputs }: Given, options: CheckOptions, progress: Progress): Promise<Report> {
  const reports: Report[] = [];
  for (const input of inputs) reports.push(await reportOfInput(input, options, progress));
  const report = merged(reports);
  const { objects, skipped } = report.summary;
  const empty = objects === 0 && report.faults.length === 0 && Object.keys(skipped).length === 0;
  return empty ? merged([report, faultReport(nothingIn(path))]) : report;
}

function nothingIn(path: string): Fault {
  return path === "-"
    ? { file: STDIN, text: "there is no Kubernetes object in it. Did the command before it fail?" }
    : { file: path, text: "there is no Kubernetes object in it. Give manifests in YAML or JSON." };
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
    return faultReport({ file: error.path, text: error.problem });
  }
}
