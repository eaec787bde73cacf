import fc from "fast-check";
import { CUSTOM_WORKLOADS, WORKLOADS } from "../../src/admission/pods/workloads.ts";
import { SMALLEST_SHARE } from "../../src/hook/rounds.ts";
import type { JsonObject } from "../../src/json.ts";
import type { TemplatePlace, Workload } from "../../src/policy/model/workload.ts";
import { shellHook } from "../reviews.ts";
import { grace } from "./pods.ts";

const POD = WORKLOADS.find(({ kind }) => kind === "Pod") as Workload;

/**
 * Pods, and workloads with one or more templates. The hooks of these objects cost between almost nothing and more than
 * the budget of a request.
 */

const seconds = fc.integer({ min: 1, max: 99 });

/** Numbers of loop iterations. */
const turns = fc.integer({ min: 1, max: 2000 });

/**
 * Numbers of characters in a script. The cheapest of these scripts costs less than SMALLEST_SHARE units, and the most
 * expensive script costs more than FIRST_SHARE units.
 */
const filler = fc.integer({ min: SMALLEST_SHARE, max: 20_000 });

const script = fc.oneof(
  { weight: 4, arbitrary: seconds.map((n) => `sleep ${n}`) },
  { weight: 4, arbitrary: seconds.map((n) => `sleep ${n}; nginx -s quit`) },
  { weight: 2, arbitrary: turns.map((n) => `for i in $(seq ${n}); do sleep 0.01; done; sleep 20`) },
  { weight: 1, arbitrary: filler.map((n) => `sleep 45 # ${"x".repeat(n)}`) },
  { weight: 1, arbitrary: filler.map((n) => `${"true; ".repeat(n / 10)} sleep 45`) },
  { weight: 1, arbitrary: seconds.map((n) => `sleep ${n}; while :; do i=$((i+1)); done`) },
  {
    weight: 1,
    arbitrary: seconds.map((n) => `i=0; until [ $i -gt ${n}000 ]; do i=$((i+1)); done; sleep 45`),
  },
);

const hook = fc.oneof(
  { weight: 8, arbitrary: script.map((text) => shellHook(text)["lifecycle"] as JsonObject) },
  {
    weight: 2,
    arbitrary: fc.constantFrom<JsonObject | undefined>(
      undefined,
      { preStop: { sleep: { seconds: 20 } } },
      { preStop: { httpGet: { path: "/drain", port: 8080 } } },
    ),
  },
  { weight: 1, arbitrary: script.map((text) => ({ postStart: { exec: { command: ["sh", "-c", text] } } })) },
);

/** Main processes whose reading costs from nothing to more than FIRST_SHARE units. */
const command = fc.oneof(
  seconds.map((n) => ["sleep", `${n}`]),
  fc.constantFrom(["tail", "-f", "/dev/null"], ["sh", "-c", "exec /app"]),
  filler.map((n) => ["sh", "-c", `/app | tee log # ${"x".repeat(n)}`]),
);

const container = fc.record(
  {
    lifecycle: hook,
    command,
    ports: fc.constant([{ containerPort: 80 }]),
    livenessProbe: seconds.map((terminationGracePeriodSeconds) => ({ terminationGracePeriodSeconds })),
  },
  { requiredKeys: ["lifecycle"] },
);

const template = fc.record({
  shutdown: fc.constantFrom(undefined, undefined, "20", "20s"),
  declares: fc.constantFrom(undefined, undefined, undefined, "5", "10-60"),
  terminationGracePeriodSeconds: grace,
  containers: fc.array(container, { minLength: 1, maxLength: 4 }),
  sidecars: fc.oneof(
    { weight: 3, arbitrary: fc.constant<readonly object[]>([]) },
    { weight: 1, arbitrary: fc.array(container, { minLength: 1, maxLength: 2 }) },
  ),
});

type Template = typeof template extends fc.Arbitrary<infer Value> ? Value : never;

/** All containers of the object have different names, so a name identifies a container. */
function podTemplate({ shutdown, declares, sidecars, ...spec }: Template, at: number): JsonObject {
  const named = (list: readonly object[], prefix: string): readonly object[] =>
    list.map((one, index) => ({ name: `${prefix}${at}${index}`, ...one }));
  const annotations = {
    "gracekeeper.dev/shutdown-seconds": shutdown,
    "gracekeeper.dev/hook-seconds": declares && `main${at}0=${declares}`,
  };
  const initContainers = named(sidecars, "side").map((one) => ({ ...one, restartPolicy: "Always" }));
  return {
    metadata: { annotations },
    spec: { ...spec, containers: named(spec.containers, "main"), initContainers },
  };
}

