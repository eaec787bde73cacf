import { ENDLESS_SECONDS, isKnown } from "../../hook/interval.ts";
import type { FindingKind, Fix, Found } from "../finding.ts";
import type { JudgedContainer, JudgedPod } from "../judged-pod.ts";
import { HOOK_SECONDS } from "../keys.ts";
import { printable, quote } from "../quote.ts";
import { inSeconds, plainNumber, printedGrace } from "../seconds.ts";
import { gracePath, hookPath, hookRuns, named, nameOf, only } from "./common.ts";

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
  action: "Audit",
  when: "nobody can tell from the pod how long the hook runs",
  why: "A script, an httpGet or a loop may run as long as it likes; only the grace ends it. Most such hooks are fine, so this is only noted. gracekeeper never guesses a number.",
  advice:
    "If you know how long it runs, declare it: annotation gracekeeper.dev/hook-seconds. Or give it a limit: `timeout 20 ./drain.sh`.",
  find: (pod) =>
    hookRuns(pod)
      .filter(({ hook }) => !isKnown(hook.seconds) && hook.seconds.min < pod.graceSeconds)
      .map((container): Found => {
        return {
          container,
          path: hookPath(container),
          fix: fixOf(container, pod),
        };
      }),
  deny: (findings, pod) => {
    const fix = `. ${declare(findings, pod, true)}.`;
    const one = only(findings);
    if (one === undefined) {
      return {
        what: `cannot tell how long preStop runs in ${findings.length} containers: ${named(findings, noDetail)}`,
        brief: BRIEF,
        fix,
      };
    }
    return {
      what: `${nameOf(one)}: cannot tell how long preStop ${label(one.container, LONGEST_DENIED_LABEL)} runs`,
      clause: `, so it cannot be shown to fit the ${inSeconds(pod.graceSeconds)} grace`,
      brief: BRIEF,
      fix,
    };
  },
  warn: (findings, pod) => {
    const fix = `; ${declare(findings, pod, false)}`;
    const one = only(findings);
    if (one === undefined) {
      return {
        what: `cannot tell how long preStop runs in ${findings.length} containers`,
        brief: BRIEF,
        fix,
      };
    }
    return {
      what: `${nameOf(one)}: cannot tell how long preStop ${label(one.container, LONGEST_WARNED_LABEL)} runs`,
      brief: BRIEF,
      fix,
    };
  },
};

/** The fix names the container once more. */
const BRIEF = "cannot tell how long preStop runs";

const LONGEST_DENIED_LABEL = 80;
const LONGEST_WARNED_LABEL = 40;
const LONGEST_DECLARATION = 80;
const MOST_DECLARED = 10;

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
  const before = pod.values.hookSeconds.size > 0 ? `${pod.subject.annotations.get(HOOK_SECONDS)},` : "";
  const declared = { path: annotationPath(pod), value: `${before}${name}=${seconds}` };
  if (limit !== undefined) return [declared];
  return [declared, { path: gracePath(pod), value: printedGrace(seconds + pod.values.shutdownSeconds) }];
}

/** `Set metadata.annotations["gracekeeper.dev/hook-seconds"] to "web=N", N its longest run, at most 20`. */
function declare(findings: readonly Found[], pod: JudgedPod, long: boolean): string {
  const containers = findings.flatMap(({ container }) => container ?? []);
  const value = declaration(containers);
  const limits = containers.map((container) => atMost(container, pod));
  const limit = limits.reduce((one, other) =>
    one === undefined || other === undefined ? undefined : Math.min(one, other),
  );
  const grace = `${gracePath(pod)}: N + ${pod.values.shutdownSeconds}`;
  const first = pod.values.hookSeconds.size === 0;
  if (long) {
    const bound = limit === undefined ? `, and set ${grace}` : `, at most ${plainNumber(limit)}`;
    const set = first
      ? `Set ${annotationPath(pod)} to "${value}"`
      : `Add "${value}" to ${annotationPath(pod)}`;
    return `${set}, N its longest run${bound}`;
  }
  if (limit === undefined) return `${first ? "set" : "add to"} ${HOOK_SECONDS}: ${value} and set ${grace}`;
  return `${first ? "set" : "add to"} annotation ${HOOK_SECONDS}: ${value} (at most ${plainNumber(limit)})`;
}

/** `web=N,worker=N`; a list too long for a message is cut after the first. */
function declaration(containers: readonly JudgedContainer[]): string {
  const items = containers.slice(0, MOST_DECLARED).map(({ container }) => `${printable(container.name)}=N`);
  const all = items.join(",");
  const whole = items.length === containers.length && all.length <= LONGEST_DECLARATION;
  return whole ? all : `${items[0]},...`;
}

function annotationPath(pod: JudgedPod): string {
  return `${pod.subject.metadataPath}.annotations["${HOOK_SECONDS}"]`;
}

function noDetail(): string {
  return "";
}
