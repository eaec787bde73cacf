import { asObject, type JsonObject, typeName } from "../json.ts";
import { refusalText, Unreadable } from "./unreadable.ts";

export interface KubernetesObject {
  readonly root: JsonObject;
  /** `Deployment "web"`. */
  readonly title: string;
  readonly apiVersion: string;
  readonly kind: string;
  /** Empty if the object has no namespace. */
  readonly namespace: string;
}

export type Identified =
  | ({ readonly ok: true } & KubernetesObject)
  /** One clause. */
  | { readonly ok: false; readonly problem: string };

/** Reads a value as a Kubernetes object, or returns the reason why the value is not a Kubernetes object. */
export function identify(value: unknown): Identified {
  if (value instanceof Unreadable)
    return { ok: false, problem: `line ${value.line}, column ${value.column}: ${refusalText(value)}` };
  const root = asObject(value);
  if (root === undefined)
    return {
      ok: false,
      problem: `this is ${typeName(value)}, not a Kubernetes object: is the indentation right?`,
    };
  const { kind, apiVersion } = root;
  if (typeof kind !== "string" || kind === "" || typeof apiVersion !== "string")
    return { ok: false, problem: "the object must have an apiVersion and a kind: is the manifest complete?" };
  const metadata = asObject(root["metadata"]);
  const name = metadata?.["name"] ?? metadata?.["generateName"];
  const title = typeof name === "string" ? `${kind} ${JSON.stringify(name)}` : kind;
  const namespace = metadata?.["namespace"];
  return {
    ok: true,
    root,
    title,
    apiVersion,
    kind,
    namespace: typeof namespace === "string" ? namespace : "",
  };
}
