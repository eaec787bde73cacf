import { drawing } from "../../src/explain/drawing.ts";
import { exactly, NO_TIME } from "../../src/hook/interval.ts";
import { stoppingContainer } from "../../src/policy/assess/build-facts.ts";
import { inSeconds } from "../../src/policy/messages/seconds.ts";
import type { PodFacts, RunningContainer } from "../../src/policy/model/pod-facts.ts";
import { effectiveGrace } from "../../src/termination/grace.ts";
import type { StoppingContainer } from "../../src/termination/stop-container.ts";
import { type TimelineOptions, timeline } from "../../src/termination/timeline.ts";

/** What docs/findings.md draws of a pod: a drawing, or why there is none. */
export type Picture =
  | { readonly when: string; readonly lines: readonly string[] }
  | { readonly none: string };

/** Where a plain delete does not show what is wrong, another end of the pod does. */
export type View =
  | "delete"
  | "liveness-restart"
  | "completion"
  | "no-sleep-program"
  | { readonly none: string };

export function pictureOf(pod: PodFacts, view: View): Picture {
  if (typeof view === "object") return view;
  switch (view) {
    case "delete":
      return { when: "on a plain delete", lines: deleted(pod) };
    case "liveness-restart":
      return restarted(pod);
    case "completion": {
      const sidecars = pod.containers.filter(({ container }) => container.sidecar);
      return {
        when: "from the moment the main container is done",
        lines: drawn(sidecars, pod.graceSeconds),
      };
    }
    case "no-sleep-program":
      return {
        when: "on a plain delete, in an image without a `sleep` program",
        lines: deleted(pod, withoutSleepProgram),
      };
  }
}

/** A grace of 0 reaches the kubelet as 1. */
function deleted(
  pod: PodFacts,
  change?: (container: StoppingContainer) => StoppingContainer,
): readonly string[] {
  const { seconds = pod.graceSeconds, ...options } =
    effectiveGrace({ kind: "delete" }, pod.graceSeconds) ?? {};
  return drawn(pod.running, seconds, options, change);
}

/** The liveness probe has failed; its own grace holds where it has one. */
function restarted(pod: PodFacts): Picture {
  const [container] = pod.containers;
  const own = container?.container.livenessGraceSeconds;
  const grace = effectiveGrace(
    { kind: "livenessFailure", ...(own !== undefined && { graceSeconds: own }) },
    pod.graceSeconds,
  );
  const { seconds = pod.graceSeconds, ...options } = grace ?? {};
  return {
    when: `on a restart by its liveness probe, grace ${inSeconds(seconds)}`,
    lines: drawn(pod.containers, seconds, options),
  };
}

/** A command whose program is not there fails at once; the kubelet's own sleep needs none. */
function withoutSleepProgram(container: StoppingContainer): StoppingContainer {
  return container.hook?.kind === "exec"
    ? { ...container, hook: { kind: "none", seconds: NO_TIME, fails: true } }
    : container;
}

function drawn(
  containers: readonly RunningContainer[],
  graceSeconds: number,
  options: TimelineOptions = {},
  change: (container: StoppingContainer) => StoppingContainer = (same) => same,
): readonly string[] {
  const stopping = containers.map((container) =>
    change(stoppingContainer(container, exactly(container.shutdownSeconds))),
  );
  return drawing(timeline(stopping, graceSeconds, options).containers, graceSeconds);
}
