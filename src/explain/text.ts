import { ENDLESS_SECONDS, type Interval, isKnown, isPoint } from "../hook/interval.ts";
import type { Assumption } from "../hook/reading.ts";
import type { ReadingText } from "../hook/reason-text.ts";
import { graceNote } from "../policy/messages/names.ts";
import { printable, quote } from "../policy/messages/quote.ts";
import { inSeconds, spanOf } from "../policy/messages/seconds.ts";
import { type Drawn, drawing, LEGEND } from "./drawing.ts";
import type {
  ContainerExplanation,
  DocumentExplanation,
  Explanation,
  InjectionExplanation,
  PodExplanation,
} from "./explain.ts";

/** Longest line of user text. With short names the whole line stays under 100 columns. */
const LONGEST_TEXT = 84;
const MOST_PARTS = 8;

const ASSUMPTIONS: Readonly<Record<Assumption, string>> = {
  "programs-as-documented": "the programs are in the image and do what their manual says",
  "main-process-runs-on":
    "the app runs until the hook tells it to stop; then the rest of the hook may be cut",
  "timeout-ends-program": "a program ends when timeout sends it a signal",
  "output-can-be-opened": "files that the hook writes to can be opened",
  "profile-takes-no-time": "the profile files that the login shell reads take no time and only set variables",
};

/** The explanation as plain text for a terminal: printable ASCII, ends with a newline. */
export function explanationText(explanation: Explanation): string {
  return `${explanation.documents.map(documentText).join("\n\n")}\n`;
}

function documentText(explanation: DocumentExplanation): string {
  if ("nothing" in explanation)
    return `${printable(explanation.document, LONGEST_TITLE)}: ${printable(explanation.nothing, LONGEST_TITLE)}`;
  return [
    heading(explanation),
    "",
    ...drawing(explanation.containers.map(drawn), explanation.graceSeconds).map((line) => `  ${line}`),
    `  ${LEGEND}`,
    ...neededLines(explanation),
    ...explanation.containers.flatMap((container) => ["", ...containerLines(container)]),
    ...assumptionLines(explanation),
    "",
    ...findingLines(explanation),
    "",
    ...injectionLines(explanation.injection, explanation),
  ].join("\n");
}

function drawn(container: ContainerExplanation): Drawn {
  const { hookSeconds, hookKnownSeconds } = container;
  const isOpen = hookSeconds !== undefined && !isKnown(hookSeconds);
  return { ...container, meantSeconds: isOpen ? hookKnownSeconds : undefined };
}

function heading(explanation: PodExplanation): string {
  const { document, graceSeconds, graceNegative, shutdownSeconds, shutdownFrom, limit } = explanation;
  const note = graceNegative ? " (pods get this instead of a negative one)" : graceNote(graceSeconds);
  const grace = `grace period ${inSeconds(graceSeconds)}${note}`;
  const shutdown = `app needs ${inSeconds(shutdownSeconds)} to shut down (${SHUTDOWN_FROM[shutdownFrom]})`;
  const limited =
    limit === undefined
      ? ""
      : `\n  limit of the grace period: ${inSeconds(limit.seconds)} (${limit.namespace === undefined ? "configuration" : `namespace ${quote(limit.namespace)}`})`;
  return `${printable(document, LONGEST_TITLE)}, stopped by a plain delete: ${grace}, ${shutdown}${limited}`;
}

/** Longer than a title that has the path of a template. */
const LONGEST_TITLE = 300;

const SHUTDOWN_FROM: Readonly<Record<PodExplanation["shutdownFrom"], string>> = {
  pod: "annotation of the pod",
  namespace: "annotation of the namespace",
  configuration: "configuration",
  assumed: "assumed",
};

function neededLines({ graceSeconds, neededGraceSeconds }: PodExplanation): readonly string[] {
  if (neededGraceSeconds === undefined || neededGraceSeconds <= graceSeconds) return [];
  return [
    "",
    `  Nothing would be cut or killed with a grace period of ${inSeconds(neededGraceSeconds)} or more.`,
  ];
}

function containerLines(container: ContainerExplanation): readonly string[] {
  const { role, name, hook, reading, stopSignalAt, killAt, waited, unfound } = container;
  const rows: (readonly [string, string])[] = [];
  rows.push(["hook", reading === undefined ? "none" : sum(reading, container)]);
  if (reading !== undefined) rows.push(...because(container, reading));
  if (hook !== undefined) rows.push(["hook ends", hookEnd(container)]);
  if (waited.max > 0) rows.push(["waits", `${spanOf(waited)} for the containers that stop before it`]);
  rows.push(["stop signal", at(stopSignalAt)]);
  rows.push(["app", appEnd(container)]);
  rows.push(["kill", `${at(killAt)} if it still runs`]);
  if (unfound !== undefined) rows.push(["no finding", unfound]);
  const title = `${role === "sidecar" ? "sidecar" : "container"} ${quote(name)}`;
  return [title, ...rows.map(([label, text]) => `  ${label.padEnd(12)} ${text}`)];
}

