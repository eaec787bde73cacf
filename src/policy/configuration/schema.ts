import { z } from "zod";
import { ENDLESS_SECONDS, type Interval } from "../../hook/interval.ts";
import type { RuleInfo } from "../model/finding.ts";
import type { OwnerKind } from "../model/workload.ts";
import { KNOWN_PROXIES } from "../proxies/known.ts";
import { RULE_INFO } from "../rules/registry.ts";
import { LIMIT_RANGE, type Range, SHUTDOWN_RANGE, SLEEP_RANGE } from "../settings/read-value.ts";
import { DEFAULT_CONFIGURATION as DEFAULTS } from "./defaults.ts";
import { knownFields, must, mustBeOneOf, mustHave } from "./errors.ts";

/** The most items of a list. A list with more items is probably an error of a generator. */
const MOST_ITEMS = 1000;

/** More pod templates than any custom resource has. */
const MOST_TEMPLATES = 20;

/** The actions, from the strongest to the weakest. */
const ACTIONS = ["Deny", "Warn", "Audit", "Off"] as const;

/** A mapping with these fields and no others. */
function fields<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  return z.strictObject(shape, knownFields(Object.keys(shape)));
}

function oneOf<const Words extends readonly [string, ...string[]]>(words: Words) {
  return z.enum(words, mustBeOneOf(words));
}

/**
 * A string that matches the pattern. Every pattern has the flag `u`, because JSON Schema matches whole Unicode
 * characters.
 */
function text(pattern: RegExp, be: string) {
  return z.string(must(be)).regex(pattern, must(be));
}

function seconds({ min, max }: Range) {
  const whole = must(`a whole number from ${min} to ${max}`);
  return z.int(whole).min(min, whole).max(max, whole);
}

function list<Item extends z.ZodType>(item: Item, most = MOST_ITEMS) {
  return z.array(item, must("a list")).max(most, mustHave(`at most ${most} items`));
}

/** Reports an error if two items have the same key, which JSON Schema cannot express. */
function distinct<Item>(key: (item: Item) => string) {
  return (context: { readonly value: readonly Item[]; readonly issues: z.core.$ZodRawIssue[] }) => {
    const keys = context.value.map(key);
    const index = keys.findIndex((one, position) => keys.indexOf(one) < position);
    if (index === -1) return;
    const message = `repeats item [${keys.indexOf(keys[index] ?? "")}]: remove one of the two`;
    context.issues.push({ code: "custom", path: [index], input: undefined, message });
  };
}

const pattern = text(
  /^\S{1,300}$/u,
  'a name of 1 to 300 characters without blanks, in which * matches any characters, such as "team-*"',
);

const kind = (example: string) =>
  text(/^[A-Z][A-Za-z0-9]{0,62}$/u, `a kind as in manifests, such as "${example}"`);

/** The actions that the configuration may give a finding. */
function actionOf({ when, action, actionNote, atMost = "Deny" }: RuleInfo) {
  const allowed = ACTIONS.slice(ACTIONS.indexOf(atMost)) as ["Off"];
  const unset = actionNote === undefined ? action : `${action} (${actionNote})`;
  return oneOf(allowed)
    .optional()
    .meta({ description: `${when.charAt(0).toUpperCase()}${when.slice(1)}. Unset: ${unset}.` });
}

const containerPattern = fields({
  name: pattern.optional().meta({ description: "Name of the container; * matches any characters." }),
  image: pattern.optional().meta({ description: "Image of the container; * matches any characters." }),
})
  .refine(({ name, image }) => name !== undefined || image !== undefined, "must have a name or an image")
  .meta({ minProperties: 1 });

const group = text(/^[a-z0-9.-]{1,253}$/u, 'an API group such as "example.com"').meta({
  description: "API group of the kind.",
});

const owner = fields({
  group,
  kind: kind("KafkaCluster").meta({ description: "Kind, spelled as in manifests." }),
});

const groupAndKind = ({ group, kind }: OwnerKind): string => `${group}/${kind}`;

