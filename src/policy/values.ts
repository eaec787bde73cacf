import type { Interval } from "../hook/interval.ts";
import type { Configuration } from "./configuration.ts";
import { hookSecondsAt } from "./hook-seconds.ts";
import {
  HOOK_SECONDS,
  IGNORE,
  INJECT_LABEL,
  INJECTED,
  PREFIX,
  PRESTOP_SLEEP_SECONDS,
  SHUTDOWN_SECONDS,
} from "./keys.ts";
import type { Namespace } from "./namespace.ts";
import { INJECT_VALUES, readNamespace, wordAt } from "./namespace-values.ts";
import { SHUTDOWN_RANGE, SLEEP_RANGE } from "./ranges.ts";
import { brief, meantWord, secondsAt, type UnreadableValue } from "./read-value.ts";
import type { Subject } from "./subject.ts";

/** The numbers that hold for one pod: its own where it has them, else its namespace's, else the configuration's. Seconds. */
export interface Values {
  readonly shutdownSeconds: number;
  /** Who said how long the app needs; undefined where that is the configuration's assumption. */
  readonly shutdownAskedBy: "pod" | "namespace" | undefined;
  readonly prestopSleepSeconds: number;
  /** The longest grace: the smaller of the namespace's and the configuration's. */
  readonly limit: Limit | undefined;
  /** How long hooks take, by container name, as declared by the pod. */
  readonly hookSeconds: ReadonlyMap<string, Interval>;
  /** Finding ids that the pod asks to be silent, as far as the configuration lets it. */
  readonly ignored: ReadonlySet<string>;
  /** Labels and annotations of ours on the pod that cannot be read; the next value in line stands for them. */
  readonly unreadable: readonly UnreadableValue[];
  readonly namespaceUnreadable: readonly UnreadableValue[];
  readonly namespaceName: string | undefined;
  readonly kubernetesMinor: number | undefined;
}

export interface Limit {
  readonly seconds: number;
  /** The name of the namespace that sets it; undefined where the configuration does. */
  readonly namespace: string | undefined;
}

/** Reads our labels and annotations of a pod, with those of its namespace where they are known. */
export function readValues(
  subject: Pick<Subject, "annotations" | "labels" | "spec">,
  namespace: Namespace | undefined,
  configuration: Configuration,
): Values {
  const { annotations, labels } = subject;
  const unreadable: UnreadableValue[] = [];
  const own = {
    shutdown: secondsAt(annotations, SHUTDOWN_SECONDS, SHUTDOWN_RANGE, unreadable),
    sleep: secondsAt(annotations, PRESTOP_SLEEP_SECONDS, SLEEP_RANGE, unreadable),
    hookSeconds: hookSecondsAt(annotations.get(HOOK_SECONDS), subject.spec, unreadable),
    ignored: ignoredAt(annotations.get(IGNORE), configuration, unreadable),
  };
  const optOut: UnreadableValue[] = [];
  wordAt(labels, INJECT_LABEL, INJECT_VALUES, optOut);
  unreadable.push(...optOut.map((value) => ({ ...value, harmless: true })));
  unreadable.push(...unknownKeys("annotations", annotations, POD_ANNOTATIONS));
  unreadable.push(...unknownKeys("labels", labels, POD_LABELS));
  const shared = namespace && readNamespace(namespace);
  return {
    shutdownSeconds: own.shutdown ?? shared?.shutdownSeconds ?? configuration.shutdownSeconds,
    shutdownAskedBy:
      own.shutdown !== undefined ? "pod" : shared?.shutdownSeconds !== undefined ? "namespace" : undefined,
    prestopSleepSeconds: own.sleep ?? shared?.prestopSleepSeconds ?? configuration.prestopSleepSeconds,
    limit: limitOf(namespace, shared?.maxGraceSeconds, configuration.maxGraceSeconds),
    hookSeconds: own.hookSeconds,
    ignored: own.ignored,
    unreadable,
    namespaceUnreadable: shared?.unreadable ?? [],
    namespaceName: namespace?.name,
    kubernetesMinor: configuration.kubernetesMinor,
  };
}

const POD_ANNOTATIONS = [SHUTDOWN_SECONDS, PRESTOP_SLEEP_SECONDS, HOOK_SECONDS, IGNORE, INJECTED];
const POD_LABELS = [INJECT_LABEL];

/** The smaller one holds, so no namespace can lift what the owner of the cluster set. */
function limitOf(
  namespace: Namespace | undefined,
  ofNamespace: number | undefined,
  ofConfiguration: number | undefined,
): Limit | undefined {
  if (ofNamespace !== undefined && ofNamespace < (ofConfiguration ?? Number.POSITIVE_INFINITY))
    return { seconds: ofNamespace, namespace: namespace?.name };
  return ofConfiguration === undefined ? undefined : { seconds: ofConfiguration, namespace: undefined };
}

/** `hook-length-unknown,hook-missing`: ids that the configuration lets a pod silence. */
function ignoredAt(
  value: string | undefined,
  { ignorable }: Configuration,
  unreadable: UnreadableValue[],
): ReadonlySet<string> {
  const ids = value === undefined ? [] : value.split(",");
  const fault = ids.find((id) => !ignorable.has(id));
  if (value === undefined || fault === undefined) return new Set(ids);
  const because = `: ${brief(fault)} is no finding that a pod may ignore here`;
  const meant = ids.length === 1 ? meantWord(fault, [...ignorable]) : undefined;
  unreadable.push({ where: "annotations", key: IGNORE, value, because, instead: meant, harmless: false });
  return new Set();
}

/** Nobody puts more keys of ours on one pod by mistake. */
const MOST_UNKNOWN = 5;

/** A key of ours that does nothing here is a typing error, or stands in the wrong place. */
export function unknownKeys(
  where: UnreadableValue["where"],
  all: ReadonlyMap<string, string>,
  known: readonly string[],
): readonly UnreadableValue[] {
  const unknown = [...all].filter(([key]) => key.startsWith(PREFIX) && !known.includes(key));
  return unknown.slice(0, MOST_UNKNOWN).map(([key, value]) => {
    const names = known.map((one) => one.slice(PREFIX.length)).join(", ");
    const because = `does nothing here; ${where} read here: ${names}`;
    return { where, key, value, because, instead: undefined, harmless: true };
  });
}
