import type { Handler } from "../hook/handler.ts";
import { PREFIX } from "../policy/keys.ts";
import { printable } from "../policy/quote.ts";
import type { Subject } from "../policy/subject.ts";
import type { Container, PodSpec } from "../termination/pod.ts";
import { BadRequest } from "./bad-request.ts";
import { integerAt, objectAt, objectsAt, stringAt, stringMapAt, stringsAt, wrongType } from "./fields.ts";
import { type Mapping, mapping } from "./review.ts";
import type { TemplatePath, Workload } from "./workloads.ts";

/**
 * Reads the pod or the pod templates of an object: of what is there only what decides how the pods end.
 *
 * Total over everything the API server can send: absent and null members, empty lists, empty names. Empty where there is
 * no object, or no template in it (a ReplicationController may have none, a Rollout may refer to a Deployment).
 *
 * @throws BadRequest that names the field and the wanted type, for what it cannot send.
 */
export function readSubjects(object: unknown, workload: Workload): readonly Subject[] {
  if (object === undefined || object === null) return [];
  const root = mapping(object) ?? wrongType(workload.kind, "an object", object);
  const templates = workload.templates.flatMap((path) => templatesAt(root, path));
  if (templates.length > MOST_TEMPLATES) {
    throw new BadRequest(
      `${workload.kind} must have at most ${MOST_TEMPLATES} pod templates, not ${templates.length}.`,
    );
  }
  return templates.map((template) => readSubject(root, template, workload));
}

/** Far more roles than a job of any kind has; what is in each is bounded below. */
const MOST_TEMPLATES = 200;

interface Template {
  readonly value: Mapping;
  /** Field path, empty for a pod itself. */
  readonly at: string;
}

function templatesAt(root: Mapping, steps: TemplatePath): readonly Template[] {
  let here: readonly Template[] = [{ value: root, at: "" }];
  for (const [place, step] of steps.entries()) {
    const next = steps[place + 1];
    if (step === "[]" || step === "*") continue;
    here = here.flatMap(({ value, at }) => members(value, step, at, next));
  }
  return here;
}

/** What lies in a member: the mapping itself, each item of a list, or each value of a mapping. */
function members(parent: Mapping, step: string, at: string, next: string | undefined): readonly Template[] {
  const path = at === "" ? step : `${at}.${step}`;
  const within = at === "" ? "object" : at;
  if (next === "[]") {
    return objectsAt(parent, step, within).map((value, index) => ({ value, at: `${path}[${index}]` }));
  }
  const value = objectAt(parent, step, within);
  if (value === undefined) return [];
  if (next !== "*") return [{ value, at: path }];
  return Object.keys(value).flatMap((key) => {
    const one = objectAt(value, key, path);
    return one === undefined ? [] : [{ value: one, at: `${path}.${printable(key, LONGEST_KEY)}` }];
  });
}

/** A role of a job is a word. */
const LONGEST_KEY = 63;

function readSubject(root: Mapping, { value: template, at }: Template, workload: Workload): Subject {
  const prefix = at === "" ? "" : `${at}.`;
  const parent = at === "" ? workload.kind : at;
  const metadata = objectAt(template, "metadata", parent);
  const own = objectAt(root, "metadata", workload.kind) ?? {};
  const spec = readPodSpec(objectAt(template, "spec", parent) ?? {}, `${prefix}spec`, workload);
  return {
    role: workload.kind === "Pod" ? "pod" : "template",
    spec,
    labels: stringMapAt(metadata ?? {}, "labels", `${prefix}metadata`),
    annotations: stringMapAt(metadata ?? {}, "annotations", `${prefix}metadata`),
    controller: readController(own),
    misplaced: at === "" ? [] : misplaced(own),
    specPath: `${prefix}spec`,
    gracePath: `${prefix}spec.${workload.grace?.field ?? GRACE}`,
    metadataPath: `${prefix}metadata`,
    hasMetadata: metadata !== undefined,
    hasAnnotations: metadata !== undefined && mapping(metadata["annotations"]) !== undefined,
  };
}

const GRACE = "terminationGracePeriodSeconds";

/** Keys that only pods are asked for, on the workload instead of its template. */
function misplaced(metadata: Mapping): Subject["misplaced"] {
  return (["annotations", "labels"] as const).flatMap((where) =>
    [...stringMapAt(metadata, where, "metadata").keys()]
      .filter((key) => key.startsWith(PREFIX))
      .map((key) => ({ path: `metadata.${where}`, key })),
  );
}

function readController(metadata: Mapping): Subject["controller"] {
  const owners = objectsAt(metadata, "ownerReferences", "metadata");
  const index = owners.findIndex(({ controller }) => controller === true);
  const owner = owners[index];
  if (owner === undefined) return undefined;
  const path = `metadata.ownerReferences[${index}]`;
  return { kind: stringAt(owner, "kind", path) ?? "", name: stringAt(owner, "name", path) ?? "" };
}

function readPodSpec(spec: Mapping, path: string, { grace }: Workload): PodSpec {
  return {
    graceSeconds: integerAt(spec, grace?.field ?? GRACE, path) ?? grace?.unset,
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
    const handlerOf = (hook: "preStop" | "postStart"): Handler | undefined => {
      const handler = lifecycle && objectAt(lifecycle, hook, `${path}.lifecycle`);
      return handler && readHandler(handler, `${path}.lifecycle.${hook}`);
    };
    return {
      name: stringAt(container, "name", path) ?? "",
      list,
      index,
      sidecar: list === "initContainers" && stringAt(container, "restartPolicy", path) === "Always",
      hasLifecycle: lifecycle !== undefined,
      preStop: handlerOf("preStop"),
      postStart: handlerOf("postStart"),
      livenessGraceSeconds: probeGrace(container, "livenessProbe", path),
      startupGraceSeconds: probeGrace(container, "startupProbe", path),
      hasPorts: objectsAt(container, "ports", path).length > 0,
      hasReadinessProbe: objectAt(container, "readinessProbe", path) !== undefined,
      image: stringAt(container, "image", path) ?? "",
      env: readEnv(container, path),
    };
  });
}

function probeGrace(container: Mapping, probe: string, path: string): number | undefined {
  const found = objectAt(container, probe, path);
  return found && integerAt(found, GRACE, `${path}.${probe}`);
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
