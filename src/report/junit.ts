import { create } from "xmlbuilder2";
import type { CheckedFinding } from "../check/finding.ts";
import { clean } from "./human.ts";
import { type InFile, objectText, placeText, type Report } from "./report.ts";

/** A test case, with its findings. */
interface Test {
  readonly name: string;
  readonly failures: readonly InFile<CheckedFinding>[];
  readonly notices: readonly InFile<CheckedFinding>[];
  /** The reason why the file or document could not be checked. */
  readonly error?: string;
}

/**
 * JUnit XML: a suite for each file, a test for each object. A test has at most one failure, with all denials and
 * warnings, because readers of JUnit expect that. Findings with the action Audit are in the `system-out` of the test.
 * Line breaks in file names are replaced, because GitHub runs a log line that begins with `::` as a command.
 */
export function junitReport(report: Report): string {
  const suites = suitesOf(report);
  const root = create({ version: "1.0", encoding: "UTF-8", invalidCharReplacement: "?" }).ele("testsuites", {
    name: "gracekeeper",
    ...countsOf([...suites.values()].flat()),
  });
  for (const [path, tests] of suites) {
    const file = clean(path);
    const suite = root.ele("testsuite", { name: file, ...countsOf(tests) });
    for (const { name, failures, notices, error } of tests) {
      const test = suite.ele("testcase", { classname: file, name: clean(name), file });
      const [first] = failures;
      if (error !== undefined) test.ele("error", { message: error, type: "could-not-check" });
      if (first !== undefined)
        test.ele("failure", { message: first.message, type: first.id }).txt(textOf(failures));
      if (notices.length > 0) test.ele("system-out").txt(textOf(notices));
    }
  }
  return `${root.end({ prettyPrint: true })}\n`;
}

function suitesOf({ findings, faults, objects }: Report): ReadonlyMap<string, readonly Test[]> {
  const byObject = Map.groupBy(findings, ({ object }) => object);
  const tests = [
    ...objects.map(({ file, object }) => {
      const own = byObject.get(object) ?? [];
      const [failures = [], notices = []] = [false, true].map((audit) =>
        own.filter(({ action }) => (action === "Audit") === audit),
      );
      return { file, name: objectText(object), failures, notices };
    }),
    ...faults.map(({ text, ...place }) => ({
      file: place.file,
      name: placeText(place),
      failures: [],
      notices: [],
      error: text,
    })),
  ];
  return Map.groupBy(tests, ({ file }) => file);
}

function textOf(findings: readonly InFile<CheckedFinding>[]): string {
  return findings
    .map(({ file, location, message }) => `${clean(placeText({ file, ...location }))}: ${message}`)
    .join("\n");
}

function countsOf(tests: readonly Test[]): { tests: number; failures: number; errors: number } {
  return {
    tests: tests.length,
    failures: tests.filter(({ failures }) => failures.length > 0).length,
    errors: tests.filter(({ error }) => error !== undefined).length,
  };
}
