/** A Kubernetes kind with pods or pod templates, and their field paths in an object of the kind. */
export interface Workload {
  readonly group: string;
  readonly kind: string;
  /**
   * Whether this is a custom resource. A custom resource may have other fields than expected, and then has no pod
   * template.
   */
  readonly custom: boolean;
  readonly templates: readonly TemplatePlace[];
}

/** The field path of a pod template, and the changes that its controller makes to the pods. */
export interface TemplatePlace {
  /** Path of the pod template, which has `metadata` and `spec` of the pods; empty for a pod itself. */
  readonly path: TemplatePath;
  /** The controller of the future pods; undefined if it is not known. */
  readonly podOwner: OwnerKind | undefined;
  /**
   * Set if the kind has its own field for the grace period. The pods get the value of the field, or `unset` if the
   * value is 0 or missing.
   */
  readonly grace?: { readonly field: string; readonly unset: number };
  /**
   * Set if the controller decides the restartPolicy. With `beside`, a field beside the pod template sets the
   * restartPolicy, and the default of this field is Never.
   */
  readonly restarts?: "Never" | "Never if unset" | "beside";
  /**
   * The name of the controller, if it gives every container a hook. For the pods of such a controller, nothing is
   * injected, and no hook is reported as missing.
   */
  readonly hooksBy?: string;
}

/** The steps of a field path: the name of a field, `[]` for each item of a list, or `*` for each value of a mapping. */
export type TemplatePath = readonly string[];

/** Splits a path into steps: `spec.jobs[].template` becomes spec, jobs, [], template. */
export function stepsOf(path: string): TemplatePath {
  return path.replaceAll("[]", ".[]").split(".");
}

/**
 * The group and kind of a controller that owns pods. The kind alone is not enough, because several groups have a
 * StatefulSet.
 */
export interface OwnerKind {
  /** API group; empty for the core group. */
  readonly group: string;
  readonly kind: string;
}

/** The group of an apiVersion: `apps` of `apps/v1`, and empty for the core group, whose apiVersion is only `v1`. */
export function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf("/");
  return slash < 0 ? "" : apiVersion.slice(0, slash);
}
