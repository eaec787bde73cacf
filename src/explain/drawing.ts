import type { Interval } from "../hook/interval.ts";
import { inSeconds } from "../policy/messages/seconds.ts";
import type { StoppedContainer } from "./stop.ts";
import { PLAIN, type Role, type TextStyle } from "./text-style.ts";

/**
 * A drawn timeline: a ruler, and under it one bar for each container, all on the same scale.
 *
 *             0s                  15s                 30s
 *   web       ####################S=============......K
 */

const LONGEST_NAME = 14;

/** Columns beside a bar: margins, the name, and the end of the ruler's last mark. */
const BESIDE_BAR = LONGEST_NAME + 6;

/** A shorter bar shows nothing, a longer one is hard to follow. */
const SHORTEST_BAR = 20;
const LONGEST_BAR = 160;

const HOOK = "#";
const MAYBE_HOOK = "?";
const TURN = "w";
const SHUTDOWN = "=";
const SPARE = ".";
const STOP_SIGNAL = "S";
const KILL = "K";
const POWER_OFF = "X";

const MEANINGS: Readonly<Record<string, readonly [Role, string]>> = {
  [HOOK]: ["hook", "hook"],
  [MAYBE_HOOK]: ["maybe-hook", "hook may still run"],
  [TURN]: ["turn", "waits for its turn"],
  [SHUTDOWN]: ["shutdown", "app shuts down"],
  [SPARE]: ["spare", "spare"],
  [STOP_SIGNAL]: ["stop-signal", "stop signal"],
  [KILL]: ["kill", "kill"],
  [POWER_OFF]: ["power-off", "power off"],
};

export function legend({ paint }: Pick<TextStyle, "paint">, withPowerOff = false): string {
  return Object.entries(MEANINGS)
    .filter(([mark]) => mark !== POWER_OFF || withPowerOff)
    .map(([mark, [role, text]]) => `${paint(mark, role)} ${text}`)
    .join("  ");
}

/** A container to draw. */
export interface Drawn extends StoppedContainer {
  /** How long its hook is meant to run, where the longest run is not known. Seconds. */
  readonly meantSeconds?: number | undefined;
}

/** How a timeline is drawn. Nothing is drawn after `offAt`, when the power of the node goes off. */
export type DrawingStyle = Pick<TextStyle, "columns" | "paint"> & { readonly offAt?: number };

/** The ruler and the bars, one line each; nothing without containers. Printable ASCII, beside what the style adds. */
export function drawing(
  containers: readonly Drawn[],
  { columns, paint, offAt = Number.POSITIVE_INFINITY }: DrawingStyle = PLAIN,
): readonly string[] {
  if (containers.length === 0) return [];
  const { end, marks } = scaleOf(containers, offAt);
  const room = Math.min(LONGEST_BAR, Math.max(SHORTEST_BAR, columns - BESIDE_BAR));
  const column = (seconds: number): number => Math.round((Math.min(seconds, end) / end) * (room - 1));
  const width = Math.min(LONGEST_NAME, Math.max(...containers.map(({ name }) => name.length)));
  const painted = (line: string): string =>
    line.replace(/(.)\1*/g, (run, mark: string) => paint(run, MEANINGS[mark]?.[0] ?? "spare"));
  const bars = containers.map((one) => {
    const isOff = one.killAt.max > offAt;
    const whole = bar(one, column);
    return `${label(one.name, width)}  ${painted(isOff ? `${whole.slice(0, column(offAt))}${POWER_OFF}` : whole)}`;
  });
  return [`${" ".repeat(width)}  ${ruler(marks, column)}`, ...bars];
}

/** The last second that is drawn, and the seconds to mark, the most important ones first. */
export function scaleOf(
  containers: readonly StoppedContainer[],
  offAt: number,
): { readonly end: number; readonly marks: readonly number[] } {
  const kills = containers.map(({ killAt }) => killAt.max).filter(Number.isFinite);
  const graces = containers.map(({ graceSeconds }) => graceSeconds);
  const end = Math.max(1, Math.min(offAt, Math.max(...graces, ...kills)));
  const stops = containers.map(({ stopSignalAt }) => stopSignalAt.max);
  return { end, marks: [0, ...graces, end, ...stops].filter((mark) => mark <= end) };
}

/** A mark is left out if there is no room for it. */
function ruler(seconds: readonly number[], column: (seconds: number) => number): string {
  const line = Array<string>(LONGEST_BAR + LONGEST_NAME).fill(" ");
  for (const mark of seconds) {
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
