/** A kind with pods or pod templates, and their places in the object. */
export interface Workload {
  readonly group: string;
  readonly kind: string;
  /**
   * Whether this is a custom resource. A built-in kind always has the same shape; a custom resource with another shape
   * just has no pod template.
   */
  readonly custom: boolean;
  readonly templates: readonly TemplatePlace[];
}

/** The place of a pod template, and how its controller changes it. */
export interface TemplatePlace {
  /** Path of the object with `metadata` and `spec` of the pod; empty for a pod itself. */
  readonly path: TemplatePath;
  /** The controller of its future pods; undefined if it is not known. */
  readonly podOwner: OwnerKind | undefined;
  /** Set if the kind has its own field for the grace period. Its pods get that value; 0 there means `unset`. */
  readonly grace?: { readonly field: string; readonly unset: number };
  /**
   * Set if the controller decides the restartPolicy. `beside`: a field next to the template sets it; else it is Never.
   */
  readonly restarts?: "Never" | "Never if unset" | "beside";
  /** The controller, if it gives every container a hook. Then nothing is injected, and no hook is missing. */
  readonly hooksBy?: string;
}

/** Steps down an object: a member name, `[]` for each item of its list, `*` for each value of its mapping. */
export type TemplatePath = readonly string[];

/** `spec.jobs[].template` as steps: spec, jobs, [], template. */
export function stepsOf(path: string): TemplatePath {
  return path.replaceAll("[]", ".[]").split(".");
}

/** A kind of controllers that own pods. A kind alone is not enough: several groups have a StatefulSet. */
export interface OwnerKind {
  /** API group; empty for the core group. */
  readonly group: string;
  readonly kind: string;
}

/** `apps` of `apps/v1`; empty for the core group, whose apiVersion is only `v1`. */
export function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf("/");
  return slash < 0 ? "" : apiVersion.slice(0, slash);
}
