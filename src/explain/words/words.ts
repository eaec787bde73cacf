import type { Assumption } from "../../hook/reading.ts";
import { graceNote } from "../../policy/messages/names.ts";
import { printable, quote } from "../../policy/messages/quote.ts";
import { inSeconds } from "../../policy/messages/seconds.ts";
import type { Action } from "../../policy/model/action.ts";
import { isPlainDelete, powerOffAt } from "../ending.ts";
import type { DocumentExplanation, InjectionExplanation, PodExplanation } from "../explain.ts";
import type { LostField } from "../lost-fields.ts";
import { type ContainerWords, containerWords, LONGEST_TEXT } from "./container-words.ts";
import {
  endingName,
  endingNotes,
  graceText,
  type OtherEndingWords,
  otherEndingWords,
} from "./ending-text.ts";

/**
 * The texts of an explanation, which the plain text, the picture and the web page show in different layouts. Every text
 * is one line of printable ASCII.
 */
export type DocumentWords = PodWords | WordsWithoutPod;

/** The text about a YAML document that has no pod, or that cannot be explained. */
export interface WordsWithoutPod {
  /** `Service "web"`. */
  readonly title: string;
  readonly why: string;
  readonly lostFields: readonly string[];
}

export interface PodWords {
  /** `Deployment "web"`. */
  readonly title: string;
  /** Example: `stopped by a plain delete`. */
  readonly ending: string;
  /** Example: `grace period 30s (Kubernetes' default), app needs 10s to shut down (assumed)`. */
  readonly time: string;
  readonly limit: string | undefined;
  readonly notes: readonly string[];
  /**
   * The grace period that would be enough, as advice; undefined if it is not known, or if the present grace period is
   * enough.
   */
  readonly needed: string | undefined;
  readonly containers: readonly ContainerWords[];
  readonly assumptions: readonly string[];
  readonly lostFields: readonly string[];
  /**
   * The texts about findings, injection and other ways to stop the pod; undefined unless the pod is stopped by a plain
   * delete.
   */
  readonly pod: AboutPod | undefined;
}

interface AboutPod {
  readonly findings: readonly FindingWords[];
  readonly injection: { readonly heading: string; readonly lines: readonly string[] };
  readonly otherEndings: readonly OtherEndingWords[];
}

export interface FindingWords {
  readonly action: Lowercase<Action>;
  readonly message: string;
}

/** The most characters of a title: enough for a title with the path of a template. */
const LONGEST_TITLE = 300;

const ASSUMPTIONS: Readonly<Record<Assumption, string>> = {
  "programs-as-documented": "the programs are in the image and work as their manuals say",
  "main-process-runs-on": "the app runs until the hook stops it; then the rest of the hook may be cut",
  "timeout-ends-program": "a program ends when timeout sends it a signal",
  "output-can-be-opened": "files that the hook writes to can be opened",
  "profile-takes-no-time": "the profile files of the login shell take no time and only set variables",
};

export function wordsOf(explanation: DocumentExplanation): DocumentWords {
  const title = printable(explanation.document, LONGEST_TITLE);
  if ("error" in explanation)
    return { title, why: printable(explanation.error, LONGEST_TITLE), lostFields: [] };
  const lostFields = explanation.lostFields.map(lostField);
  if ("nothing" in explanation)
    return { title, why: printable(explanation.nothing, LONGEST_TITLE), lostFields };
  return { title, ...podWords(explanation), lostFields };
}

function podWords(explanation: PodExplanation): Omit<PodWords, "title" | "lostFields"> {
  const { ending, containers, shutdownSeconds, shutdownFrom } = explanation;
  const shutdown = `app needs ${inSeconds(shutdownSeconds)} to shut down (${SHUTDOWN_FROM[shutdownFrom]})`;
  const assumptions = new Set(containers.flatMap(({ reading }) => reading?.assumptions ?? []));
  return {
    ending: `stopped by ${endingName(ending)}`,
    time: `grace period ${givenGrace(explanation)}, ${shutdown}`,
    limit: limitText(explanation),
    notes: endingNotes(explanation),
    needed: needed(explanation),
    containers: containers.map((container) => containerWords(container, explanation)),
    assumptions: [...assumptions].map((one) => ASSUMPTIONS[one]),
    pod: isPlainDelete(ending) ? aboutPod(explanation) : undefined,
  };
}

