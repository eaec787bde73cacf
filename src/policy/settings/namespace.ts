import {
  INJECT_LABEL,
  MAX_GRACE_SECONDS,
  PRESTOP_SLEEP_SECONDS,
  SHUTDOWN_SECONDS,
  VALIDATE_LABEL,
} from "../model/keys.ts";
import type { Namespace } from "../model/namespace.ts";
import { LIMIT_RANGE, SHUTDOWN_RANGE, SLEEP_RANGE } from "./ranges.ts";
import { type InvalidValue, meantWord, secondsAt } from "./read-value.ts";

/** The values of a namespace's labels and annotations of ours; undefined where one is not there or cannot be read. */
export interface NamespaceSettings {
  readonly validate: string | undefined;
  readonly inject: string | undefined;
  readonly shutdownSeconds: number | undefined;
  readonly prestopSleepSeconds: number | undefined;
  readonly maxGraceSeconds: number | undefined;
  readonly invalid: readonly InvalidValue[];
}

export const VALIDATE_VALUES: readonly string[] = ["enforce", "warn", "audit", "off"];
export const INJECT_VALUES: readonly string[] = ["enabled", "disabled"];

/** Reads what a namespace says. */
export function readNamespace({ labels, annotations }: Namespace): NamespaceSettings {
  const invalid: InvalidValue[] = [];
  return {
    validate: wordAt(labels, VALIDATE_LABEL, VALIDATE_VALUES, invalid),
    inject: wordAt(labels, INJECT_LABEL, INJECT_VALUES, invalid),
    shutdownSeconds: secondsAt(annotations, SHUTDOWN_SECONDS, SHUTDOWN_RANGE, invalid),
    prestopSleepSeconds: secondsAt(annotations, PRESTOP_SLEEP_SECONDS, SLEEP_RANGE, invalid),
    maxGraceSeconds: secondsAt(annotations, MAX_GRACE_SECONDS, LIMIT_RANGE, invalid),
    invalid,
  };
}

/** Reads a label that is one of a few words; another one goes to `invalid`. */
export function wordAt(
  labels: ReadonlyMap<string, string>,
  key: string,
  words: readonly string[],
  invalid: InvalidValue[],
): string | undefined {
  const value = labels.get(key);
  if (value === undefined || words.includes(value)) return value;
  invalid.push({
    where: "labels",
    key,
    value,
    problem: { code: "not-a-word", words },
    instead: meantWord(value, words),
    harmless: false,
  });
  return undefined;
}
