import { ENDLESS_SECONDS, type Interval, isKnown, isPoint } from "../../hook/interval.ts";
import type { ReadingText } from "../../hook/reason-text.ts";
import { printable, quote } from "../../policy/messages/quote.ts";
import { inSeconds, spanOf } from "../../policy/messages/seconds.ts";
import { powerOffAt } from "../ending.ts";
import type { ContainerExplanation, PodExplanation } from "../explain.ts";
import { stopRows } from "./stop-text.ts";

/** A label and its text: `["stop signal", "at 15s"]`. */
export type Row = readonly [label: string, text: string];

export interface ContainerWords {
  /** `sidecar "proxy"`. */
  readonly title: string;
  readonly rows: readonly Row[];
}

/**
 * The maximum length of a string from the manifest in one line. With short names, the whole line has fewer than 100
 * columns.
 */
export const LONGEST_TEXT = 84;
const MOST_PARTS = 8;

/** The texts about the stop of one container. */
export function containerWords(
  container: ContainerExplanation,
  { ending }: Pick<PodExplanation, "ending">,
): ContainerWords {
  const { role, name, reading, shutdownSeconds, unfound } = container;
  const rows: Row[] = [["hook", hookText(container)]];
  if (reading !== undefined) rows.push(...because(container, reading));
  rows.push(...stopRows(container, shutdownSeconds, powerOffAt(ending)));
  if (unfound !== undefined) rows.push(["no finding", unfound]);
  return { title: `${role === "sidecar" ? "sidecar" : "container"} ${quote(name)}`, rows };
}

/**
 * The hook as text: `sleep 15 (15s) + nginx -s quit (0s) = 15s`, `... = about 60s (60s of sleep; curl has no limit)`,
 * or `none`.
 */
export function hookText({ reading, hookKnownSeconds, hookKnownBecause }: ContainerExplanation): string {
  if (reading === undefined) return "none";
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

function because({ hookSeconds }: ContainerExplanation, reading: ReadingText): readonly Row[] {
  const { cannotRun, neverRun, why, seconds } = reading;
  if (cannotRun !== undefined) return [["cannot run", printable(cannotRun.because, LONGEST_TEXT)]];
  const declared =
    hookSeconds !== undefined && (hookSeconds.min !== seconds.min || hookSeconds.max !== seconds.max);
  const rows: Row[] = [];
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
