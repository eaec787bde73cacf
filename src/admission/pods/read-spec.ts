import type { Handler } from "../../hook/handler.ts";
import type { JsonObject } from "../../json.ts";
import type { Container, PodSpec } from "../../termination/pod.ts";
import { BadRequest } from "../bad-request.ts";
import { integerAt, objectAt, objectsAt, stringAt, stringsAt, wrongType } from "./fields.ts";

/** Field of the grace of a pod, and of a probe. */
export const GRACE = "terminationGracePeriodSeconds";

/**
 * Reads a pod spec: of what is there only what decides how the pod ends.
 *
 * @throws BadRequest that names the field and the wanted type, for what the API server cannot send.
 */
export function readPodSpec(spec: JsonObject, path: string): PodSpec {
  return {
    graceSeconds: integerAt(spec, GRACE, path),
    restartPolicy: restartPolicy(stringAt(spec, "restartPolicy", path)),
    containers: readContainers(spec, "containers", path),
    initContainers: readContainers(spec, "initContainers", path),
  };
}

/** A policy that does not exist is refused by the API server's own validation, after us. */
export function restartPolicy(value: unknown): PodSpec["restartPolicy"] {
  return value === "Always" || value === "OnFailure" || value === "Never" ? value : undefined;
}

/**
 * More than the 3 MiB of an API object hold: 24 bytes each, for a name and an image. No node runs a hundredth of it, but
 * what the API server sends is judged: a refusal would let it in.
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

function probeGrace(container: JsonObject, probe: string, path: string): number | undefined {
  const found = objectAt(container, probe, path);
  return found && integerAt(found, GRACE, `${path}.${probe}`);
}

/** In the kubelet's order: the first handler that is set is the one that runs. */
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

/** A value with `$(` is expanded by the kubelet (third_party/forked/golang/expansion), so its text is not what the hook sees. */
function readEnv(container: JsonObject, path: string): ReadonlyMap<string, string> {
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
