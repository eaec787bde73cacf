import { writeFile } from "node:fs/promises";
import { readerOf } from "../../policy/configuration/reader.ts";
import { humanReport, type Paint, type Role } from "../../report/human.ts";
import { jsonReport } from "../../report/json.ts";
import { placeText, type Report } from "../../report/report.ts";
import { StartError } from "../../server/start-error.ts";
import { VERSION } from "../../version.ts";
import { painterOn, type Style } from "../colour.ts";
import { complain, note } from "../complain.ts";
import { configurationFor } from "../configuration.ts";
import { collect } from "./collect.ts";
import type { CheckTexts, Format, Output } from "./options.ts";
import { progressOn } from "./progress.ts";

const CLEAN = 0;
const FINDINGS = 1;
const COULD_NOT_RUN = 2;

const STYLES: Readonly<Record<Role, Style>> = {
  deny: ["bold", "red"],
  warn: ["bold", "yellow"],
  audit: ["bold", "cyan"],
  place: "bold",
  faint: "dim",
};

/**
 * `gracekeeper check`: writes the reports, and lists on standard error the documents that could not be checked.
 *
 * @returns the exit code.
 * @throws StartError for options that cannot be used.
 */
export async function runCheck(paths: readonly string[], texts: CheckTexts): Promise<number> {
  const outputs = outputsOf(texts.output ?? [{ format: "human", file: undefined }]);
  const configuration = await configurationFor(texts);
  const progress = progressOn(process.stderr);
  const withEdits = outputs.some(({ format }) => format === "sarif");
  const hidesAudits = texts.show !== "audit";
  const options = { configuration, readHooks: readerOf(configuration), withEdits, hidesAudits };
  const report = await collect(paths, options, progress);
  progress.end();
  for (const one of report.repeated) note(one);
  for (const fault of report.faults) complain(`${placeText(fault)}: ${fault.text}`);
  for (const output of outputs) await write(output, report);
  return exitCode(report, texts.failOn);
}

/** @throws StartError if two reports would go to standard output. */
function outputsOf(outputs: readonly Output[]): readonly Output[] {
  if (outputs.filter(({ file }) => file === undefined).length <= 1) return outputs;
  throw new StartError(
    "two formats cannot share standard output. Write one of the formats to a file: -o sarif=FILE.",
  );
}

function exitCode({ faults, summary: { deny, warn } }: Report, failOn: CheckTexts["failOn"]): number {
  if (faults.length > 0) return COULD_NOT_RUN;
  const failing = { deny, warn: deny + warn, never: 0 }[failOn];
  return failing > 0 ? FINDINGS : CLEAN;
}

async function write({ format, file }: Output, report: Report): Promise<void> {
  if (file === undefined) {
    process.stdout.write(await textOf(format, report, painterOn(process.stdout, STYLES)));
    return;
  }
  const text = await textOf(format, report, (plain) => plain);
  try {
    await writeFile(file, text);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new StartError(`${file} cannot be written (${code}). Give another file with --output.`);
  }
}

/** Modules of other formats are loaded only when they are used. */
async function textOf(format: Format, report: Report, paint: Paint): Promise<string> {
  switch (format) {
    case "human":
      return humanReport(report, paint);
    case "json":
      return jsonReport(report);
    case "sarif":
      return (await import("../../report/sarif.ts")).sarifReport(report, VERSION);
    case "junit":
      return (await import("../../report/junit.ts")).junitReport(report);
    case "github":
      return (await import("../../report/github.ts")).githubReport(report);
    case "gitlab":
      return (await import("../../report/gitlab.ts")).gitlabReport(report);
    default:
      return format satisfies never;
  }
}
