import {
  INJECT_LABEL,
  MAX_GRACE_SECONDS,
  PRESTOP_SLEEP_SECONDS,
  SHUTDOWN_SECONDS,
  VALIDATE_LABEL,
} from "../model/keys.ts";
import type { Namespace } from "../model/namespace.ts";
import {
  type InvalidValue,
  LIMIT_RANGE,
  meantWord,
  SHUTDOWN_RANGE,
  SLEEP_RANGE,
  secondsAt,
} from "./read-value.ts";

/**
 * The values of the gracekeeper labels and annotations on a namespace. A value is undefined if it is missing or cannot
 * be read.
 */
export interface NamespaceSettings {
  readonly shutdownSeconds: number | undefined;
  readonly prestopSleepSeconds: number | undefined;
  readonly maxGraceSeconds: number | undefined;
  readonly invalid: readonly InvalidValue[];
}

export const VALIDATE_VALUES: readonly string[] = ["enforce", "warn", "audit", "off"];
export const INJECT_VALUES: readonly string[] = ["enabled", "disabled"];

export function readNamespace({ labels, annotations }: Namespace): NamespaceSettings {
  const invalid = [
    ...invalidWord(labels, VALIDATE_LABEL, VALIDATE_VALUES),
    ...invalidWord(labels, INJECT_LABEL, INJECT_VALUES),
  ];
  return {
    shutdownSeconds: secondsAt(annotations, SHUTDOWN_SECONDS, SHUTDOWN_RANGE, invalid),
    prestopSleepSeconds: secondsAt(annotations, PRESTOP_SLEEP_SECONDS, SLEEP_RANGE, invalid),
    maxGraceSeconds: secondsAt(annotations, MAX_GRACE_SECONDS, LIMIT_RANGE, invalid),
    invalid,
  };
}

/** Reports a label with a value that is not one of the allowed words. */
export function invalidWord(
  labels: ReadonlyMap<string, string>,
  key: string,
  words: readonly string[],
): readonly InvalidValue[] {
  const value = labels.get(key);
  if (value === undefined || words.includes(value)) return [];
  const problem = { code: "not-a-word", words } as const;
  return [{ where: "labels", key, value, problem, instead: meantWord(value, words), harmless: false }];
}
