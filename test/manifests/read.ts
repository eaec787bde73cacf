import { readdirSync, readFileSync } from "node:fs";
import { parseAllDocuments } from "yaml";

// biome-ignore lint/suspicious/noExplicitAny: a Kubernetes object of any kind; the tests say what they expect of it
export type KubernetesObject = Record<string, any>;

export const FOLDER = new URL("../../manifests/", import.meta.url);

/** Names of all files of `manifests/`, but for the certificates an owner has made there. */
export const FILES: readonly string[] = readdirSync(FOLDER).filter((name) => name.endsWith(".yaml"));

export function text(file: string): string {
  return readFileSync(new URL(file, FOLDER), "utf8");
}

/** The objects of one file. Read as YAML 1.1, as kubectl does: there `0440` is an octal number. */
export function objects(file: string): readonly KubernetesObject[] {
  return parseAllDocuments(text(file), { version: "1.1" }).map((document) => {
    const [error] = document.errors;
    if (error !== undefined) throw error;
    return document.toJS() as KubernetesObject;
  });
}

export const kustomization: KubernetesObject = only(objects("kustomization.yaml"));

/** Every object that kustomize takes from a file, by `Kind`. */
export const byKind: ReadonlyMap<string, KubernetesObject> = new Map(
  (kustomization["resources"] as string[]).flatMap(objects).map((object) => [object["kind"], object]),
);

export function object(kind: string): KubernetesObject {
  const found = byKind.get(kind);
  if (found === undefined) throw new Error(`manifests/ has no ${kind}`);
  return found;
}

function only<T>(list: readonly T[]): T {
  const [first] = list;
  if (first === undefined || list.length > 1) throw new Error(`one document is expected, not ${list.length}`);
  return first;
}
