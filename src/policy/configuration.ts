import { z } from "zod";

/**
 * The configuration file: `apiVersion: gracekeeper.dev/v1alpha1, kind: GracekeeperConfiguration`.
 *
 * A file in Kubernetes' component-configuration style, not an API object. Every field has a default; this definition
 * is the only one, and its messages are what a person sees.
 */
const definition = z.strictObject({
  apiVersion: z.literal("gracekeeper.dev/v1alpha1"),
  kind: z.literal("GracekeeperConfiguration"),
  /** Length of the preStop sleep that is added, in seconds. */
  prestopSleepSeconds: z.int().min(1).max(3600).default(10),
  /** Time an app needs after the stop signal where neither pod nor namespace says so, in seconds. */
  shutdownSeconds: z.int().min(0).max(86_400).default(10),
  /**
   * Auto adds the native sleep action where every kubelet has it (API server 1.33 or later); Native from 1.30;
   * Exec adds `sleep N` as a command and needs the program in the image; Off adds nothing.
   */
  sleepAction: z.enum(["Auto", "Native", "Exec", "Off"]).default("Auto"),
  /** The API server's version, as `1.36`. Without it nothing is injected under Auto: a guess could make pods invalid. */
  kubernetesVersion: z
    .string()
    .regex(/^v?1\.\d{1,3}(\.\d+)?([-+].*)?$/, 'must be a Kubernetes version such as "1.36"')
    .optional(),
});

export interface Configuration {
  readonly prestopSleepSeconds: number;
  readonly shutdownSeconds: number;
  readonly sleepAction: "Auto" | "Native" | "Exec" | "Off";
  /** Minor version of the API server (36 for 1.36), undefined where nobody said. */
  readonly kubernetesMinor: number | undefined;
}

/** The configuration file cannot be used. `message` has one line for each field at fault. */
export class ConfigurationError extends Error {
  override readonly name = "ConfigurationError";
}

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
  if (!result.success) throw new ConfigurationError(result.error.issues.map(issueLine).join("\n"));
  const { prestopSleepSeconds, shutdownSeconds, sleepAction, kubernetesVersion } = result.data;
  const minor = kubernetesVersion?.match(/^v?1\.(\d+)/)?.[1];
  return {
    prestopSleepSeconds,
    shutdownSeconds,
    sleepAction,
    kubernetesMinor: minor === undefined ? undefined : Number(minor),
  };
}

function issueLine(issue: z.core.$ZodIssue): string {
  const path = issue.path.map(String).join(".");
  return `${path === "" ? "the file" : path} ${wanted(issue)}`;
}

/** What is allowed there, in the words of every other message of ours. */
function wanted(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return `must be ${TYPES[issue.expected] ?? issue.expected}`;
    case "invalid_value":
      return `must be ${issue.values.length > 1 ? "one of " : ""}${issue.values.map((value) => JSON.stringify(value)).join(", ")}`;
    case "too_small":
      return `must be ${issue.minimum} or more`;
    case "too_big":
      return `must be ${issue.maximum} or less`;
    case "unrecognized_keys":
      return `has unknown fields: ${issue.keys.join(", ")}; known are ${Object.keys(definition.shape).join(", ")}`;
    default:
      return issue.message;
  }
}

const TYPES: Readonly<Record<string, string>> = {
  object: "a mapping of fields",
  string: "a string in quotes",
  number: "a whole number",
  int: "a whole number",
};
