import type { ConfigurationKind } from "./configuration.ts";
import type { Entry, Published } from "./plan.ts";

export interface Sightings {
  /**
   * Records the certificates in the entries of one webhook configuration at `now`, in milliseconds. `entries` is empty
   * if the configuration does not exist.
   */
  see(kind: ConfigurationKind, entries: readonly Entry[], now: number): void;
  /** Undefined until both webhook configurations were read. */
  published(now: number): Published | undefined;
}

/** Records two times for each certificate: since when every entry has it, and since when at least one entry has it. */
export function createSightings(settle: number): Sightings {
  const seen = new Map<ConfigurationKind, readonly Entry[]>();
  const everywhere = new Map<string, number>();
  const somewhere = new Map<string, number>();
  const all = (): readonly Entry[] => [...seen.values()].flat();

  return {
    see(kind, entries, now) {
      seen.set(kind, entries);
      const counts = countIds(all());
      const { length } = all();
      note(somewhere, new Set(counts.keys()), now);
      note(everywhere, new Set([...counts.keys()].filter((id) => counts.get(id) === length)), now);
    },
    published(now) {
      if (seen.size < 2) return undefined;
      const settled = (times: ReadonlyMap<string, number>, id: string) =>
        now - (times.get(id) ?? Number.POSITIVE_INFINITY) >= settle;
      const entries = all();
      return {
        entries,
        // Without entries, no API server calls gracekeeper.
        settledEverywhere: (id) => entries.length === 0 || settled(everywhere, id),
        settledSomewhere: (id) => settled(somewhere, id),
      };
    },
  };
}

/** Counts, for each certificate, the entries that have it. */
function countIds(entries: readonly Entry[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { certificates } of entries)
    for (const { id } of certificates) counts.set(id, (counts.get(id) ?? 0) + 1);
  return counts;
}

/**
 * Each certificate in `ids` keeps the time of its first sighting. The times of other certificates are deleted. If
 * the clock was set back, the time starts again.
 */
function note(times: Map<string, number>, ids: ReadonlySet<string>, now: number): void {
  for (const id of times.keys()) if (!ids.has(id)) times.delete(id);
  for (const id of ids) times.set(id, Math.min(times.get(id) ?? now, now));
}
