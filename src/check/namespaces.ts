import { BadRequest } from "../admission/bad-request.ts";
import { readNamespaceObject } from "../admission/namespace-write.ts";
import { identify } from "../manifest/identify.ts";
import { itemsOf } from "../manifest/objects.ts";
import { readDocuments } from "../manifest/read.ts";
import type { Namespace } from "../policy/model/namespace.ts";

/** A quick filter: the text of every Namespace matches it, so other texts need no parsing. */
const NAMESPACE = /\bkind["']?\s*:\s*["']?Namespace\b/;

/** The Namespaces in a text. A Namespace that cannot be read is left out, because the check of the text reports it. */
export function namespacesIn(text: string): readonly Namespace[] {
  if (!NAMESPACE.test(text)) return [];
  return [...readDocuments(text, { matching: NAMESPACE })].flatMap(itemsOf).flatMap(({ value }) => {
    const object = identify(value);
    return object.ok && object.kind === "Namespace" && object.apiVersion === "v1"
      ? readable(object.root)
      : [];
  });
}

function readable(root: unknown): readonly Namespace[] {
  try {
    return [readNamespaceObject(root).namespace];
  } catch (error) {
    if (error instanceof BadRequest) return [];
    throw error;
  }
}
