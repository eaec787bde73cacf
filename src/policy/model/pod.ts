import type { PodSpec } from "../../termination/pod.ts";
import type { TemplatePlace } from "./workload.ts";

/** One pod, or one pod template, and where it lies in the object that was sent. */
export interface PodOrTemplate {
  /** A template's pods do not exist yet: what is wrong with it is said, and its pods are judged when they come. */
  readonly role: "pod" | "template";
  readonly spec: PodSpec;
  readonly labels: ReadonlyMap<string, string>;
  readonly annotations: ReadonlyMap<string, string>;
  /** Kind of the owner that controls the object (`ownerReferences` with `controller: true`), if there is one. */
  readonly controller: { readonly kind: string; readonly name: string } | undefined;
  /** Field path of the pod spec in the kind that was sent: `spec`, `spec.template.spec`, ... */
  readonly specPath: string;
  /** Field path of the grace: `spec.terminationGracePeriodSeconds`, or what a custom resource makes it from. */
  readonly gracePath: string;
  /** Annotations and labels of ours on the workload itself, where nobody reads them; pods have none. */
  readonly misplaced: readonly { readonly path: string; readonly key: string }[];
  /** Field path of the metadata that pods get: `metadata`, `spec.template.metadata`, ... */
  readonly metadataPath: string;
  /** Whether that metadata, and its annotations, are there as mappings: a patch must make what is not. */
  readonly hasMetadata: boolean;
  readonly hasAnnotations: boolean;
}

/** A pod or pod template, and the place in its object where it was found. */
export interface LocatedPod extends PodOrTemplate {
  readonly place: TemplatePlace;
  /** Path of the template in which items of lists go by their names: the same template has the same one. */
  readonly identity: string;
}
