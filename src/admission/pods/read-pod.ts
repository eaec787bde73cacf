import { asObject, type JsonObject } from "../../json.ts";
import { PREFIX } from "../../policy/model/keys.ts";
import type { LocatedPod, PodOrTemplate } from "../../policy/model/pod.ts";
import { groupOf, type TemplatePlace, type Workload } from "../../policy/model/workload.ts";
import type { PodSpec } from "../../termination/pod.ts";
import { BadRequest } from "../bad-request.ts";
import { isGraceApplied } from "./applied-grace.ts";
import { integerAt, objectAt, objectsAt, stringAt, stringMapAt, wrongType } from "./fields.ts";
import { type FoundTemplate, findTemplates } from "./find-templates.ts";
import { GRACE, readPodSpec, restartPolicy } from "./read-spec.ts";

export interface Subjects {
  readonly subjects: readonly LocatedPod[];
  /** One sentence that says why a template of a custom resource was not read; undefined if every template was read. */
  readonly unread: string | undefined;
}

/**
 * Reads the pod or the pod templates of an object, but only the fields that decide how the pods end.
 *
 * Every value that the API server can send is accepted: absent and null members, empty lists, empty names. In a custom
 * resource, a template with a field of a wrong type is skipped, because the resource may have any fields. The result is
 * empty if the object has no template: a ReplicationController may have none, and a Rollout may refer to a Deployment.
 *
 * @throws BadRequest that names the field and its expected type, if the API server cannot send this object of a
 * built-in kind.
 */
export function readTemplates(object: unknown, workload: Workload): Subjects {
  if (object === undefined || object === null) return { subjects: [], unread: undefined };
  const root = asObject(object) ?? wrongType(workload.kind, "an object", object);
  const found = findTemplates(root, workload);
  if (!workload.custom)
    return {
      subjects: found.map((one, index) => readSubject(root, one, index === 0, workload)),
      unread: undefined,
    };
  const subjects: LocatedPod[] = [];
  let unread: string | undefined;
  let containers = 0;
  for (const one of found) {
    const read = readLeniently(root, one, subjects.length === 0, workload);
    if (!read.ok) {
      unread ??= read.message;
      continue;
    }
    containers += sizeOf(read.pod.spec);
    if (containers <= MOST_IN_TEMPLATES) subjects.push(read.pod);
    else return { subjects, unread: `the pod templates have more than ${MOST_IN_TEMPLATES} containers` };
  }
  return { subjects, unread };
}

/**
 * The most containers that are read from the templates of a custom resource. If there are more containers, the pods of
 * the remaining templates are checked only when they are created.
 */
const MOST_IN_TEMPLATES = 10_000;

/** The pod or the templates of an object, except the templates that cannot be read. */
export function readSubjects(object: unknown, workload: Workload): readonly LocatedPod[] {
  return readTemplates(object, workload).subjects;
}

type Lenient =
  | { readonly ok: true; readonly pod: LocatedPod }
  /** One sentence. */
  | { readonly ok: false; readonly message: string };

/** Reads a template of a custom resource. Returns a message if the value does not have the shape of a pod template. */
function readLeniently(root: JsonObject, one: FoundTemplate, isFirst: boolean, workload: Workload): Lenient {
  try {
    return { ok: true, pod: readSubject(root, one, isFirst, workload) };
  } catch (error) {
    if (error instanceof BadRequest) return { ok: false, message: error.message };
    throw error;
  }
}

function sizeOf({ containers, initContainers }: PodSpec): number {
  return containers.length + initContainers.length;
}

function readSubject(
  root: JsonObject,
  found: FoundTemplate,
  isFirst: boolean,
  { kind }: Workload,
): LocatedPod {
  const { value: template, at, place, identity } = found;
  const isItself = at === "";
  const prefix = isItself ? "" : `${at}.`;
  const parent = isItself ? kind : at;
  const metadata = objectAt(template, "metadata", parent);
  const own = objectAt(root, "metadata", kind) ?? {};
  const annotations = stringMapAt(metadata ?? {}, "annotations", `${prefix}metadata`);
  const controller = readController(own);
  return {
    role: isItself ? "pod" : "template",
    place,
    identity,
    spec: readSpec(objectAt(template, "spec", parent) ?? {}, `${prefix}spec`, found),
    labels: stringMapAt(metadata ?? {}, "labels", `${prefix}metadata`),
    annotations,
    controller,
    podOwner: isItself ? controller : place.podOwner,
    graceApplied: isItself && controller === undefined && isGraceApplied(own, annotations),
    misplaced: !isItself && isFirst ? misplaced(own) : [],
    specPath: `${prefix}spec`,
    gracePath: `${prefix}spec.${place.grace?.field ?? GRACE}`,
    metadataPath: `${prefix}metadata`,
    hasMetadata: metadata !== undefined,
    hasAnnotations: metadata !== undefined && asObject(metadata["annotations"]) !== undefined,
  };
}

/** Reads the spec that the controller of this kind will write into its pods. */
function readSpec(spec: JsonObject, path: string, { place, around }: FoundTemplate): PodSpec {
  const read = readPodSpec(spec, path);
  const { grace, restarts } = place;
  return {
    ...read,
    ...(grace !== undefined && { graceSeconds: integerAt(spec, grace.field, path) || grace.unset }),
    ...(restarts !== undefined && { restartPolicy: restartPolicyOf(read, restarts, around) }),
  };
}

/** Kubeflow has its own policy `ExitCode`, and gives such pods the restartPolicy Never. */
function restartPolicyOf(
  read: PodSpec,
  restarts: NonNullable<TemplatePlace["restarts"]>,
  around: JsonObject,
): PodSpec["restartPolicy"] {
  if (restarts === "Never") return "Never";
  return (restarts === "beside" ? restartPolicy(around["restartPolicy"]) : read.restartPolicy) ?? "Never";
}

/**
 * The gracekeeper labels and annotations of the workload itself. Gracekeeper labels and annotations have an effect only
 * in the metadata of the pod template.
 */
function misplaced(metadata: JsonObject): PodOrTemplate["misplaced"] {
  return (["annotations", "labels"] as const).flatMap((where) =>
    [...stringMapAt(metadata, where, "metadata").keys()]
      .filter((key) => key.startsWith(PREFIX))
      .map((key) => ({ path: `metadata.${where}`, key })),
  );
}

function readController(metadata: JsonObject): PodOrTemplate["controller"] {
  const owners = objectsAt(metadata, "ownerReferences", "metadata");
  const index = owners.findIndex(({ controller }) => controller === true);
  const owner = owners[index];
  if (owner === undefined) return undefined;
  const path = `metadata.ownerReferences[${index}]`;
  return {
    group: groupOf(stringAt(owner, "apiVersion", path) ?? ""),
    kind: stringAt(owner, "kind", path) ?? "",
    name: stringAt(owner, "name", path) ?? "",
  };
}