/** `sleep 15 (15s) + nginx -s quit (0s) = 15s`, `... = about 60s (60s of sleep; curl has no limit)`. */
function sum(reading: ReadingText, { hookKnownSeconds, hookKnownBecause }: ContainerExplanation): string {
  const { parts, label } = reading;
  const total =
    hookKnownBecause === undefined || hookKnownSeconds === undefined || hookKnownSeconds >= ENDLESS_SECONDS
      ? span(reading.seconds)
      : `about ${inSeconds(hookKnownSeconds)} (${hookKnownBecause})`;
  const shown = parts.slice(0, MOST_PARTS).map((part) => `${printable(part.text)} (${span(part.seconds)})`);
  const more = parts.length > MOST_PARTS ? ` + ${parts.length - MOST_PARTS} more` : "";
  if (shown.length === 0) return `${printable(label)} = ${total}`;
  const joined = `${shown.join(" + ")}${more}`;
  const isSum = shown.length > 1 || more !== "" || hookKnownBecause !== undefined;
  const whole = isSum ? `${joined} = ${total}` : joined;
  return whole.length <= 2 * LONGEST_TEXT ? whole : `${printable(label, LONGEST_TEXT)} = ${total}`;
}

function because(
  { hookSeconds }: ContainerExplanation,
  reading: ReadingText,
): readonly (readonly [string, string])[] {
  const { cannotRun, neverRun, why, seconds } = reading;
  if (cannotRun !== undefined) return [["cannot run", printable(cannotRun.because, LONGEST_TEXT)]];
  const declared =
    hookSeconds !== undefined && (hookSeconds.min !== seconds.min || hookSeconds.max !== seconds.max);
  const rows: (readonly [string, string])[] = [];
  if (!isPoint(seconds)) {
    rows.push([
      isKnown(seconds) ? "at least" : "cannot tell",
      printable(isKnown(seconds) ? why.min : why.max, LONGEST_TEXT),
    ]);
    if (isKnown(seconds)) rows.push(["at most", printable(why.max, LONGEST_TEXT)]);
  }
  if (neverRun !== undefined) rows.push(["note", printable(neverRun.because, LONGEST_TEXT)]);
  if (declared) rows.push(["declared", `${spanOf(hookSeconds)}, by the pod's annotation`]);
  return rows;
}

function hookEnd({ hook }: ContainerExplanation): string {
  if (hook === undefined) return "";
  switch (hook.outcome) {
    case "completed":
      return at(hook.end);
    case "cut":
      return `cut ${at(hook.end)}, at the end of the grace period`;
    case "may-be-cut":
      return `${at(hook.end)}; cut at the end of the grace period if it still runs`;
    case "failed":
      return `${at(hook.end)}, failed`;
    case "skipped":
      return "it never runs: the grace period is 0";
  }
}

function appEnd(container: ContainerExplanation): string {
  const { exitedBy, exitAt, killAt, left, minimumOnly, shutdownSeconds } = container;
  const has = `has ${spanOf(left)}${minimumOnly ? ", the kubelet's minimum" : ""}, needs ${inSeconds(shutdownSeconds)}`;
  switch (exitedBy) {
    case "stop-signal":
      return `done ${at(exitAt)}${exitAt.max === killAt.min ? ", at the moment of the kill" : ""} (${has})`;
    case "kill":
      return `killed ${at(exitAt)} (${has})`;
    case "itself":
      return `ends by itself ${at(exitAt)}`;
    case "cannot-tell":
      return `done or killed ${at(exitAt)} (${has})`;
  }
}

/** `at 15s`, `between 5s and 14s`, `at 5s or later`. */
function at(interval: Interval): string {
  if (isPoint(interval)) return `at ${inSeconds(interval.min)}`;
  if (!isKnown(interval)) return `at ${inSeconds(interval.min)} or later`;
  return `between ${inSeconds(interval.min)} and ${inSeconds(interval.max)}`;
}

function span(interval: Interval): string {
  return isKnown(interval) || interval.min > 0 ? spanOf(interval) : "cannot tell";
}

function assumptionLines({ containers }: PodExplanation): readonly string[] {
  const used = new Set(containers.flatMap(({ reading }) => reading?.assumptions ?? []));
  return used.size === 0 ? [] : ["", "Assumptions:", ...[...used].map((one) => `  - ${ASSUMPTIONS[one]}`)];
}

function findingLines({ findings }: PodExplanation): readonly string[] {
  if (findings.length === 0) return ["Findings: none"];
  return [
    "Findings:",
    ...findings.map(({ action, message }) => `  ${action.toLowerCase().padEnd(5)} ${message}`),
  ];
}

function injectionLines(
  injection: InjectionExplanation,
  { shutdownSeconds }: PodExplanation,
): readonly string[] {
  if (injection.does === "nothing") {
    const before = injection.before;
    const earlier =
      before === undefined
        ? ""
        : ` (it was added before: sleep ${before.sleepSeconds}s, grace was ${before.graceBefore}s)`;
    return [`Injection would add nothing: ${printable(injection.because, 2 * LONGEST_TEXT)}${earlier}`];
  }
  const { containers, sleepSeconds, sleepFrom, graceBefore, graceAfter } = injection;
  const from = sleepFrom === "configuration" ? "configuration" : `annotation of the ${sleepFrom}`;
  const names = containers.map((name) => quote(name)).join(", ");
  const grace =
    graceAfter === graceBefore ? `grace stays ${graceAfter}s` : `grace ${graceBefore}s -> ${graceAfter}s`;
  const what =
    containers.length === 0
      ? `${grace}, for the preStop sleep ${sleepSeconds}s that is there`
      : `preStop sleep ${sleepSeconds}s (${from}) to ${names}; ${grace}`;
  return [
    "Injection (namespace label gracekeeper.dev/inject: enabled) would add:",
    `  ${what}`,
    `  With a delete whose grace period n is below ${sleepSeconds + shutdownSeconds}s, the app gets less than before: max(2, n - ${sleepSeconds}) s.`,
  ];
}
