import { EVENT_ID, type Event, getScalarValue, SCALAR_STYLE, type ScalarEvent } from "js-yaml";
import { plainScalar } from "./scalar.ts";

/** Reads the events of a document one after the other. */
export interface Events {
  readonly text: string;
  readonly all: readonly Event[];
  next: number;
}

/** Reads the end of a mapping or a list, if it is next. */
export function isAtEnd(events: Events): boolean {
  if (events.all[events.next]?.type !== EVENT_ID.POP) return false;
  events.next++;
  return true;
}

export function scalarValue(event: ScalarEvent, text: string): unknown {
  const source = getScalarValue(text, event);
  return event.style === SCALAR_STYLE.PLAIN ? plainScalar(source) : source;
}

/** The name of a key. `on` is a boolean in YAML 1.1, and becomes a name again. */
export function keyName(event: ScalarEvent, text: string): string {
  const key = scalarValue(event, text);
  return key === null ? "" : String(key);
}
