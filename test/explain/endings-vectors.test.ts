import { existsSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import type { Ending } from "../../src/explain/ending.ts";
import { type StoppablePod, stopOn } from "../../src/explain/stop.ts";
import { ENDLESS_SECONDS } from "../../src/hook/interval.ts";
import type { StoppingContainer } from "../../src/termination/stop-container.ts";
import { compare, type RowRunner } from "../../tools/rows/vector-compare.ts";
import { kubeletOf, triggerOf, type VectorRow } from "../../tools/rows/vector-row.ts";
import { readRows } from "../../tools/rows/vectors.ts";

const VECTORS = join(import.meta.dirname, "../../../shared/reference/timeline-vectors.jsonl");

/**
 * The values of `explain --on` that match the trigger in a test vector; empty if `explain` does not offer the trigger.
 */
function endingsOf(row: VectorRow): readonly Ending[] {
  const trigger = triggerOf(row);
  switch (trigger?.kind) {
    case "delete":
      if (trigger.graceSeconds !== undefined) return [{ on: "delete", graceSeconds: trigger.graceSeconds }];
      return [
        { on: "delete" },
        { on: "drain" },
        { on: "preemption" },
        { on: "spot", noticeSeconds: ENDLESS_SECONDS },
      ];
    case "drain":
      return [{ on: "drain", ...trigger }];
    case "hardEviction":
      return [{ on: "hard-eviction" }];
    case "softEviction":
      return [{ on: "soft-eviction", graceSeconds: trigger.maxGraceSeconds ?? 0 }];
    case "nodeShutdown":
      return [{ on: "node-shutdown", kubelet: trigger.kubelet }];
    case "livenessFailure":
      return [{ on: "liveness" }];
    default:
      return [];
  }
}

/** The reason why `explain` of a manifest cannot produce this test vector; undefined if it can. */
function outside(row: VectorRow): string | undefined {
  const trigger = triggerOf(row);
  if (row.trigger.kubeletRestartAtSeconds !== undefined) return "the kubelet restarts meanwhile";
  if (trigger?.kind === "delete" && trigger.pod !== undefined) return "a pod without a node";
  if (row.trigger.failing !== undefined) return "two containers that fail together";
  return undefined;
}

function stoppable(row: VectorRow, containers: readonly StoppingContainer[]): StoppablePod {
  const trigger = triggerOf(row);
  const own = trigger?.kind === "livenessFailure" ? trigger.graceSeconds : undefined;
  return {
    graceSeconds: row.pod.terminationGracePeriodSeconds ?? 30,
    priority: trigger?.kind === "nodeShutdown" ? trigger.priority : undefined,
    containers: containers.map((stopping) => ({
      stopping,
      hasLivenessProbe: trigger?.kind === "livenessFailure",
      livenessGraceSeconds: own,
    })),
  };
}

const runnerOf =
  (ending: Ending): RowRunner =>
  (row, containers, kubelet) => {
    const stop = stopOn(ending, stoppable(row, containers), kubelet);
    if (stop === undefined) throw new Error(`${row.id}: ${ending.on} stops nothing`);
    return { ...stop, grace: stop.containers[0]?.graceSeconds };
  };

t.test(
  "explain gives the result of each timeline vector",
  { skip: !existsSync(VECTORS) && "no vectors here" },
  async (t) => {
    const agreed: Record<string, number> = {};
    const left: string[] = [];
    for (const row of readRows(VECTORS)) {
      const why = outside(row);
      const endings = why === undefined ? endingsOf(row) : [];
      if (endings.length === 0) left.push(`${row.id}: ${why ?? row.trigger.type}`);
      for (const ending of endings) {
        t.strictSame(
          compare(row, kubeletOf(row), runnerOf(ending)).differences,
          [],
          `${row.id} on ${ending.on}`,
        );
        agreed[ending.on] = (agreed[ending.on] ?? 0) + 1;
      }
    }
    t.comment(JSON.stringify(agreed));
    t.comment(`${left.length} not asked: ${left.join("; ")}`);
    t.same(
      Object.keys(agreed).sort(),
      [
        "delete",
        "drain",
        "hard-eviction",
        "liveness",
        "node-shutdown",
        "preemption",
        "soft-eviction",
        "spot",
      ],
      "every ending is held to vectors",
    );
  },
);
