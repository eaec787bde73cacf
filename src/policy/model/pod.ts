import type { PodSpec } from "../../termination/pod.ts";
import type { OwnerKind, TemplatePlace } from "./workload.ts";

/** One pod or pod template, with its field paths in the submitted Kubernetes object. */
export interface PodOrTemplate {
  /** Findings in a template usually only warn, because its pods are checked when they are created. */
  readonly role: "pod" | "template";
  readonly spec: PodSpec;
  readonly labels: ReadonlyMap<string, string>;
  readonly annotations: ReadonlyMap<string, string>;
  /** The owner that controls the object (`ownerReferences` with `controller: true`), if there is one. */
  readonly controller: (OwnerKind & { readonly name: string }) | undefined;
  /**
   * The controller of the pod, or of the future pods of a template; undefined if there is none, or if it is not known.
   */
  readonly podOwner: OwnerKind | undefined;
  /**
   * Whether `kubectl apply` sets the grace period of a pod without a controller. A later `kubectl apply` fails if the
   * grace period has changed.
   */
  readonly graceApplied: boolean;
  /** Field path of the pod spec in the submitted kind: `spec`, `spec.template.spec`, ... */
  readonly specPath: string;
  /**
   * Field path of the grace period: `spec.terminationGracePeriodSeconds`, or the field that a custom resource has for
   * it.
   */
  readonly gracePath: string;
  /** The gracekeeper keys on the workload itself, where they have no effect; empty for pods. */
  readonly misplaced: readonly { readonly path: string; readonly key: string }[];
  /** Field path of the metadata that pods get: `metadata`, `spec.template.metadata`, ... */
  readonly metadataPath: string;
  /**
   * False if the pods have no `metadata` or no `metadata.annotations`, so that a patch must create the missing mapping.
   */
  readonly hasMetadata: boolean;
  readonly hasAnnotations: boolean;
}

/** A pod or pod template, with its field path in the Kubernetes object. */
export interface LocatedPod extends PodOrTemplate {
  readonly place: TemplatePlace;
  /** Path of the template with names instead of list indexes, so that the same template always has the same path. */
  readonly identity: string;
}
