import { drawing } from "../../src/explain/drawing.ts";
import { ENDINGS } from "../../src/explain/ending.ts";
import { type StoppableContainer, stopOn, stoppablePod } from "../../src/explain/stop.ts";
import { graceText } from "../../src/explain/words/ending-text.ts";
import { NO_TIME } from "../../src/hook/interval.ts";
import type { PodFacts } from "../../src/policy/model/pod-facts.ts";

/** The drawing of a pod in docs/findings.md, or the reason why there is none. */
export type Picture =
  | { readonly when: string; readonly lines: readonly string[] }
  | { readonly none: string };

/** How the pod is stopped in the picture. A plain delete does not show the effect of every finding. */
export type View =
  | "delete"
  | "liveness-restart"
  | "completion"
  | "no-sleep-program"
  | { readonly none: string };

export function pictureOf(pod: PodFacts, view: View): Picture {
  if (typeof view === "object") return view;
  const { containers } = stoppablePod(pod);
  switch (view) {
    case "delete":
      return { when: "on a plain delete", lines: deleted(pod, containers) };
    case "liveness-restart":
      return restarted(pod);
    case "completion": {
      const sidecars = containers.filter(({ stopping }) => stopping.role === "sidecar");
      return { when: "from the moment the main container is done", lines: deleted(pod, sidecars) };
    }
    case "no-sleep-program":
      return {
        when: "on a plain delete, in an image without a `sleep` program",
        lines: deleted(pod, containers.map(withoutSleepProgram)),
      };
  }
}

function deleted(pod: PodFacts, containers: readonly StoppableContainer[]): readonly string[] {
  return drawing(stopOn(ENDINGS.delete, { ...stoppablePod(pod), containers })?.containers ?? []);
}

/** Draws a restart by the liveness probe, with the grace period of the probe if it has one. */
function restarted(pod: PodFacts): Picture {
  const { containers = [] } = stopOn(ENDINGS.liveness, stoppablePod(pod)) ?? {};
  const grace = graceText(containers.map(({ graceSeconds }) => graceSeconds));
  return { when: `on a restart by its liveness probe, grace ${grace}`, lines: drawing(containers) };
}

/** Draws a hook whose program is missing, so it fails at once. The kubelet's sleep action needs no program. */
function withoutSleepProgram(container: StoppableContainer): StoppableContainer {
  const { stopping } = container;
  return stopping.hook?.kind === "exec"
    ? { ...container, stopping: { ...stopping, hook: { kind: "none", seconds: NO_TIME, fails: true } } }
    : container;
}
