/**
 * The minor version in a version string such as `1.37`, `v1.37.2` or `1.33.1-gke.5`; undefined for any other string.
 */
export function minorVersion(version: string): number | undefined {
  const minor = /^v?1\.(\d{1,3})(?:\.\d+)?(?:[-+]\S*)?$/.exec(version)?.[1];
  return minor === undefined ? undefined : Number(minor);
}
