import { asObject, type JsonObject } from "../../json.ts";
import { quote } from "../../policy/messages/quote.ts";
import type { TemplatePlace, Workload } from "../../policy/model/workload.ts";
import { objectAt } from "./fields.ts";

/** A pod template and its field path in the Kubernetes object, or the pod itself. */
export interface FoundTemplate {
  readonly value: JsonObject;
  /** The parent object of the template. In some kinds, the parent has a field about the pods, such as restartPolicy. */
  readonly around: JsonObject;
  readonly place: TemplatePlace;
  /** Field path of the template; empty for a pod itself. */
  readonly at: string;
  /** The field path with names instead of list indexes, so that it does not change if the list is reordered. */
  readonly identity: string;
}

/** The most pod templates that are read from one Kubernetes object: far more than any job has. */
export const MOST_TEMPLATES = 200;

/**
 * Finds at most MOST_TEMPLATES templates in an object. In a custom resource, a value that is not an object is skipped.
 */
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

/** The JSON objects in a field of `parent`: the value of the field, each item of a list, or each value of a mapping. */
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

/** The name of a list item. A worker group of a Ray cluster has the field `groupName` instead of `name`. */
function nameOf({ name, groupName }: JsonObject): string | undefined {
  const own = typeof name === "string" ? name : groupName;
  return typeof own === "string" && own.length <= LONGEST_NAME ? own : undefined;
}

/**
 * Kubernetes names have at most 253 characters. A list item whose name has more characters is identified by its index.
 */
const LONGEST_NAME = 253;

/** The maximum length of a mapping key in a field path: enough for the names of the roles in a job. */
const LONGEST_KEY = 63;
