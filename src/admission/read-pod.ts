import type { Handler } from "../hook/handler.ts";
import type { Subject } from "../policy/subject.ts";
import type { Container, PodSpec } from "../termination/pod.ts";
import { BadRequest } from "./bad-request.ts";
import { integerAt, objectAt, objectsAt, stringAt, stringMapAt, stringsAt, wrongType } from "./fields.ts";
import { type Mapping, mapping } from "./review.ts";
import type { Workload } from "./workloads.ts";

/**
 * Reads the pod or the pod template of an object: of what is there only what decides how the pod ends.
 *
 * Total over everything the API server can send: absent and null members, empty lists, empty names. Returns undefined
 * where there is no object, or no template in it (a ReplicationController may have none).
 *
 * @throws BadRequest that names the field and the wanted type, for what it cannot send.
 */
export function readSubject(object: unknown, workload: Workload): Subject | undefined {
  if (object === undefined || object === null) return undefined;
  const root = mapping(object) ?? wrongType(workload.kind, "an object", object);
  const template = descend(root, workload.template);
  if (template === undefined) return undefined;
  const at = workload.template.join(".");
  const prefix = at === "" ? "" : `${at}.`;
  const parent = at === "" ? workload.kind : at;
  const metadata = objectAt(template, "metadata", parent);
  const spec = objectAt(template, "spec", parent);
  return {
    role: workload.kind === "Pod" ? "pod" : "template",
    spec: readPodSpec(spec ?? {}, `${prefix}spec`),
    labels: stringMapAt(metadata ?? {}, "labels", `${prefix}metadata`),
    annotations: stringMapAt(metadata ?? {}, "annotations", `${prefix}metadata`),
    controller: readController(objectAt(root, "metadata", workload.kind) ?? {}),
    specPath: `${prefix}spec`,
    metadataPath: `${prefix}metadata`,
    hasMetadata: metadata !== undefined,
    hasAnnotations: metadata !== undefined && mapping(metadata["annotations"]) !== undefined,
  };
}

function descend(root: Mapping, members: readonly string[]): Mapping | undefined {
  let here: Mapping | undefined = root;
  let path = "";
  for (const member of members) {
    here = here && objectAt(here, member, path === "" ? "object" : path);
    path = path === "" ? member : `${path}.${member}`;
  }
  return here;
}

function readController(metadata: Mapping): Subject["controller"] {
  const owners = objectsAt(metadata, "ownerReferences", "metadata");
  const index = owners.findIndex(({ controller }) => controller === true);
  const owner = owners[index];
  if (owner === undefined) return undefined;
  const path = `metadata.ownerReferences[${index}]`;
  return { kind: stringAt(owner, "kind", path) ?? "", name: stringAt(owner, "name", path) ?? "" };
}

function readPodSpec(spec: Mapping, path: string): PodSpec {
  return {
    graceSeconds: integerAt(spec, "terminationGracePeriodSeconds", path),
    restartPolicy: restartPolicy(stringAt(spec, "restartPolicy", path)),
    containers: readContainers(spec, "containers", path),
    initContainers: readContainers(spec, "initContainers", path),
  };
}

/** A policy that does not exist is refused by the API server's own validation, after us. */
function restartPolicy(value: string | undefined): PodSpec["restartPolicy"] {
  return value === "Always" || value === "OnFailure" || value === "Never" ? value : undefined;
}

/** As many as the 3 MiB of an API object hold with the fields the API server fills in; no node runs a hundredth of it. */
const MOST_CONTAINERS = 10_000;

function readContainers(spec: Mapping, list: Container["list"], specPath: string): readonly Container[] {
  const containers = objectsAt(spec, list, specPath);
  if (containers.length > MOST_CONTAINERS) {
    throw new BadRequest(
      `${specPath}.${list} must have at most ${MOST_CONTAINERS} items, not ${containers.length}.`,
    );
  }
  return containers.map((container, index) => {
    const path = `${specPath}.${list}[${index}]`;
    const lifecycle = objectAt(container, "lifecycle", path);
    const preStop = lifecycle && objectAt(lifecycle, "preStop", `${path}.lifecycle`);
    return {
      name: stringAt(container, "name", path) ?? "",
      list,
      index,
      sidecar: list === "initContainers" && stringAt(container, "restartPolicy", path) === "Always",
      hasLifecycle: lifecycle !== undefined,
      preStop: preStop && readHandler(preStop, `${path}.lifecycle.preStop`),
      env: readEnv(container, path),
    };
  });
}

/** In the kubelet's order: the first handler that is set is the one that runs. */
function readHandler(handler: Mapping, path: string): Handler {
  const exec = objectAt(handler, "exec", path);
  const httpGet = objectAt(handler, "httpGet", path);
  const sleep = objectAt(handler, "sleep", path);
  const seconds = sleep && (integerAt(sleep, "seconds", `${path}.sleep`) ?? 0);
  if (exec !== undefined) return { kind: "exec", command: stringsAt(exec, "command", `${path}.exec`) };
  if (httpGet !== undefined) return readHttpGet(httpGet, `${path}.httpGet`);
  if (seconds !== undefined) return { kind: "sleep", seconds };
  return objectAt(handler, "tcpSocket", path) === undefined ? { kind: "empty" } : { kind: "tcpSocket" };
}

function readHttpGet(httpGet: Mapping, path: string): Handler {
  const port = httpGet["port"] ?? 0;
  if (typeof port !== "string" && !Number.isInteger(port))
    wrongType(`${path}.port`, "a whole number or a name", port);
  return { kind: "httpGet", path: stringAt(httpGet, "path", path) ?? "/", port: port as number | string };
}

/** A value with `$(` is expanded by the kubelet (third_party/forked/golang/expansion), so its text is not what the hook sees. */
function readEnv(container: Mapping, path: string): ReadonlyMap<string, string> {
  const env = new Map<string, string>();
  objectsAt(container, "env", path).forEach((variable, index) => {
    const at = `${path}.env[${index}]`;
    const name = stringAt(variable, "name", at) ?? "";
    const value = stringAt(variable, "value", at) ?? "";
    const literal = objectAt(variable, "valueFrom", at) === undefined && !value.includes("$");
    if (literal) env.set(name, value);
    else env.delete(name);
  });
  return env;
}
