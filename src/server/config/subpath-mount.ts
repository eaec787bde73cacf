import { readFile, realpath } from "node:fs/promises";

/**
 * The kubelet keeps the files of a ConfigMap in a directory that is named after the time, and a symlink points to it
 * (atomic_writer.go in kubernetes/pkg/volume/util). For an update it makes a new directory and changes the symlink. A
 * mount of a file in the old directory keeps the old file.
 */
const TIMED_DIRECTORY = /\/\.\.\d{4}_\d\d_\d\d_[^/]+(\/|$)/;

/**
 * True if the file does not change with its ConfigMap, because it is mounted by `subPath`. False if that is unknown.
 */
export async function isHeldByMount(path: string): Promise<boolean> {
  try {
    return isHeld(await readFile("/proc/self/mountinfo", "utf8"), await realpath(path));
  } catch {
    return false;
  }
}

/**
 * Whether a mount keeps this file: the file is a mount point itself, or is in a mount of a directory that the kubelet
 * will replace.
 *
 * @param mountinfo Lines as proc_pid_mountinfo(5) has them: fourth the root of the mount in its file system, fifth where
 * it is mounted, blanks and backslashes as octal numbers.
 * @param path Absolute, without symlinks.
 */
export function isHeld(mountinfo: string, path: string): boolean {
  const mounts = mountinfo
    .split("\n")
    .map((line) => line.split(" ").map(unescaped))
    .map(([, , , root = "", at = ""]) => ({ root, at }))
    .filter(({ at }) => at !== "" && (path === at || path.startsWith(at.endsWith("/") ? at : `${at}/`)));
  // Of several mounts at one place, the last one hides the others.
  const nearest = mounts.reduce((best, one) => (one.at.length >= best.at.length ? one : best), NONE);
  return nearest.at === path || TIMED_DIRECTORY.test(nearest.root);
}

const NONE = { root: "", at: "" };

function unescaped(field: string): string {
  return field.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
