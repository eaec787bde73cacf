import { isMap, isScalar, isSeq, type Node, type YAMLMap } from "yaml";
import { asObject } from "../json.ts";
import { fillBlock, replaceBlock } from "./block.ts";
import type { Json } from "./change.ts";
import { flowStyle, replaceFlow } from "./flow.ts";
import { placeList } from "./list.ts";
import { placeScalar } from "./scalar.ts";
import {
  CannotPlace,
  checkReplaceable,
  checkUnshared,
  type Edit,
  type Entry,
  endOfEntry,
  entryOf,
  isFlow,
  isUnwritten,
  type Site,
} from "./site.ts";
import { type FlowStyle, flowText } from "./text.ts";

/** The style of the surrounding text. */
export interface Style {
  /** The indentation of a mapping inside a mapping. */
  readonly step: number;
  readonly flow: FlowStyle;
}

/** Changes the value of an existing node. */
export function setNode(site: Site, node: Node, value: Json, style: Style): readonly Edit[] {
  checkUnshared(site, node);
  checkReplaceable(site, node);
  const object = asObject(value) as Members | undefined;
  if (isMap(node) && object !== undefined) return setMap(site, node, object, style);
  if (isSeq(node) && Array.isArray(value)) return placeList(site, node, value.map(String), style.flow);
  if (!isScalar(node)) throw new CannotPlace("the value has another type");
  if (typeof value === "string" || typeof value === "number") return [placeScalar(site, node, value)];
  const [start = 0, end = start] = node.range ?? [];
  return [{ start, end, text: flowText(value, style.flow) }];
}

type Members = Readonly<Record<string, Json>>;

/** Mappings with the same keys are changed entry by entry; other values are replaced. */
function setMap(site: Site, map: YAMLMap, value: Members, around: Style): readonly Edit[] {
  const style = isFlow(map) ? { ...around, flow: flowStyle(site, map, around.flow) } : around;
  const members = Object.entries(value);
  const old = members.map(([key]) => entryOf(map, key)?.value ?? null);
  const isSameShape = members.length === map.items.length && old.every((one) => !isUnwritten(one));
  if (isSameShape) return members.flatMap(([, one], index) => setNode(site, old[index] as Node, one, style));
  return [
    isFlow(map) ? replaceFlow(site, map, members, style.flow) : replaceBlock(site, map, members, style.step),
  ];
}

/** `lifecycle:` without a value. */
export function fillEntry(
  site: Site,
  map: YAMLMap,
  entry: Entry,
  { value, style }: { readonly value: Json; readonly style: Style },
): Edit {
  const { anchor, tag } = (entry.value ?? {}) as { readonly anchor?: string; readonly tag?: string };
  if (anchor !== undefined || tag !== undefined) throw new CannotPlace("the value has an anchor or a tag");
  const object = asObject(value) as Members | undefined;
  if (object !== undefined && !isFlow(map))
    return fillBlock(site, map, entry, { members: Object.entries(object), step: style.step });
  const at = endOfEntry(site, entry);
  const colon = site.text[at - 1] === ":" ? "" : ":";
  return { start: at, end: at, text: `${colon} ${flowText(value, style.flow)}` };
}
