import { asObject, type JsonObject } from "../../json.ts";
import { quote } from "../../policy/messages/quote.ts";
import type { TemplatePlace, Workload } from "../../policy/model/workload.ts";
import { objectAt } from "./fields.ts";

/** A pod template as it lies in its object, or the pod itself. */
export interface FoundTemplate {
  readonly value: JsonObject;
  /** What it is a member of: there a controller may say more about the pods. */
  readonly around: JsonObject;
  readonly place: TemplatePlace;
  /** Field path, empty for a pod itself. */
  readonly at: string;
  /** The same, but items of a list by their names: what they are known by when the list is put into another order. */
  readonly identity: string;
}

/** Far more roles than a job of any kind has. */
export const MOST_TEMPLATES = 200;

/** The templates of an object, the first MOST_TEMPLATES of them; of a custom resource those that have the shape of one. */
export function findTemplates(
  root: JsonObject,
  { templates, custom, kind }: Workload,
): readonly FoundTemplate[] {
  return templates
    .flatMap((place) => {
      let here: readonly FoundTemplate[] = [{ value: root, around: root, place, at: "", identity: "" }];
      for (const [index, step] of place.path.entries()) {
        if (step === "[]" || step === "*") continue;
        const each = place.path[index + 1];
        here = here.flatMap((parent) => members(parent, step, each, custom ? undefined : kind));
        here = here.slice(0, MOST_TEMPLATES);
      }
      return here;
    })
    .slice(0, MOST_TEMPLATES);
}

/** What lies in a member: the mapping itself, each item of a list, or each value of a mapping. */
function members(
  parent: FoundTemplate,
  step: string,
  each: string | undefined,
  builtIn: string | undefined,
): readonly FoundTemplate[] {
  const { value: around, place } = parent;
  const at = joined(parent.at, step);
  const identity = joined(parent.identity, step);
  if (each === "[]") {
    const items = around[step];
    return (Array.isArray(items) ? items : []).slice(0, MOST_TEMPLATES).flatMap((item, index) => {
      const value = asObject(item);
      if (value === undefined) return [];
      const name = nameOf(value) ?? index;
      return {
        value,
        around,
        place,
        at: `${at}[${index}]`,
        identity: `${identity}[${JSON.stringify(name)}]`,
      };
    });
  }
  const value = builtIn === undefined ? asObject(around[step]) : objectAt(around, step, parent.at || builtIn);
  if (value === undefined) return [];
  if (each !== "*") return [{ value, around, place, at, identity }];
  return Object.keys(value).flatMap((key, index) => {
    const one = asObject(value[key]);
    if (one === undefined) return [];
    const path = {
      at: /^[\w-]{1,63}$/.test(key) ? `${at}.${key}` : `${at}[${quote(key, LONGEST_KEY)}]`,
      identity: `${identity}[${JSON.stringify(key.length <= LONGEST_NAME ? key : index)}]`,
    };
    return { value: one, around: value, place, ...path };
  });
}

function joined(path: string, step: string): string {
  return path === "" ? step : `${path}.${step}`;
}

/** What the items of such lists are merged by: the groups of a Ray cluster have a name of their own kind. */
function nameOf({ name, groupName }: JsonObject): string | undefined {
  const own = typeof name === "string" ? name : groupName;
  return typeof own === "string" && own.length <= LONGEST_NAME ? own : undefined;
}

/** Kubernetes has no longer names; one that somebody made long is as good as none. */
const LONGEST_NAME = 253;

/** A role of a job is a word. */
const LONGEST_KEY = 63;
