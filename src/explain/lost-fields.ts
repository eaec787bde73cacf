import { findTemplates, joined } from "../admission/pods/find-templates.ts";
import { GRACE } from "../admission/pods/read-spec.ts";
import { asObject, type JsonObject } from "../json.ts";
import { keyPath } from "../policy/messages/quote.ts";
import type { Workload } from "../policy/model/workload.ts";
import { meantWord } from "../policy/settings/read-value.ts";

/** A field that Kubernetes does not have at this path, because the field is misspelt or belongs elsewhere. */
export interface LostField {
  readonly path: string;
  readonly rightPath: string;
}

/**
 * The maximum number of misspelt or misplaced fields that are reported for one YAML document: a person does not make
 * more typing errors than that.
 */
const MOST_FIELDS = 20;

const HANDLERS = ["exec", "httpGet", "sleep", "tcpSocket"];
const HOOKS = ["preStop", "postStart"];

/** Common misspellings of field names, in lower case, each with the right name. */
const ALIASES: Readonly<Record<string, string>> = {
  terminationgraceperiod: GRACE,
  graceperiodseconds: GRACE,
  graceperiod: GRACE,
  prestophook: "preStop",
};

/**
 * A kind of JSON object in a manifest, such as a container. Only fields that decide how a pod stops are listed. `own`
 * are the valid fields of the object. `names` also has the fields that people put into the object by mistake.
 */
interface Level {
  readonly own: ReadonlySet<string>;
  /** The names of the fields, each also in lower case. */
  readonly names: readonly { readonly name: string; readonly word: string }[];
  /** A shorter name in a manifest is not a misspelling of any of these fields. */
  readonly shortest: number;
}

const ABOVE = level([], [GRACE, "containers", "initContainers", "lifecycle", ...HOOKS]);
const POD_SPEC = level([GRACE, "containers", "initContainers"], ["lifecycle", ...HOOKS]);
const CONTAINER = level(["lifecycle"], [GRACE, ...HOOKS]);
const LIFECYCLE = level(HOOKS, [GRACE, ...HANDLERS]);
const HANDLER = level(HANDLERS, [GRACE, "command", "seconds"]);
const EXEC = level(["command"], [GRACE]);
const SLEEP = level(["seconds"], [GRACE]);
const PROBE = level([GRACE], []);

function level(own: readonly string[], lost: readonly string[]): Level {
  const names = [...own, ...lost].map((name) => ({ name, word: name.toLowerCase() }));
  const others = Object.entries(ALIASES).filter(([, name]) => own.includes(name) || lost.includes(name));
  const lengths = [...names.map(({ word }) => word.length - 1), ...others.map(([alias]) => alias.length)];
  return { own: new Set(own), names, shortest: Math.min(...lengths) };
}

/**
 * Computes the field path of a JSON object in the manifest. Nearly all objects have no misspelt field, so their path is
 * never computed.
 */
type Where = () => Place;

interface Place {
  readonly path: string;
  /**
   * Paths of the pod spec, of its grace period and of the container. If several containers are possible, the path of
   * the container is `spec.containers[N]`.
   */
  readonly specPath: string;
  readonly gracePath: string;
  readonly container: string;
}

/**
 * Finds misspelt and misplaced fields that should decide how the pods end. In a custom resource only the pod specs are
 * searched, because its other fields may have any name.
 */
export function lostFields(root: JsonObject, workload: Workload): readonly LostField[] {
  const found: LostField[] = [];
  if (!workload.custom) lookAbove(root, workload, found);
  for (const { value, at, place } of findTemplates(root, workload)) {
    const specPath = at === "" ? "spec" : `${at}.spec`;
    lookInSpec(asObject(value["spec"]) ?? {}, { specPath, grace: place.grace?.field }, found);
  }
  return found.slice(0, MOST_FIELDS);
}

function placeAt(specPath: string, grace = GRACE, containers: readonly unknown[] = []): Place {
  return {
    path: specPath,
    specPath,
    gracePath: `${specPath}.${grace}`,
    container: `${specPath}.containers[${containers.length === 1 ? 0 : "N"}]`,
  };
}