const SHUTDOWN_FROM: Readonly<Record<PodExplanation["shutdownFrom"], string>> = {
  pod: "annotation of the pod",
  namespace: "annotation of the namespace",
  configuration: "configuration",
  assumed: "assumed",
};

function limitText({ limit }: PodExplanation): string | undefined {
  if (limit === undefined) return undefined;
  const from = limit.namespace === undefined ? "configuration" : `namespace ${quote(limit.namespace)}`;
  return `limit of the grace period: ${inSeconds(limit.seconds)} (${from})`;
}

function givenGrace(explanation: PodExplanation): string {
  const { graceSeconds, graceNegative, containers } = explanation;
  const note = graceNegative ? " (Kubernetes replaces a negative value)" : graceNote(graceSeconds);
  const own = `${inSeconds(graceSeconds)}${note}`;
  const given = containers.map((one) => one.graceSeconds);
  return given.every((seconds) => seconds === graceSeconds) ? own : `${graceText(given)} instead of ${own}`;
}

function needed({ ending, containers, neededGraceSeconds }: PodExplanation): string | undefined {
  const given = Math.min(powerOffAt(ending), ...containers.map(({ graceSeconds }) => graceSeconds));
  if (neededGraceSeconds === undefined || neededGraceSeconds <= given) return undefined;
  const isAsked = ["delete", "drain", "preemption"].includes(ending.on);
  return `Nothing would be cut or killed ${isAsked ? "with a grace period of" : "if the pod had"} ${inSeconds(neededGraceSeconds)} or more.`;
}

function lostField({ path, rightPath }: LostField): string {
  return `${path}: write ${rightPath}`;
}

function aboutPod(explanation: PodExplanation): AboutPod {
  return {
    findings: explanation.findings.map(({ action, message }) => ({
      action: action.toLowerCase() as Lowercase<Action>,
      message,
    })),
    injection: injectionWords(explanation.injection, explanation),
    otherEndings: otherEndingWords(explanation),
  };
}

function injectionWords(
  injection: InjectionExplanation,
  { shutdownSeconds }: PodExplanation,
): AboutPod["injection"] {
  if (injection.does === "nothing") {
    const before = injection.before;
    const earlier =
      before === undefined
        ? ""
        : ` (gracekeeper has already added a sleep of ${before.sleepSeconds}s to a grace of ${before.graceBefore}s)`;
    const because = printable(injection.because, 2 * LONGEST_TEXT);
    return { heading: `Injection would add nothing: ${because}${earlier}`, lines: [] };
  }
  const { containers, sleepSeconds, sleepFrom, graceBefore, graceAfter, drawn } = injection;
  const from = sleepFrom === "configuration" ? "configuration" : `annotation of the ${sleepFrom}`;
  const names = containers.map((name) => quote(name)).join(", ");
  const grace =
    graceAfter === graceBefore ? `grace stays ${graceAfter}s` : `grace ${graceBefore}s -> ${graceAfter}s`;
  const what =
    containers.length === 0
      ? `${grace}, for the existing preStop sleep ${sleepSeconds}s`
      : `preStop sleep ${sleepSeconds}s (${from}) to ${names}; ${grace}`;
  return {
    heading: drawn
      ? "Injection is enabled in the namespace and adds (drawn above):"
      : "Injection (namespace label gracekeeper.dev/inject: enabled) would add:",
    lines: [
      what,
      `The app needs ${shutdownSeconds}s, but a delete with a grace period n below ${sleepSeconds + shutdownSeconds}s leaves it only max(2, n - ${sleepSeconds}) s.`,
    ],
  };
}
