import { z } from "zod";
import type { DeclaredProgram } from "../hook/declared-programs.ts";
import { ENDLESS_SECONDS, type Interval } from "../hook/interval.ts";

const MOST_PROGRAMS = 1000;

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
  /** Time an app needs after the stop signal where the pod does not say so, in seconds. */
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
  /** Programs of yours that hooks run, and how long they take: `seconds: 5`, `"0-20"`, or `"5-"` for 5 or more. */
  programs: z
    .array(
      z.strictObject({
        name: z
          .string()
          .regex(/^[^\s/]{1,255}$/, 'must be the name of a program without its path, such as "drain.sh"'),
        seconds: z.union([z.int().min(0).max(ENDLESS_SECONDS), z.string()]).transform((value, context) => {
          const seconds = typeof value === "number" ? { min: value, max: value } : readSpan(value);
          if (seconds !== undefined) return seconds;
          context.issues.push({
            code: "custom",
            input: value,
            message: 'must be seconds, such as 5, "0-20" or "5-"',
          });
          return z.NEVER;
        }),
      }),
    )
    .max(MOST_PROGRAMS)
    .default([]),
});

export interface Configuration {
  readonly prestopSleepSeconds: number;
  readonly shutdownSeconds: number;
  readonly sleepAction: "Auto" | "Native" | "Exec" | "Off";
  /** Minor version of the API server (36 for 1.36), undefined where nobody said. */
  readonly kubernetesMinor: number | undefined;
  readonly programs: readonly DeclaredProgram[];
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
  const { kubernetesVersion, apiVersion: _, kind: __, ...fields } = result.data;
  const minor = kubernetesVersion?.match(/^v?1\.(\d+)/)?.[1];
  return { ...fields, kubernetesMinor: minor === undefined ? undefined : Number(minor) };
}

function issueLine(issue: z.core.$ZodIssue): string {
  const path = issue.path.map(String).join(".");
  return `${path === "" ? "the file" : path} ${wanted(issue)}`;
}

/** What is allowed there, in the words of every other message of ours. */
function wanted(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "invalid_union":
      return 'must be seconds, such as 5, "0-20" or "5-"';
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
  array: "a list",
};

/** `20`, `0-20`, `5-`: from a first to a last second, or without an end. */
function readSpan(text: string): Interval | undefined {
  const [, first = "", dash, last] = /^(\d{1,10})(?:(-)(\d{1,10})?)?$/.exec(text) ?? [];
  const min = Number(first);
  const max = last === undefined ? (dash === undefined ? min : Number.POSITIVE_INFINITY) : Number(last);
  const readable = first !== "" && min <= max && min <= ENDLESS_SECONDS;
  return readable && (max === Number.POSITIVE_INFINITY || max <= ENDLESS_SECONDS) ? { min, max } : undefined;
}