/** Searches the objects from the root of the manifest down to its pod template. */
function lookAbove(root: JsonObject, { templates }: Workload, found: LostField[]): void {
  const steps = templates[0]?.path ?? [];
  const at = (...path: readonly string[]): Place => ({
    ...placeAt([...steps, "spec"].join(".")),
    path: path.join("."),
  });
  let here: JsonObject | undefined = root;
  for (const [index, step] of [...steps, undefined].entries()) {
    if (here === undefined) return;
    look(here, ABOVE, () => at(...steps.slice(0, index)), found);
    look(here["metadata"], ABOVE, () => at(...steps.slice(0, index), "metadata"), found);
    here = step === undefined ? undefined : asObject(here[step]);
  }
}

interface SpecPlace {
  readonly specPath: string;
  /** The field that a custom resource has for the grace period; undefined if the grace period is in the pod spec. */
  readonly grace: string | undefined;
}

function lookInSpec(spec: JsonObject, { specPath, grace }: SpecPlace, found: LostField[]): void {
  const main = spec["containers"];
  const inSpec: Where = () => placeAt(specPath, grace, Array.isArray(main) ? main : []);
  look(spec, POD_SPEC, inSpec, found);
  for (const list of ["containers", "initContainers"]) {
    const containers = spec[list];
    if (!Array.isArray(containers)) continue;
    for (const [index, container] of containers.entries()) {
      const inContainer: Where = () => {
        const path = `${specPath}.${list}[${index}]`;
        return { ...inSpec(), path, container: path };
      };
      lookInContainer(asObject(container) ?? {}, inContainer, found);
    }
  }
}

function lookInContainer(container: JsonObject, where: Where, found: LostField[]): void {
  const at =
    (...steps: readonly string[]): Where =>
    () => {
      const place = where();
      return { ...place, path: [place.path, ...steps].join(".") };
    };
  look(container, CONTAINER, where, found);
  for (const probe of ["livenessProbe", "startupProbe"])
    if (probe in container) look(container[probe], PROBE, at(probe), found);
  const lifecycle = asObject(container["lifecycle"]);
  if (lifecycle === undefined) return;
  look(lifecycle, LIFECYCLE, at("lifecycle"), found);
  for (const hook of HOOKS) {
    const handler = asObject(lifecycle[hook]);
    if (handler === undefined) continue;
    look(handler, HANDLER, at("lifecycle", hook), found);
    look(handler["exec"], EXEC, at("lifecycle", hook, "exec"), found);
    look(handler["sleep"], SLEEP, at("lifecycle", hook, "sleep"), found);
  }
}

function look(value: unknown, { own, names, shortest }: Level, where: Where, found: LostField[]): void {
  const object = asObject(value);
  if (object === undefined) return;
  for (const key of Object.keys(object)) {
    const name = key.length < shortest || own.has(key) ? undefined : meant(key, names);
    if (name === undefined) continue;
    const place = where();
    const path = /^[\w-]{1,63}$/.test(key) ? joined(place.path, key) : keyPath(place.path, key);
    const rightPath = own.has(name) ? joined(place.path, name) : home(name, place);
    found.push({ path, rightPath });
  }
}

/** The right path of a field that is in the wrong object. */
function home(name: string, { path, specPath, gracePath, container }: Place): string {
  if (name === GRACE) return gracePath;
  if (name === "lifecycle") return `${container}.lifecycle`;
  if (HOOKS.includes(name)) return `${container}.lifecycle.${name}`;
  if (HANDLERS.includes(name)) return `${path}.preStop.${name}`;
  if (name === "command") return `${path}.exec.command`;
  if (name === "seconds") return `${path}.sleep.seconds`;
  return `${specPath}.${name}`;
}

/**
 * In a field name of this length or longer, one letter may be wrong. A short name with a wrong letter may be a
 * different word.
 */
const SHORTEST_NEAR = 7;

/**
 * The field that a misspelt field name probably means. Case, `-` and `_` are ignored, and one letter of a long name may
 * be wrong.
 */
function meant(key: string, names: Level["names"]): string | undefined {
  const typed = key.toLowerCase().replace(/[-_]/g, "");
  const alias = Object.hasOwn(ALIASES, typed) ? ALIASES[typed] : undefined;
  return names.find(
    ({ name, word }) =>
      name === alias ||
      typed === word ||
      (name.length >= SHORTEST_NEAR && meantWord(typed, [word]) !== undefined),
  )?.name;
}
