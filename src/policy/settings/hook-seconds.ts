import type { Interval } from "../../hook/interval.ts";
import { type PodSpec, runningContainers } from "../../termination/pod.ts";
import { HOOK_SECONDS } from "../model/keys.ts";
import { digits, HOOK_RANGE, type InvalidValue, leadingNumber, type ValueProblem } from "./read-value.ts";

/** The name of a container (RFC 1123 label): apimachinery pkg/util/validation `IsDNS1123Label`. */
const CONTAINER_NAME = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * Reads declarations such as `web=20,worker=5-20`: each container once, with whole seconds or a range. If the meaning
 * of an invalid value is clear (`web=20s`), the corrected value is used. Any other invalid value is ignored.
 */
export function hookSecondsAt(
  value: string | undefined,
  spec: PodSpec,
  invalid: InvalidValue[],
): ReadonlyMap<string, Interval> {
  if (value === undefined) return new Map();
  const declared = declarations(value);
  if (declared.ok) return declared.seconds;
  const instead = meant(value, spec);
  invalid.push({
    where: "annotations",
    key: HOOK_SECONDS,
    value,
    problem: declared.problem,
    instead,
    harmless: false,
  });
  const corrected = instead === undefined ? undefined : declarations(instead);
  return corrected?.ok ? corrected.seconds : new Map();
}

/** The declared seconds, or the reason why the annotation cannot be read. */
type Declared<Seconds> = { readonly ok: true; readonly seconds: Seconds } | Unreadable;

interface Unreadable {
  readonly ok: false;
  readonly problem: ValueProblem;
}

function wrong(problem: ValueProblem): Unreadable {
  return { ok: false, problem };
}

function declarations(value: string): Declared<ReadonlyMap<string, Interval>> {
  const declared = new Map<string, Interval>();
  for (const item of value.split(",")) {
    const [name = "", span] = split(item);
    if (span === undefined || !CONTAINER_NAME.test(name)) return wrong({ code: "not-declarations" });
    const read = readSpan(span);
    if (!read.ok) return read;
    if (declared.has(name)) return wrong({ code: "container-twice", container: name });
    declared.set(name, read.seconds);
  }
  return { ok: true, seconds: declared };
}

function split(item: string): readonly [string, string | undefined] {
  const sign = item.indexOf("=");
  return sign < 0 ? [item, undefined] : [item.slice(0, sign), item.slice(sign + 1)];
}

/** The maximum length of a list that is corrected, so that the corrected list fits into a message. */
const LONGEST_CORRECTED = 60;

/**
 * The corrected list, without blanks, empty items and units. In a pod with one hook, a number without a container is
 * for that hook.
 */
function meant(value: string, spec: PodSpec): string | undefined {
  if (value.length > LONGEST_CORRECTED) return undefined;
  const items = value
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "")
    .map((item) => meantItem(item, spec));
  const corrected = items.join(",");
  const readable = !items.includes(undefined) && declarations(corrected).ok;
  return readable && corrected.length <= LONGEST_CORRECTED ? corrected : undefined;
}

function meantItem(item: string, spec: PodSpec): string | undefined {
  const [name, span] = split(item);
  if (span === undefined) {
    const [hooked, ...others] = runningContainers(spec).filter(({ preStop }) => preStop !== undefined);
    const seconds = leadingNumber(item);
    return hooked !== undefined && others.length === 0 && seconds !== undefined
      ? `${hooked.name}=${seconds}`
      : undefined;
  }
  const range = span.split("-").map((bound) => leadingNumber(bound));
  return range.includes(undefined) ? undefined : `${name.trim()}=${range.join("-")}`;
}

/** `20`, `5-20`. */
function readSpan(span: string): Declared<Interval> {
  const bounds = span.split("-").map((bound) => digits(bound));
  const [min, max = min] = bounds;
  if (min === undefined || max === undefined || bounds.includes(undefined) || bounds.length > 2)
    return wrong({ code: "not-a-span", item: span });
  if (max > HOOK_RANGE.max) return wrong({ code: "span-too-long", item: span, max: HOOK_RANGE.max });
  return min > max ? wrong({ code: "reversed-span", item: span }) : { ok: true, seconds: { min, max } };
}
