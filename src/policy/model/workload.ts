/** A kind that has pods or pod templates, and where they lie. */
export interface Workload {
  readonly group: string;
  readonly kind: string;
  /**
   * Whether somebody else's schema decides which shapes are stored. Of its own kinds the API server sends one shape
   * only; in a custom resource another one just means that there is no pod template.
   */
  readonly custom: boolean;
  readonly templates: readonly TemplatePlace[];
}

/** Where a pod template lies, and what its controller makes of it. */
export interface TemplatePlace {
  /** Path of what has `metadata` and `spec` of the pod; empty for a pod itself. */
  readonly path: TemplatePath;
  /** Kind of the controller that its pods will have; undefined where nobody knows. */
  readonly podOwner: string | undefined;
  /** Where the kind has a field of its own for the grace, beside the containers; its pods get that, or `unset` for 0. */
  readonly grace?: { readonly field: string; readonly unset: number };
  /** Where the controller decides the restartPolicy of the pods; `beside`: by a field beside the template, else Never. */
  readonly restarts?: "Never" | "Never if unset" | "beside";
  /** Who gives every container of the pods a hook; nothing is injected then, and no hook is missing. */
  readonly hooksBy?: string;
}

/** Steps down an object: a member, `[]` for each item of the list it holds, `*` for each value of the mapping. */
export type TemplatePath = readonly string[];

/** `spec.jobs[].template` as steps: spec, jobs, [], template. */
export function stepsOf(path: string): TemplatePath {
  return path.replaceAll("[]", ".[]").split(".");
}
