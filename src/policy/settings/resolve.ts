import type { Interval } from "../../hook/interval.ts";
import type { Configuration } from "../model/configuration.ts";
import {
  HOOK_SECONDS,
  IGNORE,
  INJECT_LABEL,
  INJECTED,
  PREFIX,
  PRESTOP_SLEEP_SECONDS,
  SHUTDOWN_SECONDS,
} from "../model/keys.ts";
import type { Namespace } from "../model/namespace.ts";
import type { PodOrTemplate } from "../model/pod.ts";
import { hookSecondsAt } from "./hook-seconds.ts";
import { INJECT_VALUES, invalidWord, readNamespace } from "./namespace.ts";
import {
  type InvalidValue,
  meantWord,
  type Range,
  SHUTDOWN_RANGE,
  SLEEP_RANGE,
  secondsAt,
} from "./read-value.ts";

/**
 * The settings of one pod, in seconds. Each value comes from the pod, else from its namespace, else from the
 * configuration.
 */
export interface Settings {
  readonly shutdownSeconds: number;
  /** Where the shutdown time comes from; `assumed` if it is not set anywhere. */
  readonly shutdownFrom: "pod" | "namespace" | "configuration" | "assumed";
  readonly prestopSleepSeconds: number;
  /** The longest allowed grace period: the smaller one of the limits of namespace and configuration. */
  readonly limit: Limit | undefined;
  /** The hook durations in seconds that the pod declares, by container name. */
  readonly hookSeconds: ReadonlyMap<string, Interval>;
  /** Ids of the findings that the pod ignores, as far as the configuration allows that. */
  readonly ignored: ReadonlySet<string>;
  /**
   * The gracekeeper labels and annotations on the pod that have an invalid value. If an invalid value clearly means a
   * number, the number is used. So the other findings stay the same after the author corrects the value. Any other
   * invalid value is replaced by the value of the namespace or the configuration.
   */
  readonly invalid: readonly InvalidValue[];
  readonly namespaceInvalid: readonly InvalidValue[];
  readonly namespaceName: string | undefined;
  readonly kubernetesMinor: number | undefined;
}

export interface Limit {
  readonly seconds: number;
  /** The name of the namespace that sets the limit; undefined if the configuration sets it. */
  readonly namespace: string | undefined;
  readonly ofNamespace: number | undefined;
  readonly ofConfiguration: number | undefined;
}

/**
 * Whether the pod or its namespace sets the shutdown time. A shutdown time in the configuration is not enough, because
 * nobody chose it for this pod.
 */
export function isShutdownAsked({ shutdownFrom }: Pick<Settings, "shutdownFrom">): boolean {
  return shutdownFrom === "pod" || shutdownFrom === "namespace";
}

/** The assumed shutdown time of an app, if it is not set anywhere. */
const ASSUMED_SHUTDOWN_SECONDS = 10;

/** Reads the gracekeeper labels and annotations on a pod, and those of its namespace if the namespace is known. */
export function resolveSettings(
  subject: Pick<PodOrTemplate, "annotations" | "labels" | "spec">,
  namespace: Namespace | undefined,
  configuration: Configuration,
): Settings {
  const { annotations, labels } = subject;
  const invalid: InvalidValue[] = [];
  const seconds = (key: string, range: Range): number | undefined =>
    secondsAt(annotations, key, range, invalid) ?? meantSeconds(key, invalid);
  const own = {
    shutdown: seconds(SHUTDOWN_SECONDS, SHUTDOWN_RANGE),
    sleep: seconds(PRESTOP_SLEEP_SECONDS, SLEEP_RANGE),
    hookSeconds: hookSecondsAt(annotations.get(HOOK_SECONDS), subject.spec, invalid),
    ignored: ignoredAt(annotations.get(IGNORE), configuration, invalid),
  };
  const optOut = invalidWord(labels, INJECT_LABEL, INJECT_VALUES);
  invalid.push(...optOut.map((value) => ({ ...value, harmless: true })));
  invalid.push(...unknownKeys("annotations", annotations, POD_ANNOTATIONS));
  invalid.push(...unknownKeys("labels", labels, POD_LABELS));
  const shared = namespace && readNamespace(namespace);
  return {
    ...shutdownOf([
      ["pod", own.shutdown],
      ["namespace", shared?.shutdownSeconds],
      ["configuration", configuration.shutdownSeconds],
    ]),
    prestopSleepSeconds: own.sleep ?? shared?.prestopSleepSeconds ?? configuration.prestopSleepSeconds,
    limit: limitOf(namespace, shared?.maxGraceSeconds, configuration.maxGraceSeconds),
    hookSeconds: own.hookSeconds,
    ignored: own.ignored,
    invalid,
    namespaceInvalid: shared?.invalid ?? [],
    namespaceName: namespace?.name,
    kubernetesMinor: configuration.kubernetesMinor,
  };
}