const workload = fields({
  group,
  kind: kind("Worker").meta({ description: "Kind, spelled as in manifests." }),
  templates: list(
    text(
      /^(?=.{1,300}$)[A-Za-z]\w*(\[\]|\.\*)?(\.[A-Za-z]\w*(\[\]|\.\*)?)*$/u,
      'the path of a pod template, such as "spec.template", "spec.jobs[].template" or "spec.roles.*.template"',
    ),
    MOST_TEMPLATES,
  )
    .min(1, mustHave("an item"))
    .meta({
      description:
        "Paths of the pod templates, which are objects with metadata and spec of a pod. [] means every item of a list, and .* means every value of a mapping.",
    }),
});

const span = must('seconds, such as 5, "0-20" or "5-"');

const program = fields({
  name: text(/^[^\s/]{1,255}$/u, 'the name of a program without its path, such as "drain.sh"').meta({
    description: "Name of the program, without its path.",
  }),
  seconds: z
    .union(
      [
        z.int(span).min(0, span).max(ENDLESS_SECONDS, span),
        z.string(span).regex(/^(0|[1-9]\d{0,9})(-(0|[1-9]\d{0,9})?)?$/u, span),
      ],
      span,
    )
    .transform((value, context) => {
      const read = typeof value === "number" ? { min: value, max: value } : readSpan(value);
      if (read !== undefined) return read;
      context.issues.push({ code: "custom", input: value, message: SPAN_ORDER });
      return z.NEVER;
    })
    .meta({
      description: `How long the program runs, in seconds: 5, "0-20", or "5-" for 5 or more. The smaller number comes first, and the largest number is ${ENDLESS_SECONDS}.`,
    }),
});

const SPAN_ORDER = `must have the smaller number first, and no number above ${ENDLESS_SECONDS}`;

/** Reads a time, a range, or a range without an end, in seconds: `20`, `0-20`, `5-`. */
function readSpan(text: string): Interval | undefined {
  const [first, last] = text.split("-");
  const min = Number(first);
  const max = last === undefined ? min : last === "" ? Number.POSITIVE_INFINITY : Number(last);
  const readable = min <= max && min <= ENDLESS_SECONDS;
  return readable && (max === Number.POSITIVE_INFINITY || max <= ENDLESS_SECONDS) ? { min, max } : undefined;
}

/**
 * The configuration file, which is in the component-configuration style of Kubernetes, but is not an API object. Every
 * field except the first two has a default. The JSON Schema and docs/configuration.md are generated from this
 * definition.
 */
