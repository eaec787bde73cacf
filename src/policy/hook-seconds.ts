import type { Interval } from "../hook/interval.ts";
import { type PodSpec, runningContainers } from "../termination/pod.ts";
import { HOOK_SECONDS } from "./keys.ts";
import { HOOK_RANGE } from "./ranges.ts";
import { brief, digits, leadingNumber, type UnreadableValue } from "./read-value.ts";

/** `web=20,worker=5-20`: each container once, whole seconds or a range of them. One that cannot be read declares nothing. */
export function hookSecondsAt(
  value: string | undefined,
  spec: PodSpec,
  unreadable: UnreadableValue[],
): ReadonlyMap<string, Interval> {
  const declared = new Map<string, Interval>();
  if (value === undefined) return declared;
  for (const item of value.split(",")) {
    const [, name, span] = /^([^=]+)=(.*)$/s.exec(item) ?? [];
    const interval = span === undefined ? undefined : readSpan(span);
    if (name === undefined || interval === undefined || declared.has(name)) {
      unreadable.push({ ...FAULT, value, ...fault(value, item, name, declared, spec) });
      return new Map();
    }
    declared.set(name, interval);
  }
  return declared;
}

const FAULT = { where: "annotations", key: HOOK_SECONDS, harmless: false } as const;

/** Longest name of a container (RFC 1123 label). */
const LONGEST_NAME = 63;

function fault(
  value: string,
  item: string,
  name: string | undefined,
  declared: ReadonlyMap<string, Interval>,
  spec: PodSpec,
): Pick<UnreadableValue, "because" | "instead"> {
  if (name === undefined) {
    return {
      because: 'is not a list of CONTAINER=SECONDS such as "web=20"',
      instead: value === item ? forOnlyHook(item, spec) : undefined,
    };
  }
  if (declared.has(name)) return { because: `names container ${brief(name)} twice`, instead: undefined };
  const span = item.slice(name.length + 1);
  const meant = leadingNumber(span);
  const because = `: ${brief(span)} is not a whole number of seconds or a range such as 5-20`;
  const alone = value === item && meant !== undefined && name.length <= LONGEST_NAME;
  return { because, instead: alone ? `${name}=${meant}` : undefined };
}

/** `20` on a pod with one hook can only be meant for that. */
function forOnlyHook(item: string, spec: PodSpec): string | undefined {
  const meant = leadingNumber(item);
  const [only, ...others] = runningContainers(spec).filter(({ preStop }) => preStop !== undefined);
  const plain = only !== undefined && /^[a-z0-9-]{1,63}$/.test(only.name);
  return meant !== undefined && plain && others.length === 0 ? `${only.name}=${meant}` : undefined;
}

function readSpan(span: string): Interval | undefined {
  const [, first, last] = /^([^-]*)(?:-(.*))?$/s.exec(span) ?? [];
  const min = first === undefined ? undefined : digits(first);
  const max = last === undefined ? min : digits(last);
  if (min === undefined || max === undefined || min > max || max > HOOK_RANGE.max) return undefined;
  return { min, max };
}
