import { appTime, stoppingContainer } from "../policy/assess/build-facts.ts";
import type { PodFacts } from "../policy/model/pod-facts.ts";
import type { StoppablePod } from "./stop.ts";

/** The pod as endings take it. */
export function stoppablePod({ running, graceSeconds, subject }: PodFacts): StoppablePod {
  return {
    graceSeconds,
    priority: subject.spec.priority,
    containers: running.map((one) => ({
      stopping: stoppingContainer(one, appTime(one)),
      hasLivenessProbe: one.container.hasLivenessProbe,
      livenessGraceSeconds: one.container.livenessGraceSeconds,
    })),
  };
}
