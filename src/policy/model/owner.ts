/** A kind of controllers that own pods. A kind alone is not enough: several groups have a StatefulSet. */
export interface OwnerKind {
  /** API group; empty for the core group. */
  readonly group: string;
  readonly kind: string;
}

/** `apps` of `apps/v1`; empty for the core group, whose apiVersion is only `v1`. */
export function groupOf(apiVersion: string): string {
  const [group = "", version] = apiVersion.split("/");
  return version === undefined ? "" : group;
}