export const definition = fields({
  apiVersion: z.literal("gracekeeper.dev/v1alpha1", mustBeOneOf(["gracekeeper.dev/v1alpha1"])),
  kind: z.literal("GracekeeperConfiguration", mustBeOneOf(["GracekeeperConfiguration"])),
  kubernetesVersion: text(
    /^v?1\.\d{1,3}(\.\d{1,9})?([-+]\S{0,100})?$/u,
    'a Kubernetes version in quotes, such as "1.37"',
  )
    .optional()
    .meta({
      description:
        "Version of the API server. Used only until gracekeeper has read the version from the API server. Without a known version, sleepAction Auto and Native inject nothing, because an older API server would refuse pods with a sleep action.",
    }),
  shutdownSeconds: seconds(SHUTDOWN_RANGE).optional().meta({
    description:
      "Seconds that an app needs after the stop signal. An annotation on the pod or namespace overrides this value. Unset: 10 s are assumed, and the action of shutdown-too-short is Audit if a hook leaves a main container at least 2 s.",
  }),
  prestopSleepSeconds: seconds(SLEEP_RANGE).default(DEFAULTS.prestopSleepSeconds).meta({
    description:
      "Seconds of the preStop sleep that gracekeeper adds. An annotation on the pod or namespace overrides this value.",
  }),
  maxGraceSeconds: seconds(LIMIT_RANGE).optional().meta({
    description:
      "The longest terminationGracePeriodSeconds that a pod may have. A namespace may set a smaller limit, never a larger one. Unset: no limit.",
  }),
  strategy: oneOf(["Extend", "Fit"]).default(DEFAULTS.strategy).meta({
    description:
      "Extend: the grace period becomes longer by the added sleep, so the app keeps its full time. Fit: the grace period grows only until sleep and shutdown fit.",
  }),
  sleepAction: oneOf(["Auto", "Native", "Exec", "Off"]).default(DEFAULTS.sleepAction).meta({
    description:
      "Auto: the native sleep action, if every kubelet supports it (API server 1.33 or later). Native: the native sleep action, with API server 1.30 or later. Exec: the command `sleep N`, so the image must have the program. Off: nothing is added.",
  }),
  templates: oneOf(["Warn", "Enforce", "Off"]).default(DEFAULTS.templates).meta({
    description:
      "What happens in mode enforce to a workload, such as a Deployment, whose pods would be denied. Warn: the user gets a warning, and only the pods are denied. Enforce: the workload is denied, too. Off: workloads are not checked in any mode.",
  }),
  actions: fields(Object.fromEntries(RULE_INFO.map((finding) => [finding.id, actionOf(finding)])))
    .default({})
    .meta({
      description:
        "The strongest action of each finding, by finding id. The mode of the namespace may make the action weaker.",
    }),
  ignorable: list(oneOf(RULE_INFO.map(({ id }) => id) as [string, ...string[]]))
    .optional()
    .meta({
      description:
        "Ids of the findings that a pod may ignore by the annotation gracekeeper.dev/ignore. Unset: all findings except grace-over-limit and bad-annotation.",
    }),
  exempt: fields({
    users: list(pattern).default([]).meta({ description: "User names; * matches any characters." }),
    namespaces: list(pattern)
      .default([])
      .meta({ description: "Names of namespaces; * matches any characters." }),
  })
    .prefault({})
    .meta({
      description:
        "Users and namespaces whose objects are not checked and not changed. Labels of an exempt namespace have no effect.",
    }),
  inject: fields({
    skipOwners: list(kind("DaemonSet"))
      .default([...DEFAULTS.inject.skipOwners])
      .meta({ description: "Kinds of owners whose pods get no sleep. Pods of a Job never get a sleep." }),
    otherOwners: oneOf(["Known", "All", "None"]).default(DEFAULTS.inject.otherOwners).meta({
      description:
        "An operator may compare its pods with the declared spec, and delete a pod because of the added sleep. Known: pods of operators get a sleep only if docs/injection.md or `owners` lists the kind of their owner. All: pods of every operator get a sleep. None: pods of operators get a sleep only if `owners` lists the kind of their owner. The controllers of Kubernetes are not affected.",
    }),
    owners: list(owner).check(distinct(groupAndKind)).default([]).meta({
      description:
        "More owners whose pods may get a sleep, because their operators do not compare pods. List each kind once.",
    }),
    containers: oneOf(["All", "WithPorts"]).default(DEFAULTS.inject.containers).meta({
      description:
        "All: every container without a hook gets the sleep. WithPorts: every container without a hook gets the sleep, if the container declares a port.",
    }),
    besideProxies: oneOf(["Add", "Skip"]).default(DEFAULTS.inject.besideProxies).meta({
      description:
        "What happens to pods whose proxy carries the app's traffic and gets its stop signal before the app. Add: these pods get the sleep, like other pods. Skip: these pods get no sleep, if the proxy is present or announced when the pod is created.",
    }),
  })
    .prefault({})
    .meta({ description: "Which pods and containers get a sleep." }),
  containers: fields({
    notJudged: list(containerPattern)
      .default([...DEFAULTS.containers.notJudged])
      .meta({
        description:
          "Containers whose hooks do not come from the author of the pod. gracekeeper does not check or change these containers. If an entry has a name and an image, both must match.",
      }),
    proxies: list(containerPattern)
      .default([])
      .meta({
        description: `Proxies that carry the traffic of the app in the same pod, in addition to the known proxies: ${[...KNOWN_PROXIES.keys()].join(", ")}. See proxy-stops-first.`,
      }),
  })
    .prefault({})
    .meta({ description: "Containers that a platform adds to pods, such as mesh proxies." }),
  workloads: list(workload).check(distinct(groupAndKind)).default([]).meta({
    description:
      "Custom resources with pod templates. These kinds are added to the built-in kinds, which cannot be replaced. List each kind once. The webhook configuration needs a rule for each kind.",
  }),
  programs: list(program)
    .check(distinct(({ name }) => name))
    .prefault([])
    .meta({
      description: "Your programs that hooks run, and how long these programs run. List each name once.",
    }),
});
