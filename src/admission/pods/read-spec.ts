import type { Handler } from "../../hook/handler.ts";
import { asObject, type JsonObject } from "../../json.ts";
import { SYSTEM_CRITICAL_PRIORITY } from "../../termination/node-shutdown.ts";
import type { Container, PodSpec } from "../../termination/pod.ts";
import { BadRequest } from "../bad-request.ts";
import {
  booleanAt,
  integerAt,
  objectAt,
  objectsAt,
  stringAt,
  stringMapAt,
  stringsAt,
  wrongType,
} from "./fields.ts";

/** The field with the grace period of a pod or a probe. */
export const GRACE = "terminationGracePeriodSeconds";

/**
 * Reads a pod spec: only the fields that decide how the pod ends.
 *
 * @throws BadRequest that names the field and its expected type, if the API server cannot send this value.
 */
export function readPodSpec(spec: JsonObject, path: string): PodSpec {
  return {
    graceSeconds: integerAt(spec, GRACE, path),
    restartPolicy: restartPolicy(stringAt(spec, "restartPolicy", path)),
    priority: integerAt(spec, "priority", path) ?? systemPriority(stringAt(spec, "priorityClassName", path)),
    containers: readContainers(spec, "containers", path),
    initContainers: readContainers(spec, "initContainers", path),
    sharesProcesses: booleanAt(spec, "shareProcessNamespace", path) || booleanAt(spec, "hostPID", path),
    isForWindows: isForWindows(spec, path),
  };
}

/**
 * Sources: pkg/apis/core/types.go `OSName`, and pkg/kubelet/kubelet_node_status.go (1.36) for the label that every
 * kubelet sets.
 */
function isForWindows(spec: JsonObject, path: string): boolean {
  const os = objectAt(spec, "os", path);
  const selected = stringMapAt(spec, "nodeSelector", path).get("kubernetes.io/os");
  return selected === "windows" || (os !== undefined && stringAt(os, "name", `${path}.os`) === "windows");
}

/** Returns undefined for an unknown policy, which API server validation refuses. */
export function restartPolicy(value: unknown): PodSpec["restartPolicy"] {
  return value === "Always" || value === "OnFailure" || value === "Never" ? value : undefined;
}

/**
 * Returns a priority only for the system classes. The API server writes the priority of every other class into the
 * pods.
 */
function systemPriority(className: string | undefined): number | undefined {
  return className !== undefined && SYSTEM_CLASSES.has(className) ? SYSTEM_CRITICAL_PRIORITY : undefined;
}

/** Source: pkg/apis/scheduling/types.go `SystemClusterCritical`, `SystemNodeCritical`. */
const SYSTEM_CLASSES = new Set(["system-cluster-critical", "system-node-critical"]);

/**
 * The maximum number of containers. An API object of 3 MiB has fewer containers, because each takes at least 24 bytes
 * for name and image. With a smaller bound, the check of a valid pod could end in an error, and an error may let the
 * pod in.
 */
const MOST_CONTAINERS = 150_000;

function readContainers(spec: JsonObject, list: Container["list"], specPath: string): readonly Container[] {
  const containers = objectsAt(spec, list, specPath);
  if (containers.length > MOST_CONTAINERS) {
    throw new BadRequest(
      `${specPath}.${list} must have at most ${MOST_CONTAINERS} items, not ${containers.length}.`,
    );
  }
  return containers.map((container, index) => {
    const path = `${specPath}.${list}[${index}]`;
    const lifecycle = objectAt(container, "lifecycle", path);
    const readinessProbe = objectAt(container, "readinessProbe", path);
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
      hasLivenessProbe: objectAt(container, "livenessProbe", path) !== undefined,
      livenessGraceSeconds: probeGrace(container, "livenessProbe", path),
      startupGraceSeconds: probeGrace(container, "startupProbe", path),
      hasPorts: objectsAt(container, "ports", path).length > 0,
      hasReadinessProbe: readinessProbe !== undefined,
      hasNetworkProbe: readinessProbe !== undefined && isNetworkProbe(readinessProbe),
      image: stringAt(container, "image", path) ?? "",
      env: readEnv(container, path),
      command: stringsAt(container, "command", path),
      args: stringsAt(container, "args", path),
      stopSignal: lifecycle && stringAt(lifecycle, "stopSignal", `${path}.lifecycle`),
      stdin: booleanAt(container, "stdin", path),
      tty: booleanAt(container, "tty", path),
    };
  });
}

function isNetworkProbe(probe: JsonObject): boolean {
  return ["httpGet", "tcpSocket", "grpc"].some((handler) => asObject(probe[handler]) !== undefined);
}

function probeGrace(container: JsonObject, probe: string, path: string): number | undefined {
  const found = objectAt(container, probe, path);
  return found && integerAt(found, GRACE, `${path}.${probe}`);
}

/** Tests the handlers in the order of the kubelet, which runs the first handler that is set. */
function readHandler(handler: JsonObject, path: string): Handler {
  const exec = objectAt(handler, "exec", path);
  const httpGet = objectAt(handler, "httpGet", path);
  const sleep = objectAt(handler, "sleep", path);
  const seconds = sleep && (integerAt(sleep, "seconds", `${path}.sleep`) ?? 0);
  if (exec !== undefined) return { kind: "exec", command: stringsAt(exec, "command", `${path}.exec`) };
  if (httpGet !== undefined) return readHttpGet(httpGet, `${path}.httpGet`);
  if (seconds !== undefined) return { kind: "sleep", seconds };
  return objectAt(handler, "tcpSocket", path) === undefined ? { kind: "empty" } : { kind: "tcpSocket" };
}

function readHttpGet(httpGet: JsonObject, path: string): Handler {
  const port = httpGet["port"] ?? 0;
  if (typeof port !== "string" && !Number.isInteger(port))
    wrongType(`${path}.port`, "a whole number or a name", port);
  return { kind: "httpGet", path: stringAt(httpGet, "path", path) ?? "/", port: port as number | string };
}

/**
 * A value with `$` is treated as unknown, because the kubelet expands `$(NAME)` in it
 * (third_party/forked/golang/expansion).
 */
function readEnv(container: JsonObject, path: string): Container["env"] {
  const env = new Map<string, string | undefined>();
  objectsAt(container, "env", path).forEach((variable, index) => {
    const name = variable["name"] ?? "";
    const value = variable["value"] ?? "";
    const from = variable["valueFrom"] ?? undefined;
    // The path of a variable is built only for an error, because a pod may have thousands of variables.
    if (typeof name !== "string") wrongType(`${path}.env[${index}].name`, "a string", name);
    if (typeof value !== "string") wrongType(`${path}.env[${index}].value`, "a string", value);
    if (from !== undefined) objectAt(variable, "valueFrom", `${path}.env[${index}]`);
    env.set(name, from === undefined && !value.includes("$") ? value : undefined);
  });
  return env;
}
