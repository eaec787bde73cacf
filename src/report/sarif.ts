import type { Fix, Invocation, Log, PhysicalLocation, Region, ReportingDescriptor, Result } from "sarif";
import type { CheckedFinding, PlacedEdit } from "../check/finding.ts";
import { asciiJson } from "../json.ts";
import type { Action } from "../policy/model/action.ts";
import type { RuleInfo } from "../policy/model/finding.ts";
import { RULE_INFO } from "../policy/rules/registry.ts";
import { type Fault, type InFile, type Report, uriOf } from "./report.ts";

const LEVELS: Readonly<Record<Action, "error" | "warning" | "note" | "none">> = {
  Deny: "error",
  Warn: "warning",
  Audit: "note",
  Off: "none",
};

const INDEX = new Map(RULE_INFO.map(({ id }, index) => [id, index]));

/** SARIF 2.1.0 (OASIS, 2020), which code scanning of GitHub and other tools read. */
export function sarifReport(report: Report, version: string): string {
  const log: Log = {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "gracekeeper", version, rules: RULE_INFO.map(ruleOf) } },
        columnKind: "utf16CodeUnits",
        invocations: [invocationOf(report)],
        results: report.findings.map(resultOf),
      },
    ],
  };
  return `${asciiJson(JSON.stringify(log, null, 2))}\n`;
}

function ruleOf({ id, action, when, why, advice }: RuleInfo): ReportingDescriptor {
  return {
    id,
    shortDescription: { text: `${when[0]?.toUpperCase()}${when.slice(1)}.` },
    fullDescription: { text: why },
    help: { text: `${why}\n\n${advice}`, markdown: `${why}\n\n**What to do.** ${advice}` },
    defaultConfiguration: { level: LEVELS[action] },
  };
}

function resultOf(finding: InFile<CheckedFinding>): Result {
  const { id, action, message, object, path, fingerprint, edits } = finding;
  return {
    ruleId: id,
    ruleIndex: INDEX.get(id) ?? -1,
    level: LEVELS[action],
    message: { text: message },
    locations: [
      {
        physicalLocation: placeOf(finding),
        logicalLocations: [{ name: path, fullyQualifiedName: `${object.title} ${path}`, kind: "member" }],
      },
    ],
    partialFingerprints: { "gracekeeper/v1": fingerprint },
    ...(edits !== undefined && { fixes: [fixOf(finding, edits)] }),
  };
}

function fixOf({ file, id }: InFile<CheckedFinding>, edits: readonly PlacedEdit[]): Fix {
  return {
    description: { text: `Mend ${id}` },
    artifactChanges: [
      {
        artifactLocation: { uri: uriOf(file) },
        replacements: edits.map(({ text, ...place }) => ({
          deletedRegion: regionOf(place),
          insertedContent: { text },
        })),
      },
    ],
  };
}

function regionOf({ line, column, endLine, endColumn }: Omit<PlacedEdit, "text">): Region {
  return { startLine: line, startColumn: column, endLine, endColumn };
}

function placeOf({ file, location }: InFile<CheckedFinding>): PhysicalLocation {
  return { artifactLocation: { uri: uriOf(file) }, region: regionOf(location) };
}

/** An error about a file or YAML document is a notification of the invocation. SARIF results are only for findings. */
function invocationOf({ faults }: Report): Invocation {
  return {
    executionSuccessful: faults.length === 0,
    toolExecutionNotifications: faults.map((fault) => ({
      level: "error",
      message: { text: fault.text },
      locations: [{ physicalLocation: faultPlace(fault) }],
    })),
  };
}

function faultPlace({ file, line, column }: Fault): PhysicalLocation {
  return {
    artifactLocation: { uri: uriOf(file) },
    ...(line !== undefined && { region: { startLine: line, startColumn: column ?? 1 } }),
  };
}
