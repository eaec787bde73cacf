import { readdirSync, readFileSync } from "node:fs";
import { applyPatch, type Operation } from "rfc6902";
import { parseAllDocuments } from "yaml";

// biome-ignore lint/suspicious/noExplicitAny: a Kubernetes object of any kind; the tests say what they expect of it
export type KubernetesObject = Record<string, any>;

export const FOLDER = new URL("../../manifests/", import.meta.url);

/** Paths of all files below `manifests/`, but for the certificates an owner has made there. */
export const FILES: readonly string[] = readdirSync(FOLDER, { recursive: true, encoding: "utf8" })
  .map((path) => path.replaceAll("\\", "/"))
  .filter((path) => path.endsWith(".yaml"));

export function text(file: string): string {
  return readFileSync(new URL(file, FOLDER), "utf8");
}

export function objects(file: string): readonly KubernetesObject[] {
  return parsed(text(file));
}

/** Read as YAML 1.1, as kubectl does: there `0440` is an octal number. */
export function parsed(yaml: string): readonly KubernetesObject[] {
  return parseAllDocuments(yaml, { version: "1.1" }).map((document) => {
    const [error] = document.errors;
    if (error !== undefined) throw error;
    return document.toJS() as KubernetesObject;
  });
}

export const kustomization: KubernetesObject = only(objects("kustomization.yaml"));

/** Every object that kustomize takes from a file. */
export const installed: readonly KubernetesObject[] = (kustomization["resources"] as string[]).flatMap(
  objects,
);

/** The same by `Kind`: there is one of each. */
export const byKind: ReadonlyMap<string, KubernetesObject> = kinds(installed);

/**
 * What is installed with a component chosen, by `Kind`. A component of ours has JSON patches with a target, and
 * `$patch: delete`: this much of kustomize is done here, so that the tests need no kubectl.
 */
export function withComponent(name: string): ReadonlyMap<string, KubernetesObject> {
  const component = only(objects(`components/${name}/kustomization.yaml`));
  const { apiVersion: _, kind, patches, ...more } = component;
  if (kind !== "Component" || Object.keys(more).length > 0) throw new Error(`${name} has more than patches`);
  const result = new Map(structuredClone([...byKind]));
  for (const { target, patch } of patches) apply(result, target, only(parsed(patch)));
  return result;
}

function apply(
  objects: Map<string, KubernetesObject>,
  target: KubernetesObject | undefined,
  patch: KubernetesObject,
): void {
  const { kind, name } = target ?? { kind: patch["kind"], name: patch["metadata"].name };
  const found = objects.get(kind);
  if (found?.["metadata"].name !== name) throw new Error(`there is no ${kind} "${name}" to patch`);
  if (patch["$patch"] === "delete") {
    objects.delete(kind);
    return;
  }
  const failure = applyPatch(found, patch as unknown as Operation[]).find((error) => error !== null);
  if (failure) throw failure;
}

export function object(kind: string): KubernetesObject {
  const found = byKind.get(kind);
  if (found === undefined) throw new Error(`manifests/ has no ${kind}`);
  return found;
}

function kinds(list: readonly KubernetesObject[]): ReadonlyMap<string, KubernetesObject> {
  return new Map(list.map((object) => [object["kind"], object]));
}

function only<T>(list: readonly T[]): T {
  const [first] = list;
  if (first === undefined || list.length > 1) throw new Error(`one document is expected, not ${list.length}`);
  return first;
}
