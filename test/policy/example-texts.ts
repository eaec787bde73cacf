import type { JsonObject } from "../../src/json.ts";
import { injection } from "../../src/policy/injection/decide.ts";
import { additionWarning, denial, warnings } from "../../src/policy/messages/messages.ts";
import type { Action } from "../../src/policy/model/action.ts";
import type { Context } from "../../src/policy/model/context.ts";
import { KNOWN_PROXIES } from "../../src/policy/proxies/known.ts";
import { resolveSettings } from "../../src/policy/settings/resolve.ts";
import { CONTEXT, evaluate, judgedOf, subjectOf } from "../reviews.ts";
import type { FindingExample } from "./finding-examples.ts";

/** The texts for an example: a denial, a warning and the audit annotation. */
export interface ExampleTexts {
  readonly action: Action;
  readonly deny: string | undefined;
  readonly warn: string;
}

/** The texts of the example's finding; undefined if the example does not have it. */
export function textsOf({
  id,
  manifest,
  namespace,
  configuration,
}: FindingExample): ExampleTexts | undefined {
  const context = { ...CONTEXT, configuration: { ...CONTEXT.configuration, ...configuration }, namespace };
  if (id === "sleep-added") return added(manifest, context);
  const { apiVersion, kind } = manifest;
  const group = `${apiVersion}`.includes("/") ? `${apiVersion}`.replace(/\/.*/, "") : "";
  const pod = judgedOf(manifest, context, group, `${kind}`);
  const findings = evaluate(pod, context.configuration, "manifest").findings.filter((one) => one.id === id);
  const [first] = findings;
  if (first === undefined) return undefined;
  return { action: first.action, deny: denial(findings), warn: warnings(findings, pod).join(" ") };
}

/** The warning of /mutate, which never denies. */
function added(manifest: JsonObject, { configuration, namespace }: Context): ExampleTexts | undefined {
  const subject = subjectOf(manifest);
  const settings = resolveSettings(subject, namespace, configuration);
  const result = injection({ subject, settings, configuration, namespace: undefined, madeByNode: false });
  return result.kind === "added"
    ? { action: "Warn", deny: undefined, warn: additionWarning(result) }
    : undefined;
}

/**
 * A variation of an example: the pod spec is in an object of this kind, and each container is renamed and copied. Known
 * proxies keep their names.
 */
export interface Shape {
  readonly kind: "Pod" | "CronJob" | "JobSet";
  readonly nameLength: number;
  readonly copies: number;
}

/** Applies a variation to an example. */
export function reshaped(example: FindingExample, { kind, nameLength, copies }: Shape): FindingExample {
  const { metadata, spec } = template(example.manifest);
  const names = new Map<string, readonly string[]>();
  const list = (containers: unknown): readonly JsonObject[] =>
    ((containers ?? []) as readonly JsonObject[]).flatMap((container) => {
      if (KNOWN_PROXIES.has(`${container["name"]}`)) return [container];
      const all = Array.from({ length: copies }, (_, copy) =>
        `${copy}${container["name"]}`.padEnd(nameLength, "x").slice(0, nameLength),
      );
      names.set(`${container["name"]}`, all);
      return all.map((name) => ({ ...container, name }));
    });
  const containers = list(spec["containers"]);
  const initContainers = list(spec["initContainers"]);
  const annotations = JSON.stringify(metadata["annotations"] ?? {}).replace(
    /\b(\w+)=([\w-]+)/g,
    (whole, name, span) => (names.get(name) ?? []).map((one) => `${one}=${span}`).join(",") || whole,
  );
  const pod = {
    metadata: { annotations: JSON.parse(annotations) },
    spec: { ...spec, containers, initContainers },
  };
  return { ...example, manifest: wrapped(pod, kind) };
}

/** The part of the manifest with the metadata and spec of the pod: the object itself or its template. */
function template(manifest: JsonObject): { metadata: JsonObject; spec: JsonObject } {
  const inside = (manifest["spec"] ?? {}) as { template?: JsonObject; jobTemplate?: JsonObject };
  if (inside.jobTemplate !== undefined) return template(inside.jobTemplate);
  if (inside.template !== undefined) return template(inside.template);
  return { metadata: (manifest["metadata"] ?? {}) as JsonObject, spec: manifest["spec"] as JsonObject };
}

function wrapped(pod: JsonObject, kind: Shape["kind"]): JsonObject {
  switch (kind) {
    case "Pod":
      return { apiVersion: "v1", kind, ...pod };
    case "CronJob":
      return {
        apiVersion: "batch/v1",
        kind,
        metadata: {},
        spec: { jobTemplate: { spec: { template: pod } } },
      };
    case "JobSet": {
      const job = { template: { spec: { template: pod } } };
      return { apiVersion: "jobset.x-k8s.io/v1alpha2", kind, metadata: {}, spec: { replicatedJobs: [job] } };
    }
  }
}