/** The first source that sets a shutdown time. */
function shutdownOf(
  said: readonly (readonly [Settings["shutdownFrom"], number | undefined])[],
): Pick<Settings, "shutdownSeconds" | "shutdownFrom"> {
  const [shutdownFrom, shutdownSeconds = ASSUMED_SHUTDOWN_SECONDS] = said.find(
    ([, seconds]) => seconds !== undefined,
  ) ?? ["assumed"];
  return { shutdownSeconds, shutdownFrom };
}

const POD_ANNOTATIONS = [HOOK_SECONDS, IGNORE, PRESTOP_SLEEP_SECONDS, SHUTDOWN_SECONDS, INJECTED];
const POD_LABELS = [INJECT_LABEL];

/** The smaller one of two limits, so that no namespace can raise the limit of the cluster. */
function limitOf(
  namespace: Namespace | undefined,
  ofNamespace: number | undefined,
  ofConfiguration: number | undefined,
): Limit | undefined {
  const all = { ofNamespace, ofConfiguration };
  if (ofNamespace !== undefined && ofNamespace < (ofConfiguration ?? Number.POSITIVE_INFINITY))
    return { seconds: ofNamespace, namespace: namespace?.name, ...all };
  return ofConfiguration === undefined
    ? undefined
    : { seconds: ofConfiguration, namespace: undefined, ...all };
}

/** The number that an invalid annotation clearly means: 20 for `20s`. */
function meantSeconds(key: string, invalid: readonly InvalidValue[]): number | undefined {
  const instead = invalid.find((value) => value.key === key)?.instead;
  return instead === undefined ? undefined : Number(instead);
}

/**
 * A misspelt list of finding ids is corrected if it has at most this number of ids. Nobody writes a list with more
 * finding ids by hand.
 */
const MOST_CORRECTED = 5;

/** Reads a list of ids that the configuration allows a pod to ignore, such as `hook-length-unknown,hook-missing`. */
function ignoredAt(
  value: string | undefined,
  { ignorable }: Configuration,
  invalid: InvalidValue[],
): ReadonlySet<string> {
  const ids = value === undefined ? [] : value.split(",");
  const fault = ids.find((id) => !ignorable.has(id));
  if (value === undefined || fault === undefined) return new Set(ids);
  const isId = fault.trim() === fault && fault !== "";
  const meant = ids.length > MOST_CORRECTED ? [] : ids.filter((id) => id !== "").map(meantId);
  const instead = meant.length > 0 && !meant.includes(undefined) ? [...new Set(meant)].join(",") : undefined;
  invalid.push({
    where: "annotations",
    key: IGNORE,
    value,
    problem: isId ? { code: "not-ignorable", item: fault } : { code: "not-finding-ids" },
    instead,
    harmless: false,
  });
  return new Set();

  function meantId(id: string): string | undefined {
    return ignorable.has(id) ? id : meantWord(id, [...ignorable]);
  }
}

/** The most unknown labels or annotations that are reported: a pod rarely has more typing errors than that. */
const MOST_UNKNOWN = 5;

/**
 * Finds gracekeeper labels and annotations without an effect: they are misspelt, or belong to another kind of object.
 */
export function unknownKeys(
  where: InvalidValue["where"],
  all: ReadonlyMap<string, string>,
  known: readonly string[],
): readonly InvalidValue[] {
  const unknown = firstUnknown(all, known);
  if (unknown.length === 0) return [];
  const names = known.filter((key) => key !== INJECTED).map((key) => key.slice(PREFIX.length));
  return unknown.map((key) => {
    const value = all.get(key) ?? "";
    const problem = { code: "unknown-key", known: names } as const;
    return { where, key, value, problem, instead: undefined, harmless: true };
  });
}

/**
 * The first unknown labels or annotations in the order of their names, found without a sort of all keys, because a pod
 * may have many labels.
 */
function firstUnknown(all: ReadonlyMap<string, string>, known: readonly string[]): readonly string[] {
  const first: string[] = [];
  for (const key of all.keys()) {
    if (!key.startsWith(PREFIX) || known.includes(key)) continue;
    const last = first.at(-1);
    if (first.length === MOST_UNKNOWN && last !== undefined && key >= last) continue;
    first.push(key);
    first.sort();
    first.length = Math.min(first.length, MOST_UNKNOWN);
  }
  return first;
}
