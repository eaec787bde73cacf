/** One step of a field path: the key of a mapping, or the index in a list. */
export type Step = string | number;

/**
 * The steps of a field path in the format of findings, such as `spec.containers[0].lifecycle` or
 * `metadata.annotations["gracekeeper.dev/ignore"]`. An empty path is the object itself.
 */
export function stepsOfPath(path: string): readonly Step[] {
  return [...path.matchAll(/\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]|([^.[\]]+)/g)].map(([, index, quoted, key]) => {
    if (index !== undefined) return Number(index);
    return quoted?.replace(/\\(.)/g, "$1") ?? key ?? "";
  });
}
