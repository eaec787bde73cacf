import { BadRequest } from "../admission/bad-request.ts";
import { asObject, type JsonObject, typeName } from "../json.ts";
import { groupOf } from "../policy/model/owner.ts";

/** An object of a manifest. */
export interface ManifestObject {
  readonly root: JsonObject;
  /** `Deployment "web"`. */
  readonly title: string;
  readonly group: string;
  readonly kind: string;
}

/** The objects of these documents, in which a list counts as its items: `List`, `DeploymentList`, a bare `[...]`. */
export function objectsOf(documents: readonly unknown[]): readonly unknown[] {
  return documents.flatMap(itemsOf).filter((document) => document !== null && document !== undefined);
}

function itemsOf(document: unknown): readonly unknown[] {
  if (Array.isArray(document)) return document;
  const list = asObject(document);
  const { kind, apiVersion, items } = list ?? {};
  if (typeof kind !== "string" || !kind.endsWith("List") || !Array.isArray(items)) return [document];
  const itemKind = kind.slice(0, -"List".length);
  return itemKind === "" ? items : items.map((item) => typed(item, apiVersion, itemKind));
}

/** The API server does not repeat kind and version in each item of a typed list. */
function typed(item: unknown, apiVersion: unknown, kind: string): unknown {
  const object = asObject(item);
  if (object === undefined) return item;
  return { ...object, apiVersion: object["apiVersion"] ?? apiVersion, kind: object["kind"] ?? kind };
}

/** @throws BadRequest that says what is wrong with it. */
export function readObject(object: unknown): ManifestObject {
  if (object instanceof BadRequest) throw object;
  const root = asObject(object);
  if (root === undefined)
    throw new BadRequest(`it is ${typeName(object)}, not a Kubernetes object: is the indentation right?`);
  const { kind, apiVersion } = root;
  if (kind === "AdmissionReview")
    throw new BadRequest("it is an AdmissionReview: POST it to /validate/warn, or send the manifest itself.");
  if (typeof kind !== "string" || kind === "" || typeof apiVersion !== "string")
    throw new BadRequest("it must have an apiVersion and a kind: send the whole manifest.");
  const metadata = asObject(root["metadata"]);
  const name = metadata?.["name"] ?? metadata?.["generateName"];
  return {
    root,
    title: typeof name === "string" ? `${kind} ${JSON.stringify(name)}` : kind,
    group: groupOf(apiVersion),
    kind,
  };
}
