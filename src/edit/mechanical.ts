import { asObject } from "../json.ts";
import { type Step, stepsOfPath } from "../manifest/path.ts";
import type { Fix, FixValue } from "../policy/model/finding.ts";
import type { Change, Json } from "./change.ts";

/** Findings that a program can fix, each with a description of the change. */
export const MECHANICAL: ReadonlyMap<string, string> = new Map([
  ["bad-annotation", "the intended value, or the removal of the annotation or label"],
  [
    "bad-namespace-value",
    "the intended value, or the removal of the annotation or label, if the namespace is in the input",
  ],
  ["grace-over-limit", "a grace period within the limit"],
  ["grace-zero", "a grace period that is long enough for hook and shutdown"],
  ["hook-cannot-run", "the intended command, if the intention is clear"],
  ["hook-does-nothing", "the intended command, if the intention is clear"],
  ["hook-may-exceed", "a longer grace period, where the longest run is known"],
  ["hook-missing", "a preStop sleep, and a grace period that is longer by this sleep"],
  ["hook-over-grace", "a longer grace period, or a shorter sleep if a limit forbids a longer grace period"],
  ["no-shutdown-time", "a longer grace period, or a shorter sleep if a limit forbids a longer grace period"],
  ["probe-grace-short", "a longer grace period of the probe"],
  ["proxy-stops-first", "the setting that keeps the proxy running, if the proxy has such a setting"],
  [
    "shutdown-too-short",
    "a longer grace period, or a shorter sleep if a limit forbids a longer grace period",
  ],
  ["sleep-unsupported", "the command `sleep N` in place of the sleep action"],
  ["stop-signal-unheard", "a command line that handles the stop signal, if there is a short one"],
  ["use-native-sleep", "the sleep action in place of the command"],
]);

/** Findings that only a person can fix, each with the reason. */
export const BY_HAND: ReadonlyMap<string, string> = new Map([
  ["hook-length-unknown", "only the author knows how long the hook runs"],
  ["poststart-holds-stop", "only the author can shorten the postStart hook"],
  ["sidecar-delays-job", "only the author knows whether the sidecar needs its hook"],
  ["sleep-added", "the finding only reports what gracekeeper added"],
]);

/** The changes that fix a finding in its object, or the reason why only a person can make them. */
export type Mechanical =
  | { readonly ok: true; readonly changes: readonly Change[] }
  /** A clause. */
  | { readonly ok: false; readonly reason: string };

/**
 * @param id of the finding.
 * @param fixes of the finding, or of several findings that are fixed together.
 * @param object that has the finding, as a plain value.
 */
export function mechanical(id: string, fixes: readonly Fix[], object: unknown): Mechanical {
  const byHand = BY_HAND.get(id);
  if (byHand !== undefined) return { ok: false, reason: byHand };
  const changes: Change[] = [];
  for (const fix of fixes) {
    const change = reasonAgainst(fix, id) ?? changeOf(fix, object);
    if (typeof change === "string") return { ok: false, reason: change };
    changes.push(change);
  }
  return changes.length > 0
    ? { ok: true, changes }
    : { ok: false, reason: "no change of a single field fixes the finding" };
}

function reasonAgainst(fix: Fix, id: string): string | undefined {
  if (fix.target === "configuration" || (fix.target === "namespace" && id !== "bad-namespace-value"))
    return "only the owner of the limit can raise it";
  if ("beginWith" in fix) return `the image may lack ${fix.beginWith}`;
  if ("shortenTo" in fix) return undefined;
  if (fix.atLeast) return "only the author knows how long the hook runs";
  const removesHook = fix.value === undefined && /\.lifecycle\.(?:preStop|postStart)$/.test(fix.path);
  return removesHook ? "only the author knows the purpose of the hook" : undefined;
}

/** The change of a field, or a clause with the reason why there is none. */
export function changeOf(fix: Fix, object: unknown): Change | string {
  const steps = stepsOfPath(fix.path);
  if ("shortenTo" in fix)
    return shorter(steps, fix.shortenTo, object) ?? "only the author can shorten the hook";
  if ("beginWith" in fix) return { steps, wish: { do: "begin", word: fix.beginWith } };
  if (fix.value === undefined) return { steps, wish: { do: "remove" } };
  return { steps, wish: { do: "set", value: written(fix.value, fix.path) } };
}

/** Numbers become strings in labels and annotations. */
function written(value: FixValue, path: string): Json {
  return typeof value === "number" && /\.(?:annotations|labels)\["/.test(path)
    ? String(value)
    : (value as Json);
}

/** The change that shortens a hook; undefined if the hook does more than sleep. */
function shorter(steps: readonly Step[], seconds: number, object: unknown): Change | undefined {
  const handler = asObject(valueAt(object, steps));
  const { command } = asObject(handler?.["exec"]) ?? {};
  const set = (more: readonly Step[], value: Json): Change => ({
    steps: [...steps, ...more],
    wish: { do: "set", value },
  });
  if (asObject(handler?.["sleep"]) !== undefined && command === undefined)
    return set(["sleep", "seconds"], seconds);
  const words = Array.isArray(command) ? command.map(String) : [];
  const [before, last] = [words.slice(0, -1).join(" "), words.at(-1) ?? ""];
  const number = SLEEP_IN_WORDS.exec(`${before} ${last}`)?.[1];
  if (number === undefined) return undefined;
  const at = last.lastIndexOf(number);
  const word = `${last.slice(0, at)}${seconds}${last.slice(at + number.length)}`;
  return set(["exec", "command"], [...words.slice(0, -1), word]);
}

/** A command that only sleeps: `sleep 45`, `/bin/sleep 45s`, `sh -c sleep 45`. */
const SLEEP_IN_WORDS =
  /^(?:(?:[\w/]*\/)?(?:ba|da|a)?sh -c )?\s*(?:exec\s+)?(?:[\w/]*\/)?sleep\s+(\d+s?)\s*;?\s*$/;

function valueAt(object: unknown, steps: readonly Step[]): unknown {
  return steps.reduce((value, step) => (value as Record<Step, unknown> | null | undefined)?.[step], object);
}
