import type { Interval } from "../hook/interval.ts";
import { inSeconds } from "../policy/messages/seconds.ts";
import type { ContainerTimeline } from "../termination/stop-container.ts";
import type { StoppedContainer } from "./stop.ts";

/**
 * A drawn timeline: a ruler, and under it one bar for each container, all on the same scale.
 *
 *             0s                  15s                 30s
 *   web       ####################S=============......K
 */

/** Columns of a bar. With a name and margins it fits a terminal with 80 columns. */
const BAR_COLUMNS = 60;
const LONGEST_NAME = 14;

const HOOK = "#";
const MAYBE_HOOK = "?";
const TURN = "w";
const SHUTDOWN = "=";
const SPARE = ".";
const STOP_SIGNAL = "S";
const KILL = "K";
const POWER_OFF = "X";

export const LEGEND =
  "# hook  ? hook may still run  w waits for its turn  = app shuts down  . spare  S stop signal  K kill";

export const POWER_OFF_LEGEND = "X power off";

/** A container to draw. */
export interface Drawn extends StoppedContainer {
  /** How long its hook is meant to run, where the longest run is not known. Seconds. */
  readonly meantSeconds?: number | undefined;
}

/**
 * The ruler and the bars, one line each; nothing without containers. Printable ASCII. Nothing is drawn after `offAt`, when
 * the power of the node goes off.
 */
export function drawing(containers: readonly Drawn[], offAt = Number.POSITIVE_INFINITY): readonly string[] {
  if (containers.length === 0) return [];
  const kills = containers.map(({ killAt }) => killAt.max).filter(Number.isFinite);
  const graces = containers.map(({ graceSeconds }) => graceSeconds);
  const end = Math.max(1, Math.min(offAt, Math.max(...graces, ...kills)));
  const column = (seconds: number): number => Math.round((Math.min(seconds, end) / end) * (BAR_COLUMNS - 1));
  const width = Math.min(LONGEST_NAME, Math.max(...containers.map(({ name }) => name.length)));
  const bars = containers.map((one) => {
    const isOff = one.killAt.max > offAt;
    const whole = bar(one, column);
    return `${label(one.name, width)}  ${isOff ? `${whole.slice(0, column(offAt))}${POWER_OFF}` : whole}`;
  });
  const marks = [...graces, end, ...stops(containers)].filter((mark) => mark <= end);
  return [`${" ".repeat(width)}  ${ruler(marks, column)}`, ...bars];
}

function stops(containers: readonly ContainerTimeline[]): readonly number[] {
  return containers.map(({ stopSignalAt }) => stopSignalAt.max);
}

/** The most important marks first; a mark is left out if there is no room for it. */
function ruler(seconds: readonly number[], column: (seconds: number) => number): string {
  const line = Array<string>(BAR_COLUMNS + LONGEST_NAME).fill(" ");
  for (const mark of [0, ...seconds]) {
    const text = inSeconds(Math.round(mark * 10) / 10);
    const at = column(mark);
    const room = line
      .slice(Math.max(0, at - 1), at + text.length + 1)
      .every((character) => character === " ");
    if (room)
      [...text].forEach((character, index) => {
        line[at + index] = character;
      });
  }
  return line.join("").trimEnd();
}

function bar(
  { hook, meantSeconds = 0, stopSignalAt, exitAt, killAt }: Drawn,
  column: (seconds: number) => number,
): string {
  const line: string[] = [];
  const fillTo = (at: Interval["max"], character: string): void => {
    while (line.length < column(at)) line.push(character);
  };
  if (hook !== undefined) {
    fillTo(Math.min(Math.max(hook.end.min, meantSeconds), hook.end.max), HOOK);
    fillTo(hook.end.max, MAYBE_HOOK);
  }
  fillTo(stopSignalAt.max, TURN);
  line.push(STOP_SIGNAL);
  fillTo(Math.min(exitAt.max, killAt.max), SHUTDOWN);
  fillTo(killAt.max, SPARE);
  return `${line.slice(0, column(killAt.max)).join("")}${KILL}`;
}

function label(name: string, width: number): string {
  const clean = name.replace(/[^\x20-\x7e]/g, "?");
  return (clean.length > width ? `${clean.slice(0, width - 1)}~` : clean).padEnd(width);
}
