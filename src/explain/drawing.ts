import { inSeconds } from "../policy/messages/seconds.ts";
import { type Drawn, type Segment, scaleOf, segmentsOf } from "./segments.ts";
import { PLAIN, type Role, type TextStyle } from "./text-style.ts";

/**
 * A drawn timeline: a ruler, and under it one bar for each container, all on the same scale.
 *
 *             0s                  15s                 30s
 *   web       ####################S=============......K
 */

const LONGEST_NAME = 14;

/**
 * The number of text columns beside a bar: for the margins, for the container name, and for the last time on the ruler,
 * which extends beyond the bar.
 */
const BESIDE_BAR = LONGEST_NAME + 6;

/**
 * The minimum and maximum width of a bar, in characters. A shorter bar is not legible, and a longer bar is hard to
 * follow.
 */
const SHORTEST_BAR = 20;
const LONGEST_BAR = 160;

const STOP_SIGNAL = "S";
const KILL = "K";
const POWER_OFF = "X";

const MARKS: Readonly<Record<Segment["role"], string>> = {
  hook: "#",
  "maybe-hook": "?",
  turn: "w",
  shutdown: "=",
  spare: ".",
};

const MEANINGS: ReadonlyMap<string, { readonly role: Role; readonly text: string }> = new Map([
  [MARKS.hook, { role: "hook", text: "hook" }],
  [MARKS["maybe-hook"], { role: "maybe-hook", text: "hook may still run" }],
  [MARKS.turn, { role: "turn", text: "waits for its turn" }],
  [MARKS.shutdown, { role: "shutdown", text: "app shuts down" }],
  [MARKS.spare, { role: "spare", text: "spare" }],
  [STOP_SIGNAL, { role: "stop-signal", text: "stop signal" }],
  [KILL, { role: "kill", text: "kill" }],
  [POWER_OFF, { role: "power-off", text: "power off" }],
]);

export function legend({ paint }: Pick<TextStyle, "paint">, withPowerOff = false): string {
  return [...MEANINGS]
    .filter(([mark]) => mark !== POWER_OFF || withPowerOff)
    .map(([mark, { role, text }]) => `${paint(mark, role)} ${text}`)
    .join("  ");
}

/** The style of a drawn timeline. Nothing is drawn after `offAt`, the second at which the node loses power. */
export type DrawingStyle = Pick<TextStyle, "columns" | "paint"> & { readonly offAt?: number };

/**
 * Draws the ruler, and one line for each container; nothing if there is no container. The lines are printable ASCII,
 * except for what the style adds.
 */
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
    line.replace(/(.)\1*/g, (run, mark: string) => paint(run, MEANINGS.get(mark)?.role ?? "spare"));
  const bars = containers.map((one) => {
    const isOff = one.killAt.max > offAt;
    const whole = bar(one, column);
    return `${label(one.name, width)}  ${painted(isOff ? `${whole.slice(0, column(offAt))}${POWER_OFF}` : whole)}`;
  });
  return [`${" ".repeat(width)}  ${ruler(marks, column)}`, ...bars];
}

/** A time is left out of the ruler if there is no room for it. */
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

function bar(container: Drawn, column: (seconds: number) => number): string {
  const line: string[] = [];
  for (const { role, until } of segmentsOf(container)) {
    if (role === "shutdown") line.push(STOP_SIGNAL);
    while (line.length < column(until)) line.push(MARKS[role]);
  }
  return `${line.slice(0, column(container.killAt.max)).join("")}${KILL}`;
}

function label(name: string, width: number): string {
  const clean = name.replace(/[^\x20-\x7e]/g, "?");
  return (clean.length > width ? `${clean.slice(0, width - 1)}~` : clean).padEnd(width);
}
