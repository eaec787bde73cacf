import { quote } from "../../policy/messages/quote.ts";
import { inSeconds } from "../../policy/messages/seconds.ts";
import { type Ending, powerOffAt } from "../ending.ts";
import type { PodExplanation } from "../explain.ts";
import type { Harm } from "../other-endings.ts";
import { when } from "./stop-text.ts";

/** Names how the pod is stopped, such as `a plain delete` or `a drain with --grace-period=5`. */
export function endingName(ending: Ending): string {
  switch (ending.on) {
    case "delete":
      if (ending.graceSeconds === undefined) return "a plain delete";
      return ending.graceSeconds === 0
        ? "a forced delete"
        : `a delete with --grace-period=${ending.graceSeconds}`;
    case "drain":
      return ending.graceSeconds === undefined
        ? "a drain"
        : `a drain with --grace-period=${ending.graceSeconds}`;
    case "hard-eviction":
      return "a hard eviction";
    case "soft-eviction":
      return "a soft eviction";
    case "node-shutdown":
      return "a node shutdown";
    case "spot":
      return `the end of a spot node, ${inSeconds(ending.noticeSeconds)} after the notice`;
    case "liveness":
      return "a failed liveness probe";
    case "preemption":
      return "a preemption";
  }
}

/** Notes on where the grace period comes from, and on what the timeline does not show. Each note is one line. */
export function endingNotes({ ending, containers, graceSeconds }: PodExplanation): readonly string[] {
  switch (ending.on) {
    case "delete":
      if ((ending.graceSeconds ?? graceSeconds) > 0) return [];
      return [
        "The Pod object is deleted at once, while its containers still run. The kubelet gives hooks 1s, and then each app 2s.",
      ];
    case "drain":
      return ["The eviction API deletes the pod as soon as its PodDisruptionBudget allows that."];
    case "preemption":
      return [
        "The scheduler deletes the pod to make room for another pod. The grace period is the same as for a plain delete.",
      ];
    case "hard-eviction":
      return [
        "The node runs out of memory, disk or process ids, so an evicted pod gets a grace period of 1s.",
      ];
    case "soft-eviction":
      return [
        `evictionMaxPodGracePeriod of the kubelet is ${inSeconds(ending.graceSeconds ?? 0)}: the grace period is at most this value, and at least 1s.`,
      ];
    case "node-shutdown":
      return shutdownNotes(ending);
    case "spot":
      return ["The drain begins with the notice. When the power goes off, containers get no signal."];
    case "liveness":
      return containers.length === 0
        ? ["No container has a liveness probe, so nothing is stopped."]
        : [
            "One container is restarted, and the pod keeps running. Each container is drawn as if only that container were restarted.",
            "In a pod that is already being deleted, the grace period of the delete applies, not the grace period of the probe.",
          ];
  }
}

function shutdownNotes({ kubelet }: Extract<Ending, { on: "node-shutdown" }>): readonly string[] {
  const { shutdownGracePeriod: all = 0, shutdownGracePeriodCriticalPods: critical = 0 } = kubelet;
  if (all === 0)
    return [
      "shutdownGracePeriod of the kubelet is 0s, its default: the kubelet stops no pod.",
      "No hook runs, and the containers end when the node goes off.",
    ];
  return [
    `shutdownGracePeriod of the kubelet is ${inSeconds(all)}: pods get at most ${inSeconds(all - critical)}, then critical pods at most ${inSeconds(critical)}.`,
    "Then the node powers off, even if processes still run.",
  ];
}

const LONGEST_NAME = 20;
const MOST_NAMES = 3;

/**
 * Ways to stop a pod (drain, eviction and so on) that have the same effect: their names, the grace period, and what is
 * cut off or killed.
 */
export interface OtherEndingWords {
  readonly names: string;
  readonly grace: string;
  readonly harm: string;
}

export function otherEndingWords({ otherEndings, containers }: PodExplanation): readonly OtherEndingWords[] {
  const rows = new Map<string, { names: string[]; grace: string; harm: string }>();
  for (const { ending, graceSeconds, harmed, stopped } of otherEndings) {
    const grace = graceText(graceSeconds);
    const harm = harmText(ending, harmed, { isAlone: containers.length === 1, stopped });
    const row = rows.get(`${grace} ${harm}`) ?? { names: [], grace, harm };
    row.names.push(shortName(ending));
    rows.set(`${grace} ${harm}`, row);
  }
  return [...rows.values()].map(({ names, ...rest }) => ({ names: names.join(", "), ...rest }));
}

/** The value of the parameter `on`, such as `drain`. For a spot node the seconds of the notice follow. */
function shortName(ending: Ending): string {
  return ending.on === "spot" ? `spot ${inSeconds(ending.noticeSeconds)}` : ending.on;
}

export function graceText(seconds: readonly number[]): string {
  const [least, most] = [Math.min(...seconds), Math.max(...seconds)];
  return least === most ? inSeconds(least) : `${inSeconds(least)} to ${inSeconds(most)}`;
}

function harmText(
  ending: Ending,
  harmed: readonly Harm[],
  { isAlone, stopped }: { readonly isAlone: boolean; readonly stopped: number },
): string {
  const groups = Map.groupBy(harmed, (one) => oneHarm(one, ending));
  if (groups.size === 0) return "nothing is cut or killed";
  return [...groups]
    .map(([harm, ones]) => {
      if (isAlone) return harm;
      if (ones.length === stopped && stopped > 1) return `all: ${harm}`;
      const names = ones.slice(0, MOST_NAMES).map(({ name }) => quote(name, LONGEST_NAME));
      const more = ones.length > MOST_NAMES ? ` and ${ones.length - MOST_NAMES} more` : "";
      return `${names.join(", ")}${more}: ${harm}`;
    })
    .join("; ");
}

/** The effect on a container as text, such as `hook cut at 1s, killed at 3s`. */
function oneHarm({ hook, stopSignalAt, exitedBy, exitAt, killAt }: Harm, ending: Ending): string {
  const offAt = powerOffAt(ending);
  const parts: string[] = [];
  const cut = hook !== undefined && hook.end.max < offAt ? ` at ${inSeconds(hook.end.max)}` : "";
  if (hook?.outcome === "skipped") parts.push("no hook runs");
  if (hook?.outcome === "cut") parts.push(`hook cut${cut}`);
  if (hook?.outcome === "may-be-cut") parts.push(`hook may be cut${cut}`);
  const off = `power off at ${inSeconds(offAt)}`;
  if (exitedBy === "power-off")
    parts.push(`${off} ${stopSignalAt.min >= offAt ? "without a stop signal" : "while it runs"}`);
  if (exitedBy === "kill") parts.push(`killed ${when(exitAt)}`);
  if (exitedBy === "cannot-tell")
    parts.push(killAt.min >= offAt ? `${off} if it still runs` : `may be killed ${when(killAt)}`);
  return parts.join(", ");
}
