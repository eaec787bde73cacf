import { readFile, realpath } from "node:fs/promises";

/**
 * The kubelet stores the files of a ConfigMap in a directory with a timestamp as its name, behind a symlink
 * (atomic_writer.go in kubernetes/pkg/volume/util). An update makes a new directory and changes the symlink. A mount of
 * a single file still shows the file in the old directory.
 */
const TIMED_DIRECTORY = /\/\.\.\d{4}_\d\d_\d\d_[^/]+(\/|$)/;

/**
 * True if the file is mounted by `subPath`, so that updates of its ConfigMap do not reach it. False if the mounts or
 * the path cannot be read.
 */
export async function isHeldByMount(path: string): Promise<boolean> {
  try {
    return isHeld(await readFile("/proc/self/mountinfo", "utf8"), await realpath(path));
  } catch {
    return false;
  }
}

/**
 * Whether updates of a ConfigMap cannot reach this file: the file is itself a mount point, or is in a mount of a
 * directory that the kubelet will replace.
 *
 * @param mountinfo Lines in the format of proc_pid_mountinfo(5). The fourth field is the root of the mount in its file
 * system, and the fifth is the mount point. Blanks and backslashes are octal escapes.
 * @param path Absolute, without symlinks.
 */
export function isHeld(mountinfo: string, path: string): boolean {
  const mounts = mountinfo
    .split("\n")
    .map((line) => line.split(" ").map(unescaped))
    .map(([, , , root = "", at = ""]) => ({ root, at }))
    .filter(({ at }) => at !== "" && (path === at || path.startsWith(at.endsWith("/") ? at : `${at}/`)));
  // If several mounts have the same mount point, the last mount hides the others.
  const nearest = mounts.reduce((best, one) => (one.at.length >= best.at.length ? one : best), NONE);
  return nearest.at === path || TIMED_DIRECTORY.test(nearest.root);
}

const NONE = { root: "", at: "" };

function unescaped(field: string): string {
  return field.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
