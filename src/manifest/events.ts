import { EVENT_ID, type Event, getScalarValue, SCALAR_STYLE, type ScalarEvent } from "js-yaml";
import { plainScalar } from "./scalar.ts";

/** The parser events of a YAML document, and the index of the next event. */
export interface Events {
  readonly text: string;
  readonly all: readonly Event[];
  next: number;
}

/** Whether the next event is the end of a mapping or list. An end event is consumed. */
export function isAtEnd(events: Events): boolean {
  if (events.all[events.next]?.type !== EVENT_ID.POP) return false;
  events.next++;
  return true;
}

export function scalarValue(event: ScalarEvent, text: string): unknown {
  const source = getScalarValue(text, event);
  return event.style === SCALAR_STYLE.PLAIN ? plainScalar(source) : source;
}

/** The name of a mapping key. YAML 1.1 reads a key such as `on` as a boolean, which becomes "true". */
export function keyName(event: ScalarEvent, text: string): string {
  const key = scalarValue(event, text);
  return key === null ? "" : String(key);
}
