import { ENDLESS_SECONDS, isKnown } from "../../hook/interval.ts";
import type { Finding, FindingKind, Fix } from "../finding.ts";
import type { JudgedContainer, JudgedPod } from "../judged-pod.ts";
import { HOOK_SECONDS } from "../keys.ts";
import { quote } from "../quote.ts";
import { inSeconds, plainNumber, printedGrace } from "../seconds.ts";
import { gracePath, hookPath, hookRuns, named, nameOf } from "./common.ts";

/**
 * hook-length-unknown: nobody can tell from the pod how long the hook runs.
 *
 * Fields:  lifecycle.preStop, annotation gracekeeper.dev/hook-seconds
 * Allowed: a hook whose longest run can be read, or is declared by the annotation
 * Unset:   nothing to find
 * Default: Audit. Most such hooks are fine; saying so of each would be noise.
 * Source:  pkg/kubelet/lifecycle/handlers.go `Run` (1.29 to 1.36): neither exec nor httpGet has a time limit of its own
 */
export const hookLengthUnknown: FindingKind = {
  id: "hook-length-unknown",
  find: (pod) =>
    hookRuns(pod)
      .filter(({ hook }) => !isKnown(hook.seconds) && hook.seconds.min < pod.graceSeconds)
      .map((container): Finding => {
        return {
          id: "hook-length-unknown",
          action: "Audit",
          container,
          path: hookPath(container),
          fix: fixOf(container, pod),
        };
      }),
  deny: (findings, pod) => {
    const [first, ...others] = findings;
    const grace = inSeconds(pod.graceSeconds);
    if (first?.container === undefined || others.length > 0) {
      return {
        what: `cannot tell how long preStop runs in ${findings.length} containers: ${named(findings, noDetail)}`,
        fix: `. ${declare(findings, pod, "Set", true)}.`,
      };
    }
    return {
      what: `${nameOf(first)}: cannot tell how long preStop ${label(first.container, LONGEST_DENIED_LABEL)} runs`,
      clause: `, so it cannot be shown to fit the ${grace} grace`,
      fix: `. ${declare(findings, pod, "Set", true)}.`,
    };
  },
  warn: (findings, pod) => {
    const [first, ...others] = findings;
    const fix = `; ${declare(findings, pod, "set", false)}`;
    if (first?.container === undefined || others.length > 0) {
      return {
        what: `cannot tell how long preStop runs in ${findings.length} containers (${named(findings, noDetail)})`,
        fix,
      };
    }
    return {
      what: `${nameOf(first)}: cannot tell how long preStop ${label(first.container, LONGEST_WARNED_LABEL)} runs`,
      fix,
    };
  },
};

const LONGEST_DENIED_LABEL = 80;
const LONGEST_WARNED_LABEL = 40;

function label({ hook }: JudgedContainer, longest: number): string {
  return quote(hook?.reading.label ?? "", longest);
}

/** The longest run that still leaves the app its shutdown time; undefined where the hook is known to take longer. */
function atMost(container: JudgedContainer, pod: JudgedPod): number | undefined {
  const seconds = Math.min(Math.floor(pod.graceSeconds - pod.values.shutdownSeconds), ENDLESS_SECONDS);
  return seconds >= Math.max(1, container.hook?.seconds.min ?? 0) ? seconds : undefined;
}

/** What to write if the hook runs as long as it may; the author's own number can only be smaller. */
function fixOf(container: JudgedContainer, pod: JudgedPod): readonly Fix[] {
  const { name } = container.container;
  const limit = atMost(container, pod);
  const seconds = limit ?? Math.max(1, Math.ceil(container.hook?.seconds.min ?? 0));
  const declared = {
    path: annotationPath(pod),
    value: [...declarations(pod), `${name}=${seconds}`].join(","),
  };
  if (limit !== undefined) return [declared];
  return [declared, { path: gracePath(pod), value: printedGrace(seconds + pod.values.shutdownSeconds) }];
}

/** `Set metadata.annotations["gracekeeper.dev/hook-seconds"]: web=N, N its longest run, at most 20`. */
function declare(findings: readonly Finding[], pod: JudgedPod, set: "Set" | "set", long: boolean): string {
  const containers = findings.flatMap(({ container }) => container ?? []);
  const value = [...declarations(pod), ...containers.map(({ container }) => `${container.name}=N`)].join(",");
  const limits = containers.map((container) => atMost(container, pod));
  const limit = limits.includes(undefined) ? undefined : Math.min(...limits.flatMap((one) => one ?? []));
  const where = long ? annotationPath(pod) : `annotation ${HOOK_SECONDS}`;
  const grace = `${gracePath(pod)}: N + ${pod.values.shutdownSeconds}`;
  if (long) {
    const bound = limit === undefined ? `, and ${grace}` : `, at most ${plainNumber(limit)}`;
    return `${set} ${where} to "${value}", N its longest run${bound}`;
  }
  return `${set} ${where}: ${value}${limit === undefined ? ` and ${grace}` : ` (at most ${plainNumber(limit)})`}`;
}

/** What the pod declares already, so that following the message loses nothing. */
function declarations(pod: JudgedPod): readonly string[] {
  return [...pod.values.hookSeconds].map(
    ([name, { min, max }]) => `${name}=${min === max ? min : `${min}-${max}`}`,
  );
}

function annotationPath(pod: JudgedPod): string {
  return `${pod.subject.metadataPath}.annotations["${HOOK_SECONDS}"]`;
}

function noDetail(): string {
  return "";
}
