import { readdirSync, readFileSync } from "node:fs";
import { applyPatch, type Operation } from "rfc6902";
import { parseAllDocuments } from "yaml";

// biome-ignore lint/suspicious/noExplicitAny: a Kubernetes object of any kind; the tests say what they expect of it
export type KubernetesObject = Record<string, any>;

export const FOLDER = new URL("../../manifests/", import.meta.url);

/** Paths of all YAML files below `manifests/`. */
export const FILES: readonly string[] = readdirSync(FOLDER, { recursive: true, encoding: "utf8" })
  .map((path) => path.replaceAll("\\", "/"))
  .filter((path) => path.endsWith(".yaml"));

export function text(file: string): string {
  return readFileSync(new URL(file, FOLDER), "utf8");
}

export function objects(file: string): readonly KubernetesObject[] {
  return parsed(text(file));
}

/** Parses YAML 1.1, as kubectl does. In YAML 1.1 `0440` is an octal number. */
export function parsed(yaml: string): readonly KubernetesObject[] {
  return parseAllDocuments(yaml, { version: "1.1" }).map((document) => {
    const [error] = document.errors;
    if (error !== undefined) throw error;
    return document.toJS() as KubernetesObject;
  });
}

export const kustomization: KubernetesObject = only(objects("kustomization.yaml"));

/** Every object in the resource files of kustomization.yaml. */
export const installed: readonly KubernetesObject[] = (kustomization["resources"] as string[]).flatMap(
  objects,
);

/** The objects by `Kind`, or by `Kind name` if the name is not `gracekeeper`. Each key is unique. */
export const byKind: ReadonlyMap<string, KubernetesObject> = kinds(installed);

/**
 * The installed objects with these components, by the keys of `byKind`. This function implements the features of
 * kustomize that our components use, so that the tests need no kubectl. The checks on a real API server compare the
 * result with what kubectl renders.
 */
export function withComponents(...names: readonly string[]): ReadonlyMap<string, KubernetesObject> {
  const result = new Map(structuredClone([...byKind]));
  for (const name of names) choose(result, name);
  return result;
}

/**
 * Adds the component `name` to `result`. The Secret of `../../tls` has no data here, because the owner makes its files.
 */
function choose(result: Map<string, KubernetesObject>, name: string): void {
  const folder = `components/${name}`;
  const component = only(objects(`${folder}/kustomization.yaml`));
  for (const path of component["components"] ?? []) choose(result, path.replace("../", ""));
  for (const path of component["resources"] ?? []) {
    const added = path === "../../tls" ? [generatedSecret()] : objects(`${folder}/${path}`);
    for (const object of added) result.set(key(object), object);
  }
  for (const { target, patch } of component["patches"] ?? []) apply(result, target, only(parsed(patch)));
}

function generatedSecret(): KubernetesObject {
  const { name, namespace, type } = only(objects("tls/kustomization.yaml"))["secretGenerator"][0];
  return { apiVersion: "v1", kind: "Secret", metadata: { name, namespace }, type };
}

/** Applies a patch. A missing target is ignored, as in kustomize. */
function apply(
  objects: Map<string, KubernetesObject>,
  target: KubernetesObject | undefined,
  patch: KubernetesObject,
): void {
  if (patch["$patch"] === "delete") {
    if (!objects.delete(key(patch))) throw new Error(`there is no ${key(patch)} to delete`);
    return;
  }
  for (const object of objects.values()) {
    if (!isTarget(object, target ?? {})) continue;
    const failure = applyPatch(object, patch as unknown as Operation[]).find((error) => error !== null);
    if (failure) throw failure;
  }
}

function isTarget({ apiVersion, kind, metadata }: KubernetesObject, target: KubernetesObject): boolean {
  const group = target["group"] === undefined || apiVersion.startsWith(`${target["group"]}/`);
  return group && (target["kind"] ?? kind) === kind && target["name"] === metadata.name;
}

export function object(kind: string): KubernetesObject {
  const found = byKind.get(kind);
  if (found === undefined) throw new Error(`manifests/ has no ${kind}`);
  return found;
}

function kinds(list: readonly KubernetesObject[]): ReadonlyMap<string, KubernetesObject> {
  return new Map(list.map((object) => [key(object), object]));
}

function key({ kind, metadata: { name, namespace = "gracekeeper" } }: KubernetesObject): string {
  const place = namespace === "gracekeeper" ? "" : ` in ${namespace}`;
  return (name === "gracekeeper" ? kind : `${kind} ${name}`) + place;
}

function only<T>(list: readonly T[]): T {
  const [first] = list;
  if (first === undefined || list.length > 1) throw new Error(`one document is expected, not ${list.length}`);
  return first;
}
