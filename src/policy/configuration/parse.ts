import { z } from "zod";
import type { DeclaredProgram } from "../../hook/programs/declared.ts";
import { definition } from "./schema.ts";
import { issueLine } from "./errors.ts";
import type { Action } from "../model/finding.ts";
import { FINDINGS } from "../rules/registry.ts";

/** Findings whose silence would let a tenant past a limit, or make a typing error look like consent. */
const NEVER_IGNORED_BY_DEFAULT: readonly string[] = ["grace-over-limit", "bad-annotation"];

/** A file with more faults than that is another file than was meant. */
const MOST_FAULTS = 10;

/** A custom resource with pod templates. */
export interface WorkloadRow {
  readonly group: string;
  readonly kind: string;
  /** `spec.template`, `spec.jobs[].template`, `spec.roles.*.template`. */
  readonly templates: readonly string[];
}

export interface Configuration {
  /** Minor version of the API server (36 for 1.36), undefined where nobody knows. */
  readonly kubernetesMinor: number | undefined;
  readonly shutdownSeconds: number;
  readonly prestopSleepSeconds: number;
  /** Undefined is no limit. */
  readonly maxGraceSeconds: number | undefined;
  readonly strategy: "Extend" | "Fit";
  readonly sleepAction: "Auto" | "Native" | "Exec" | "Off";
  readonly templates: "Warn" | "Enforce" | "Off";
  /** By finding id; an id that is not there keeps the finding's own default. */
  readonly actions: ReadonlyMap<string, Action>;
  readonly ignorable: ReadonlySet<string>;
  readonly exempt: { readonly users: readonly string[]; readonly namespaces: readonly string[] };
  readonly inject: { readonly skipOwners: readonly string[]; readonly containers: "All" | "WithPorts" };
  readonly containers: { readonly notJudged: readonly ContainerPattern[] };
  readonly workloads: readonly WorkloadRow[];
  readonly programs: readonly DeclaredProgram[];
}

/** Matches a container by all that it has. */
export interface ContainerPattern {
  readonly name?: string | undefined;
  readonly image?: string | undefined;
}

/** The configuration file cannot be used. `message` has one line for each field at fault. */
export class ConfigurationError extends Error {
  override readonly name = "ConfigurationError";
}

const IGNORABLE_BY_DEFAULT = FINDINGS.map(({ id }) => id).filter(
  (id) => !NEVER_IGNORED_BY_DEFAULT.includes(id),
);

/** The configuration in force when there is no file. */
export const DEFAULT_CONFIGURATION: Configuration = readConfiguration({
  apiVersion: "gracekeeper.dev/v1alpha1",
  kind: "GracekeeperConfiguration",
});

/**
 * Reads a parsed configuration file.
 *
 * @throws ConfigurationError that names each field at fault and what is allowed there.
 */
export function readConfiguration(value: unknown): Configuration {
  const result = definition.safeParse(value);
  if (!result.success) throw new ConfigurationError(faults(result.error.issues));
  const { kubernetesVersion, apiVersion: _, kind: __, actions, ignorable, ...fields } = result.data;
  const minor = kubernetesVersion?.match(/^v?1\.(\d+)/)?.[1];
  return {
    ...fields,
    maxGraceSeconds: fields.maxGraceSeconds,
    actions: new Map(
      Object.entries(actions).flatMap(([id, one]) => (one === undefined ? [] : [[id, one] as const])),
    ),
    ignorable: new Set(ignorable ?? IGNORABLE_BY_DEFAULT),
    kubernetesMinor: minor === undefined ? undefined : Number(minor),
  };
}

const ABOUT =
  "The configuration file of gracekeeper. Two numbers of a program must be in order, and no program or kind may stand twice: the server checks that, this schema does not.";

/** The JSON Schema (draft 2020-12) of the file as a person writes it. */
export function configurationSchema(): object {
  const { $schema, ...schema } = z.toJSONSchema(definition, { io: "input" });
  return { $schema, title: "GracekeeperConfiguration", description: ABOUT, ...schema };
}

function faults(issues: readonly z.core.$ZodIssue[]): string {
  const all = [...new Set(issues.map(issueLine))];
  const lines = all.slice(0, MOST_FAULTS);
  const others = all.length - lines.length;
  return [...lines, ...(others > 0 ? [`and ${others} more faults`] : [])].join("\n");
}
