import { z } from "zod";
import type { Configuration } from "../model/configuration.ts";
import { DEFAULT_CONFIGURATION } from "./defaults.ts";
import { ConfigurationError, issueLine } from "./errors.ts";
import { minorVersion } from "./minor-version.ts";
import { definition } from "./schema.ts";

/** The most errors in one message. A file with more errors is probably the wrong file. */
const MOST_FAULTS = 10;

/**
 * Reads a parsed configuration file.
 *
 * @throws ConfigurationError that names each wrong field and its allowed values.
 */
export function readConfiguration(value: unknown): Configuration {
  const result = definition.safeParse(value);
  if (!result.success) throw new ConfigurationError(faults(result.error.issues));
  const { kubernetesVersion, apiVersion: _, kind: __, actions, ignorable, ...fields } = result.data;
  return {
    ...fields,
    shutdownSeconds: fields.shutdownSeconds,
    maxGraceSeconds: fields.maxGraceSeconds,
    actions: new Map(
      Object.entries(actions).flatMap(([id, one]) => (one === undefined ? [] : [[id, one] as const])),
    ),
    ignorable: new Set(ignorable ?? DEFAULT_CONFIGURATION.ignorable),
    kubernetesMinor: kubernetesVersion === undefined ? undefined : minorVersion(kubernetesVersion),
  };
}

const ABOUT =
  "The configuration file of gracekeeper. The server also checks two rules that this schema does not check: a range of seconds must begin with the smaller number, and no program or kind may be listed twice.";

/** The JSON Schema (draft 2020-12) of the configuration file, as a person writes it. */
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