type Fields = Record<string, unknown>;

/**
 * Puts a pod template at the field path. If the path contains a list or a mapping, the template becomes a new item with
 * this name.
 */
function put(parent: Fields, [step = "", ...rest]: readonly string[], template: unknown, name: string): void {
  const [each, ...inside] = rest;
  if (each === "[]" || each === "*") {
    const item: Fields = each === "[]" ? { name } : {};
    put(item, inside, template, name);
    if (each === "*") parent[step] = { ...(parent[step] as Fields | undefined), [name]: item };
    else parent[step] = [...((parent[step] as Fields[] | undefined) ?? []), item];
  } else if (rest.length === 0) parent[step] = template;
  else {
    const member = (parent[step] as Fields | undefined) ?? {};
    parent[step] = member;
    put(member, rest, template, name);
  }
}

function hasMany({ path }: TemplatePlace): boolean {
  return path.includes("[]") || path.includes("*");
}

/**
 * Builds the workload from its templates. If there are more templates than paths, the templates go into the list or
 * mapping. If a template is undefined, the object has no field at the path of this template.
 */
function objectOf(
  { group, kind, templates }: Workload,
  list: readonly unknown[],
  metadata: Fields,
): JsonObject {
  const apiVersion = group === "" ? "v1" : `${group}/v1`;
  const object: Fields = { apiVersion, kind, metadata };
  const [first] = templates;
  if (first?.path.length === 0) return clean({ ...object, ...(list[0] as Fields) });
  for (const [at, one] of list.entries()) {
    const place = templates[at] ?? templates.find(hasMany);
    if (place !== undefined && one !== undefined) put(object, place.path, one, `group${at}`);
  }
  return clean(object);
}

/** A copy without undefined members. */
function clean(object: Fields): JsonObject {
  return JSON.parse(JSON.stringify(object));
}

/** A new object. For an update, the old object lacks one of the templates. */
export interface CostlyWorkload {
  readonly object: JsonObject;
  readonly oldObject: JsonObject | undefined;
}

const MOST_TEMPLATES = 5;

function holds({ templates }: Workload): number {
  return templates.some(hasMany) ? MOST_TEMPLATES : templates.length;
}

/**
 * The metadata of the workload. The annotation in the last value works only on pods, so gracekeeper reports it on a
 * workload.
 */
const metadata = fc.constantFrom<Fields>(
  {},
  {},
  {},
  { annotations: { "gracekeeper.dev/ignore": "hook-missing" } },
);

/** A value that is not a pod template. gracekeeper skips such a value and reads the other templates. */
const broken = { spec: "none" };

/**
 * A third of the objects are pods, and a third have a list of templates. The containers of a pod compete for the
 * budget, and so do the templates of a list.
 */
export const costlyWorkload: fc.Arbitrary<CostlyWorkload> = fc
  .oneof(
    fc.constant(POD),
    fc.constantFrom(...CUSTOM_WORKLOADS.filter((one) => holds(one) === MOST_TEMPLATES)),
    fc.constantFrom(...WORKLOADS, ...CUSTOM_WORKLOADS),
  )
  .chain((workload) =>
    fc.record({
      workload: fc.constant(workload),
      metadata,
      list: fc.array(template, { minLength: 1, maxLength: holds(workload) }),
      isBroken: fc.constantFrom(false, false, false, workload.custom),
      added: workload === POD ? fc.constant(undefined) : fc.option(fc.nat(), { nil: undefined, freq: 2 }),
    }),
  )
  .map(({ workload, metadata, list, isBroken, added }) => {
    const templates = list.map(podTemplate);
    const written = isBroken && holds(workload) > templates.length ? [broken, ...templates] : templates;
    const object = objectOf(workload, written, metadata);
    if (added === undefined) return { object, oldObject: undefined };
    const before = written.map((one) => (one === templates[added % templates.length] ? undefined : one));
    return { object, oldObject: objectOf(workload, before, {}) };
  });
