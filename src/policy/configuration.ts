import { z } from "zod";
import type { DeclaredProgram } from "../hook/declared-programs.ts";
import { ENDLESS_SECONDS, type Interval } from "../hook/interval.ts";
import type { Action } from "./finding.ts";
import { FINDINGS } from "./findings/index.ts";
import { LIMIT_RANGE, type Range, SHUTDOWN_RANGE, SLEEP_RANGE } from "./ranges.ts";

/** No list in a configuration is longer: what is beyond was made by a machine that went wrong. */
const MOST_ITEMS = 1000;

const LONGEST_PATTERN = 300;

const IDS = FINDINGS.map(({ id }) => id);

/** Findings whose silence would let a tenant past a limit, or make a typing error look like consent. */
const NEVER_IGNORED_BY_DEFAULT: readonly string[] = ["grace-over-limit", "bad-annotation"];

const action = z.enum(["Deny", "Warn", "Audit", "Off"]);

const findingId = z.enum(IDS as [string, ...string[]]);

const pattern = z
  .string()
  .min(1)
  .max(LONGEST_PATTERN)
  .regex(/^\S+$/, 'must be a name, in which * stands for any characters, such as "team-*"');

function seconds({ min, max }: Range) {
  return z.int().min(min).max(max);
}

function list<Item extends z.ZodType>(item: Item) {
  return z.array(item).max(MOST_ITEMS);
}

const notJudged = z
  .strictObject({
    name: pattern.optional().meta({ description: "Name of the container; * stands for any characters." }),
    image: pattern.optional().meta({ description: "Image of the container; * stands for any characters." }),
  })
  .refine(({ name, image }) => name !== undefined || image !== undefined, "must have a name or an image");

const workload = z.strictObject({
  group: z
    .string()
    .regex(/^[a-z0-9.-]{1,253}$/, 'must be an API group such as "example.com"')
    .meta({ description: "API group of the kind." }),
  kind: z
    .string()
    .regex(/^[A-Z][A-Za-z0-9]{0,62}$/, 'must be a kind such as "Worker"')
    .meta({ description: "Kind, as manifests write it." }),
  templates: z
    .array(
      z
        .string()
        .max(LONGEST_PATTERN)
        .regex(
          /^[A-Za-z]\w*(\[\]|\.\*)?(\.[A-Za-z]\w*(\[\]|\.\*)?)*$/,
          'must be the path of a pod template, such as "spec.template", "spec.jobs[].template" or "spec.roles.*.template"',
        ),
    )
    .min(1)
    .max(20)
    .meta({
      description:
        "Paths of its pod templates (what has metadata and spec of the pod). [] goes through a list, .* through a mapping.",
    }),
});

const program = z.strictObject({
  name: z
    .string()
    .regex(/^[^\s/]{1,255}$/, 'must be the name of a program without its path, such as "drain.sh"')
    .meta({ description: "Name of the program, without its path." }),
  seconds: z
    .union([z.int().min(0).max(ENDLESS_SECONDS), z.string()])
    .transform((value, context) => {
      const span = typeof value === "number" ? { min: value, max: value } : readSpan(value);
      if (span !== undefined) return span;
      context.issues.push({ code: "custom", input: value, message: SPAN_WANTED });
      return z.NEVER;
    })
    .meta({ description: 'How long it takes: 5, "0-20", or "5-" for 5 or more.' }),
});

const SPAN_WANTED = 'must be seconds, such as 5, "0-20" or "5-"';

/**
 * The configuration file, in Kubernetes' component-configuration style; no API object. Every field has a default. This
 * definition is the only one: the JSON Schema and docs/configuration.md are made from it, and its messages are what a
 * person sees.
 */
