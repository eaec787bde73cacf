import type { Answered } from "./log.ts";

const CONTROLLERS = /^system:serviceaccount:kube-system:/;

/**
 * The expected output of the commands in docs/rollout.md. The output is computed from the answers, not from the log
 * with jq.
 */
export function counted(unsorted: readonly Answered[]): Readonly<Record<string, readonly string[]>> {
  const all = unsorted.toSorted((one, other) => Date.parse(one.time) - Date.parse(other.time));
  const judged = all.filter(({ mode }) => mode !== "inject");
  const denied = judged.filter(({ wouldDeny }) => wouldDeny.length > 0);
  const podsSeen = judged.filter((one) => isRealPod(one) && one.record.action !== "untouched");
  return {
    namespaces: ranked(
      groups(denied, namespaceOf).map(([namespace, ones]) => [
        distinct(ones.map(({ workload }) => workload)),
        ones.filter(isRealPod).length,
        namespace,
      ]),
    ).slice(0, 30),
    findings: ranked(
      groups(
        denied.flatMap((one) => one.wouldDeny.map((id) => ({ ...one, id }))),
        ({ id }) => id,
      ).map(([id, ones]) => [distinct(ones.map(workloadOf)), distinct(ones.map(namespaceOf)), id]),
    ),
    workloads: ranked(
      groups(denied, workloadOf).map(([, ones]) => [
        ones.filter(isRealPod).length,
        ...head(ones),
        idsIn(ones),
        ones.findLast(({ record }) => !record.dryRun && !CONTROLLERS.test(record.user))?.record.user ?? "-",
      ]),
    ).slice(0, 50),
    trend: groups(podsSeen, ({ time }) => time.slice(0, 10))
      .map(([day, ones]) => {
        const bad = ones.filter(({ wouldDeny }) => wouldDeny.length > 0);
        return [day, ones.length, bad.length, distinct(bad.map(namespaceOf))].join("\t");
      })
      .sort(),
    silenced: [
      ...new Set(
        judged
          .filter(({ record }) => record.ignored.length > 0 || record.declared !== "")
          .map((one) =>
            [...head([one]), one.record.ignored.join(",") || "-", one.record.declared || "-"].join("\t"),
          ),
      ),
    ].sort(),
    ready: groups(judged, namespaceOf)
      .filter(([, ones]) => ones.every(({ wouldDeny }) => wouldDeny.length === 0))
      .filter(([, ones]) => ones.some((one) => isRealPod(one) && one.record.action !== "untouched"))
      .map(([namespace]) => namespace)
      .sort(),
    denied: ranked(
      groups(
        judged.filter(({ record }) => record.action === "denied"),
        workloadOf,
      ).map(([, ones]) => [
        ones.length,
        ...head(ones),
        idsIn(ones),
        ones[0]?.time ?? "",
        ones.at(-1)?.time ?? "",
      ]),
    ),
  };
}

function isRealPod({ record }: Answered): boolean {
  return record.kind === "Pod" && !record.dryRun;
}

function namespaceOf({ request }: Answered): string {
  return request.namespace;
}

function workloadOf(one: Answered): string {
  return `${namespaceOf(one)} ${one.workload}`;
}

function head([first]: readonly Answered[]): readonly string[] {
  return first === undefined ? [] : [namespaceOf(first), first.workload];
}

function idsIn(ones: readonly Answered[]): string {
  return [...new Set(ones.flatMap(({ wouldDeny }) => wouldDeny))].sort().join(",");
}

function distinct(texts: readonly string[]): number {
  return new Set(texts).size;
}

function groups<One>(
  ones: readonly One[],
  key: (one: One) => string,
): readonly (readonly [string, readonly One[]])[] {
  const all = new Map<string, One[]>();
  for (const one of ones) all.set(key(one), [...(all.get(key(one)) ?? []), one]);
  return [...all];
}

/** Tab separated lines, sorted by descending numbers, then by name. */
function ranked(rows: readonly (readonly (string | number)[])[]): readonly string[] {
  const compared = (one: readonly (string | number)[], other: readonly (string | number)[]): number => {
    for (const [place, value] of one.entries()) {
      const against = other[place] ?? "";
      if (value === against) continue;
      if (typeof value === "number" && typeof against === "number") return against - value;
      return value < against ? -1 : 1;
    }
    return 0;
  };
  return [...rows].sort(compared).map((row) => row.join("\t"));
}
