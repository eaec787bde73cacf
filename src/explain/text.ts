import { ENDLESS_SECONDS, type Interval, isKnown, isPoint } from "../hook/interval.ts";
import type { Assumption } from "../hook/reading.ts";
import type { ReadingText } from "../hook/reason-text.ts";
import { graceNote } from "../policy/messages/names.ts";
import { printable, quote } from "../policy/messages/quote.ts";
import { inSeconds, spanOf } from "../policy/messages/seconds.ts";
import { type Drawn, drawing, LEGEND, POWER_OFF_LEGEND } from "./drawing.ts";
import { isPlainDelete, powerOffAt } from "./ending.ts";
import { endingName, endingNotes, graceText, otherEndingLines } from "./ending-text.ts";
import type {
  ContainerExplanation,
  DocumentExplanation,
  Explanation,
  InjectionExplanation,
  PodExplanation,
} from "./explain.ts";
import { stopRows } from "./stop-text.ts";

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
  if ("error" in explanation) return withoutPod(explanation.document, explanation.error);
  if ("nothing" in explanation)
    return [withoutPod(explanation.document, explanation.nothing), ...lostLines(explanation)].join("\n");
  return [
    heading(explanation),
    "",
    ...picture(explanation),
    ...neededLines(explanation),
    ...explanation.containers.flatMap((container) => ["", ...containerLines(container, explanation)]),
    ...assumptionLines(explanation),
    ...lostLines(explanation),
    ...(isPlainDelete(explanation.ending) ? deleteLines(explanation) : []),
  ].join("\n");
}

function withoutPod(document: string, why: string): string {
  return `${printable(document, LONGEST_TITLE)}: ${printable(why, LONGEST_TITLE)}`;
}

/** The bars, and what is to know about the ending. */
function picture(explanation: PodExplanation): readonly string[] {
  const { ending, containers } = explanation;
  const lines = drawing(containers.map(drawn), powerOffAt(ending));
  const legend = ending.on === "spot" ? `${LEGEND}  ${POWER_OFF_LEGEND}` : LEGEND;
  const bars = lines.length === 0 ? [] : [...lines, legend];
  const notes = endingNotes(explanation);
  const gap = bars.length > 0 && notes.length > 0 ? [""] : [];
  return [...bars, ...gap, ...notes].map((line) => (line === "" ? line : `  ${line}`));
}

function lostLines({ lostFields }: Pick<PodExplanation, "lostFields">): readonly string[] {
  if (lostFields.length === 0) return [];
  return [
    "",
    "Not read, because Kubernetes has no such field there:",
    ...lostFields.map(({ path, rightPath }) => `  ${path}: write ${rightPath}`),
  ];
}

/** What is said of the pod itself, after a plain delete. */
function deleteLines(explanation: PodExplanation): readonly string[] {
  const others = otherEndingLines(explanation);
  return [
    "",
    ...findingLines(explanation),
    "",
    ...injectionLines(explanation.injection, explanation),
    ...(others.length === 0
      ? []
      : [
          "",
          "Other endings (/explain?on=...), the grace period of each, and what is cut or killed:",
          ...others,
        ]),
  ];
}

function drawn(container: ContainerExplanation): Drawn {
  const { hookSeconds, hookKnownSeconds } = container;
  const isOpen = hookSeconds !== undefined && !isKnown(hookSeconds);
  return { ...container, meantSeconds: isOpen ? hookKnownSeconds : undefined };
}

function heading(explanation: PodExplanation): string {
  const { document, ending, shutdownSeconds, shutdownFrom, limit } = explanation;
  const grace = `grace period ${givenGrace(explanation)}`;
  const shutdown = `app needs ${inSeconds(shutdownSeconds)} to shut down (${SHUTDOWN_FROM[shutdownFrom]})`;
  const limited =
    limit === undefined
      ? ""
      : `\n  limit of the grace period: ${inSeconds(limit.seconds)} (${limit.namespace === undefined ? "configuration" : `namespace ${quote(limit.namespace)}`})`;
  return `${printable(document, LONGEST_TITLE)}, stopped by ${endingName(ending)}: ${grace}, ${shutdown}${limited}`;
}

/** Longer than a title that has the path of a template. */
const LONGEST_TITLE = 300;

const SHUTDOWN_FROM: Readonly<Record<PodExplanation["shutdownFrom"], string>> = {
  pod: "annotation of the pod",
  namespace: "annotation of the namespace",
  configuration: "configuration",
  assumed: "assumed",
};

function givenGrace(explanation: PodExplanation): string {
  const { graceSeconds, graceNegative, containers } = explanation;
  const note = graceNegative ? " (pods get this instead of a negative one)" : graceNote(graceSeconds);
  const own = `${inSeconds(graceSeconds)}${note}`;
  const given = containers.map((one) => one.graceSeconds);
  return given.every((seconds) => seconds === graceSeconds) ? own : `${graceText(given)} instead of ${own}`;
}

function neededLines(explanation: PodExplanation): readonly string[] {
  const { ending, containers, neededGraceSeconds } = explanation;
  const given = Math.min(powerOffAt(ending), ...containers.map(({ graceSeconds }) => graceSeconds));
  if (neededGraceSeconds === undefined || neededGraceSeconds <= given) return [];
  const isAsked = ["delete", "drain", "preemption"].includes(ending.on);
  return [
    "",
    `  Nothing would be cut or killed ${isAsked ? "with a grace period of" : "if there were"} ${inSeconds(neededGraceSeconds)} or more.`,
  ];
}

function containerLines(container: ContainerExplanation, { ending }: PodExplanation): readonly string[] {
  const { role, name, reading, shutdownSeconds, unfound } = container;
  const rows: (readonly [string, string])[] = [];
  rows.push(["hook", reading === undefined ? "none" : sum(reading, container)]);
  if (reading !== undefined) rows.push(...because(container, reading));
  rows.push(...stopRows(container, shutdownSeconds, powerOffAt(ending)));
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
    `  With a delete whose grace period n is below ${sleepSeconds + shutdownSeconds}s, the app gets less than the ${shutdownSeconds}s it needs: max(2, n - ${sleepSeconds}) s.`,
  ];
}