const definition = z.strictObject({
  apiVersion: z.literal("gracekeeper.dev/v1alpha1"),
  kind: z.literal("GracekeeperConfiguration"),
  kubernetesVersion: z
    .string()
    .regex(/^v?1\.\d{1,3}(\.\d+)?([-+].*)?$/, 'must be a Kubernetes version such as "1.36"')
    .optional()
    .meta({
      description:
        "Version of the API server. Only counts where gracekeeper has no access to the API server and cannot ask it. Without either nothing is injected under Auto and Native: a guess could make pods invalid.",
    }),
  shutdownSeconds: seconds(SHUTDOWN_RANGE).default(10).meta({
    description:
      "What an app needs after the stop signal, where neither pod nor namespace says so. In seconds.",
  }),
  prestopSleepSeconds: seconds(SLEEP_RANGE).default(10).meta({
    description:
      "Length of the preStop sleep that is added, where neither pod nor namespace says so. In seconds.",
  }),
  maxGraceSeconds: seconds(LIMIT_RANGE).optional().meta({
    description:
      "The longest terminationGracePeriodSeconds a pod may have. A namespace may set a smaller one, never a larger one. Unset: no limit.",
  }),
  strategy: z.enum(["Extend", "Fit"]).default("Extend").meta({
    description:
      "Extend raises the grace by the sleep that is added, so that the app keeps all its time. Fit raises it only as far as sleep and shutdown need.",
  }),
  sleepAction: z.enum(["Auto", "Native", "Exec", "Off"]).default("Auto").meta({
    description:
      "Auto adds the native sleep action where every kubelet has it (API server 1.33 or later). Native: from 1.30 on. Exec: the command `sleep N`, which the image must have. Off: nothing is added.",
  }),
  templates: z.enum(["Warn", "Enforce", "Off"]).default("Warn").meta({
    description:
      "What happens to a Deployment or other workload whose pods would be denied, in a namespace in enforce. Warn: it is accepted, and its pods are rejected. Enforce: it is denied too. Off: workloads are not looked at in any mode.",
  }),
  actions: z
    .strictObject(Object.fromEntries(IDS.map((id) => [id, action.optional()])))
    .default({})
    .meta({
      description:
        "What a finding does at most, by its id. The mode of the namespace may make it weaker. See docs/findings.md for the defaults.",
    }),
  ignorable: list(findingId).optional().meta({
    description:
      "Findings that the annotation gracekeeper.dev/ignore may silence. Unset: all but grace-over-limit and bad-annotation.",
  }),
  exempt: z
    .strictObject({
      users: list(pattern).default([]).meta({ description: "User names; * stands for any characters." }),
      namespaces: list(pattern)
        .default([])
        .meta({ description: "Names of namespaces; * stands for any characters." }),
    })
    .prefault({})
    .meta({ description: "Neither judged nor changed, whatever the labels say." }),
  inject: z
    .strictObject({
      skipOwners: list(z.string().regex(/^[A-Z][A-Za-z0-9]{0,62}$/, 'must be a kind such as "DaemonSet"'))
        .default(["DaemonSet"])
        .meta({ description: "Kinds of owners whose pods get no sleep. Pods of a Job never do." }),
      containers: z.enum(["All", "WithPorts"]).default("All").meta({
        description:
          "All: every container without a hook gets the sleep. WithPorts: only those that name a port.",
      }),
    })
    .prefault({})
    .meta({ description: "Which pods and containers get a sleep." }),
  containers: z
    .strictObject({
      notJudged: list(notJudged)
        .default([{ name: "istio-proxy" }, { name: "linkerd-proxy" }, { name: "queue-proxy" }])
        .meta({
          description:
            "Containers whose hooks are not the pod author's: neither judged nor changed. Where an entry has a name and an image, both must match.",
        }),
    })
    .prefault({})
    .meta({ description: "Containers that somebody else adds to pods." }),
  workloads: list(workload).default([]).meta({
    description:
      "Custom resources with pod templates, in addition to those that are built in. The webhook configuration needs a rule for each.",
  }),
  programs: list(program).default([]).meta({
    description: "Programs of yours that hooks run, and how long they take.",
  }),
});

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
  const { kubernetesVersion, apiVersion: _, kind: __, actions, ignorable, ...fields } = result.data;
  const minor = kubernetesVersion?.match(/^v?1\.(\d+)/)?.[1];
  return {
    ...fields,
    maxGraceSeconds: fields.maxGraceSeconds,
    actions: new Map(
      Object.entries(actions).flatMap(([id, one]) => (one === undefined ? [] : [[id, one] as const])),
    ),
    ignorable: new Set(ignorable ?? IDS.filter((id) => !NEVER_IGNORED_BY_DEFAULT.includes(id))),
    kubernetesMinor: minor === undefined ? undefined : Number(minor),
  };
}

/** The JSON Schema (draft 2020-12) of the file as a person writes it. */
export function configurationSchema(): object {
  return z.toJSONSchema(definition, { io: "input" });
}

function issueLine(issue: z.core.$ZodIssue): string {
  const path = issue.path
    .map((step) => (typeof step === "number" ? `[${step}]` : `.${String(step)}`))
    .join("");
  return `${path === "" ? "the file" : path.replace(/^\./, "")} ${wanted(issue)}`;
}

/** What is allowed there, in the words of every other message of ours. */
function wanted(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "invalid_union":
      return SPAN_WANTED;
    case "invalid_type":
      return `must be ${TYPES[issue.expected] ?? issue.expected}`;
    case "invalid_value":
      return `must be ${issue.values.length > 1 ? "one of " : ""}${issue.values.map((value) => JSON.stringify(value)).join(", ")}`;
    case "too_small":
      return issue.origin === "string"
        ? "must not be empty"
        : `must be ${issue.minimum} or more${itemsOf(issue)}`;
    case "too_big":
      return `must be ${issue.maximum} or less${itemsOf(issue)}`;
    case "unrecognized_keys":
      return `has unknown fields: ${issue.keys.map((key) => key.slice(0, LONGEST_KEY)).join(", ")}; known are ${knownAt(issue.path).join(", ")}`;
    default:
      return issue.message;
  }
}

const LONGEST_KEY = 80;

function itemsOf({ origin }: { readonly origin: string }): string {
  return { array: " items", string: " characters" }[origin] ?? "";
}

/** The fields that may stand in the mapping at this path. */
function knownAt(path: readonly PropertyKey[]): readonly string[] {
  let here: unknown = configurationSchema();
  for (const step of path) {
    const { properties, items } = here as { properties?: Record<string, unknown>; items?: unknown };
    here = typeof step === "number" ? items : properties?.[String(step)];
  }
  return Object.keys((here as { properties?: object } | undefined)?.properties ?? {});
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
