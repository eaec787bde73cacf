import type { PodSpec } from "../../termination/pod.ts";
import type { OwnerKind, TemplatePlace } from "./workload.ts";

/** One pod or one pod template, with its place in the submitted object. */
export interface PodOrTemplate {
  /** The pods of a template do not exist yet: its findings are reported, and its pods are checked when they are created. */
  readonly role: "pod" | "template";
  readonly spec: PodSpec;
  readonly labels: ReadonlyMap<string, string>;
  readonly annotations: ReadonlyMap<string, string>;
  /** The owner that controls the object (`ownerReferences` with `controller: true`), if there is one. */
  readonly controller: (OwnerKind & { readonly name: string }) | undefined;
  /** What controls the pod, or will control the pods of the template; undefined if nothing does or it is not known. */
  readonly podOwner: OwnerKind | undefined;
  /** Whether an apply states the grace period of a pod without a controller: a later apply fails if it has changed. */
  readonly graceApplied: boolean;
  /** Field path of the pod spec in the submitted kind: `spec`, `spec.template.spec`, ... */
  readonly specPath: string;
  /** Field path of the grace period: `spec.terminationGracePeriodSeconds`, or the field that a custom resource uses for it. */
  readonly gracePath: string;
  /** Annotations and labels of ours on the workload itself, where they do nothing; empty for pods. */
  readonly misplaced: readonly { readonly path: string; readonly key: string }[];
  /** Field path of the metadata that pods get: `metadata`, `spec.template.metadata`, ... */
  readonly metadataPath: string;
  /** Whether that metadata and its annotations exist as mappings: a patch must create them otherwise. */
  readonly hasMetadata: boolean;
  readonly hasAnnotations: boolean;
}

/** A pod or pod template, and the place in its object where it was found. */
export interface LocatedPod extends PodOrTemplate {
  readonly place: TemplatePlace;
  /** Path of the template with names instead of list indexes, so that the same template always has the same path. */
  readonly identity: string;
}
