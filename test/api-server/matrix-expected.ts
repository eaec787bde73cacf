import type { Kind } from "./kinds.ts";
import type { Row } from "./matrix-rows.ts";

/** The value of the label on the namespace. */
export const MODES = ["enforce", "warn", "audit", "off", "misspelt"] as const;
export type Mode = (typeof MODES)[number];

/** The sorted ids of findings, by their effect. */
export interface Seen {
  /** Whether the API server itself refused the object. */
  readonly refused: boolean;
  readonly denied: readonly string[];
  /** Ids in a warning that the pods of the template will be denied. */
  readonly rejected: readonly string[];
  readonly warned: readonly string[];
  /** Ids of findings in the audit log. */
  readonly audited: readonly string[];
}

const NOTHING: Seen = { refused: false, denied: [], rejected: [], warned: [], audited: [] };

/**
 * Kinds whose templates must have `restartPolicy: Always` (validation.go in pkg/apis/apps/validation, and in
 * pkg/apis/core/validation for ReplicationController).
 */
const RESTARTS_ALWAYS = ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController"];

/** Kinds whose pods run to completion. */
const ENDS = ["Job", "CronJob", "JobSet"];

export interface Cell {
  readonly row: Row;
  readonly mode: Mode;
  readonly kind: Kind;
  readonly owned: boolean;
}

/** The specified result of a cell of the matrix, with the shipped configuration. */
export function expected({ row, mode, kind, owned }: Cell, minor: number): Seen {
  if (isRefused(row, kind, minor)) return { ...NOTHING, refused: true };
  const template = kind.kind !== "Pod";
  const found = findingOf(row, kind, minor);
  if (row.where === "injected") {
    const ids = template ? [] : found.flatMap(({ id }) => id ?? []);
    const added = { ...NOTHING, warned: owned ? [] : ids, audited: ids };
    return and(added, misspelt(mode, template && owned));
  }
  const ours = found.map((one) => done(one, mode, template, owned));
  return [misspelt(mode, template && owned), ...ours].reduce(and, NOTHING);
}

/**
 * Up to this version a StatefulSet's template is hardly validated (`ValidatePodTemplateSpecForStatefulSet`, 1.29.6 and
 * 1.30.14).
 */
const STATEFUL_SET_UNCHECKED = 30;

const FIRST_MINOR_WITH_SLEEP = 30;

function isUnchecked({ kind, custom }: Kind, minor: number): boolean {
  return custom === true || (kind === "StatefulSet" && minor <= STATEFUL_SET_UNCHECKED);
}

function isRefused({ restartPolicy, sleepRefusedBefore = 0 }: Row, kind: Kind, minor: number): boolean {
  if (restartPolicy === "Never" && RESTARTS_ALWAYS.includes(kind.kind)) return true;
  return minor < sleepRefusedBefore && !isUnchecked(kind, minor);
}

/** Before 1.30 the API server drops the field `sleep`. A hook without `sleep` is empty and cannot run. */
const CANNOT_RUN = { id: "hook-cannot-run", action: "Warn" } as const;

/** A template without validation keeps a sleep that the API server will refuse in the pods. */
const UNSUPPORTED = { id: "sleep-unsupported", action: "Warn" } as const;

/** The first version that accepts a sleep of 0. */
const FIRST_MINOR_WITH_SLEEP_OF_ZERO = 33;

function unsupported({ sleepRefusedBefore }: Row, { kind }: Kind, minor: number): readonly Finding[] {
  const ofZero = sleepRefusedBefore === FIRST_MINOR_WITH_SLEEP_OF_ZERO;
  const refused = minor < (ofZero ? FIRST_MINOR_WITH_SLEEP_OF_ZERO : FIRST_MINOR_WITH_SLEEP);
  return sleepRefusedBefore !== undefined && kind !== "Pod" && refused ? [UNSUPPORTED] : [];
}

type Finding = Pick<Row, "id" | "action">;

function findingOf(row: Row, one: Kind, minor: number): readonly Finding[] {
  const { kind, custom } = one;
  const { id, since = 0, restartPolicy, sleepRefusedBefore } = row;
  if (sleepRefusedBefore !== undefined && minor < FIRST_MINOR_WITH_SLEEP && custom !== true)
    return [CANNOT_RUN];
  const ends = restartPolicy === "Always" && ENDS.includes(kind);
  const own = id !== undefined && minor >= since && !ends ? [row] : [];
  return [...own, ...unsupported(row, one, minor)];
}

/**
 * The weaker of the finding's action and the namespace's mode decides. A template is never denied, and a template that
 * a controller made is only audited.
 */
function done({ id = "", action }: Finding, mode: Mode, template: boolean, owned: boolean): Seen {
  if (mode === "off") return NOTHING;
  const audited = { ...NOTHING, audited: [id] };
  if (mode === "audit" || action === "Audit" || (template && owned)) return audited;
  if (mode !== "enforce" || action === "Warn") return { ...audited, warned: [id] };
  return template ? { ...audited, rejected: [id] } : { ...audited, denied: [id] };
}

/** Every create in a namespace with a misspelt label gets a warning. */
function misspelt(mode: Mode, quiet: boolean): Seen {
  if (mode !== "misspelt") return NOTHING;
  const ids = ["bad-namespace-value"];
  return { ...NOTHING, warned: quiet ? [] : ids, audited: ids };
}

function and(one: Seen, other: Seen): Seen {
  const both = (key: "denied" | "rejected" | "warned" | "audited") =>
    [...new Set([...one[key], ...other[key]])].sort();
  return {
    refused: one.refused || other.refused,
    denied: both("denied"),
    rejected: both("rejected"),
    warned: both("warned"),
    audited: both("audited"),
  };
}

/** One letter for the effect of the finding. */
export function letter({ refused, denied, rejected, warned, audited }: Seen, id: string | undefined): string {
  if (refused) return "x";
  const has = (list: readonly string[]) => list.some((one) => one === id);
  if (has(denied)) return "D";
  if (has(rejected)) return "R";
  if (has(warned)) return "W";
  if (has(audited)) return "a";
  return audited.some((one) => one !== "bad-namespace-value") ? "o" : ".";
}

export const LEGEND = [
  "D denied  R warned: pods will be rejected  W warned  a only in the audit log  . nothing",
  "x refused by the API server itself  o another finding, for the API server changed the hook before we saw it",
  "misspelt: the label itself is warned of as well, as bad-namespace-value",
];
