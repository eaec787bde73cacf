import { EVENT_ID, type MappingEvent, type ScalarEvent, type SequenceEvent } from "js-yaml";
import { type Events, isAtEnd, keyName } from "./events.ts";
import type { Step } from "./path.ts";

/** A node of a plain document, with its children. */
export interface PlainNode {
  readonly event: ScalarEvent | MappingEvent | SequenceEvent;
  /** The children, by the name of the key or by the index in a list. */
  readonly members: ReadonlyMap<Step, PlainMember>;
  readonly last: PlainMember | undefined;
}

export interface PlainMember {
  /** The key; undefined for an item of a list. */
  readonly key: ScalarEvent | undefined;
  readonly value: PlainNode;
}

const NO_MEMBERS: PlainNode["members"] = new Map();

/** Reads the next node. `readPlain` has already checked that all events are plain. */
export function nodeOf(events: Events): PlainNode {
  const event = events.all[events.next++];
  if (event?.type === EVENT_ID.SCALAR) return { event, members: NO_MEMBERS, last: undefined };
  if (event?.type !== EVENT_ID.MAPPING && event?.type !== EVENT_ID.SEQUENCE)
    throw new Error("an event that is not plain");
  const members = new Map<Step, PlainMember>();
  let last: PlainMember | undefined;
  while (!isAtEnd(events)) {
    const key = event.type === EVENT_ID.MAPPING ? keyOf(events) : undefined;
    last = { key, value: nodeOf(events) };
    members.set(key === undefined ? members.size : keyName(key, events.text), last);
  }
  return { event, members, last };
}

function keyOf(events: Events): ScalarEvent {
  const event = events.all[events.next++];
  if (event?.type !== EVENT_ID.SCALAR) throw new Error("a key that is not plain");
  return event;
}
