import { asObject } from "../json.ts";
import { type Step, stepsOfPath } from "./path.ts";
import type { ManifestDocument } from "./read.ts";

/**
 * A Kubernetes object in a YAML or JSON document: the document itself, or an item of a list. Field paths begin at the
 * object.
 */
export type ManifestItem = Omit<ManifestDocument, "repeated">;

/**
 * The Kubernetes objects of a YAML or JSON document. A list (`List`, `DeploymentList` or a bare `[...]`) is replaced by
 * its items.
 */
export function itemsOf(document: ManifestDocument): readonly ManifestItem[] {
  return unfold(document.value).map(({ value, steps }) =>
    steps.length === 0 ? document : { value, ...below(document, steps) },
  );
}

function below(document: ManifestDocument, prefix: readonly Step[]): Omit<ManifestItem, "value"> {
  const whole = (steps: readonly Step[] | string): readonly Step[] => [
    ...prefix,
    ...(typeof steps === "string" ? stepsOfPath(steps) : steps),
  ];
  return {
    find: (steps) => document.find(whole(steps)),
    locate: (steps) => document.locate(whole(steps)),
  };
}

interface Unfolded {
  readonly value: unknown;
  readonly steps: readonly Step[];
}

/** The Kubernetes objects of parsed YAML or JSON documents. A list object is replaced by its items. */
export function objectsOf(documents: readonly unknown[]): readonly unknown[] {
  return documents.flatMap((document) => unfold(document).map(({ value }) => value));
}

function unfold(document: unknown): readonly Unfolded[] {
  return items(document).filter(({ value }) => value !== null && value !== undefined);
}

function items(document: unknown): readonly Unfolded[] {
  if (Array.isArray(document)) return document.map((value, index) => ({ value, steps: [index] }));
  const { kind, apiVersion, items } = asObject(document) ?? {};
  if (typeof kind !== "string" || !kind.endsWith("List") || !Array.isArray(items))
    return [{ value: document, steps: [] }];
  const itemKind = kind.slice(0, -"List".length);
  return items.map((item, index) => ({
    value: itemKind === "" ? item : typed(item, apiVersion, itemKind),
    steps: ["items", index],
  }));
}

/** Adds apiVersion and kind to an item of a typed list, because the API server leaves them out there. */
function typed(item: unknown, apiVersion: unknown, kind: string): unknown {
  const object = asObject(item);
  if (object === undefined) return item;
  return { ...object, apiVersion: object["apiVersion"] ?? apiVersion, kind: object["kind"] ?? kind };
}
