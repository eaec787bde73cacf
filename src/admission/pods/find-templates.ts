import { asObject, type JsonObject } from "../../json.ts";
import { quote } from "../../policy/messages/quote.ts";
import type { TemplatePlace, Workload } from "../../policy/model/workload.ts";
import { objectAt } from "./fields.ts";

/** A pod template with its place in its object, or the pod itself. */
export interface FoundTemplate {
  readonly value: JsonObject;
  /** The object with the template. It may have more fields about the pods. */
  readonly around: JsonObject;
  readonly place: TemplatePlace;
  /** Field path, empty for a pod itself. */
  readonly at: string;
  /** The same path with names instead of list indexes, so that it stays the same if the order of the list changes. */
  readonly identity: string;
}

/** The most templates, far more than any kind of job has. */
export const MOST_TEMPLATES = 200;

/** At most MOST_TEMPLATES templates of an object. In a custom resource, only values with the shape of a template count. */
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

/** The values of a member: the mapping itself, each item of a list, or each value of a mapping. */
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
  return Object.keys(value)
    .sort()
    .flatMap((key, index) => {
      const one = asObject(value[key]);
      if (one === undefined) return [];
      const path = {
        at: /^[\w-]{1,63}$/.test(key) ? `${at}.${key}` : `${at}[${quote(key, LONGEST_KEY)}]`,
        identity: `${identity}[${JSON.stringify(key.length <= LONGEST_NAME ? key : index)}]`,
      };
      return { value: one, around: value, place, ...path };
    });
}

export function joined(path: string, step: string): string {
  return path === "" ? step : `${path}.${step}`;
}

/** The fields that identify items of these lists. Groups of a Ray cluster have a name field of their own. */
function nameOf({ name, groupName }: JsonObject): string | undefined {
  const own = typeof name === "string" ? name : groupName;
  return typeof own === "string" && own.length <= LONGEST_NAME ? own : undefined;
}

/** Kubernetes does not have longer names, so a longer one is not used. */
const LONGEST_NAME = 253;

/** The name of a role in a job is short. */
const LONGEST_KEY = 63;
