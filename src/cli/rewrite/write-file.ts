import { randomUUID } from "node:crypto";
import { chown, open, readFile, realpath, rename, rm, stat } from "node:fs/promises";
import { dirname, join, sep } from "node:path";
import { encodeLike } from "../encoding.ts";
import { type Input, InputFault } from "../input.ts";

const ANY_WRITE = 0o222;
const MODE_BITS = 0o7777;

/**
 * Replaces the text of a file in one step: at any moment the file has the old text or the new one. The file keeps its
 * mode and, if the system allows it, its owner. A symlink stays, and its target is replaced. A symlink in a folder
 * argument must not point outside that folder.
 *
 * @param before the text that was read. If the file has another text now, the file is not written.
 * @throws InputFault if the file cannot be written; the file then keeps its old text.
 */
export async function writeText(
  { name: path, folder }: Pick<Input, "name" | "folder">,
  before: string,
  after: string,
): Promise<void> {
  try {
    const target = await realpath(path);
    if (folder !== undefined && !isBelow(target, await realpath(folder)))
      throw new InputFault(
        path,
        `this link points out of ${folder}, so its target ${target} was not changed. To change the target, give the path of the link as an argument.`,
      );
    const found = await stat(target);
    const { mode, uid, gid } = found;
    if (!found.isFile())
      throw new InputFault(path, "only regular files can be written. Give - to read standard input.");
    if ((mode & ANY_WRITE) === 0)
      throw new InputFault(
        path,
        "this file is read-only and was not changed. Make the file writable: chmod u+w",
      );
    const now = await readFile(target);
    if (!now.equals(encodeLike(now, before)))
      throw new InputFault(
        path,
        "this file has changed since gracekeeper read it, so gracekeeper did not write it. Run the command again.",
      );
    await replace(target, encodeLike(now, after), { mode: mode & MODE_BITS, uid, gid });
  } catch (error) {
    if (error instanceof InputFault) throw error;
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new InputFault(
      path,
      `this file cannot be written (${code}) and was not changed. Check its permissions.`,
    );
  }
}

function isBelow(target: string, folder: string): boolean {
  return target.startsWith(folder.endsWith(sep) ? folder : `${folder}${sep}`);
}

interface Attributes {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/** Writes a new file in the same folder, and renames it when it is complete. */
async function replace(target: string, bytes: Buffer, { mode, uid, gid }: Attributes): Promise<void> {
  const beside = join(dirname(target), `.gracekeeper-${randomUUID()}`);
  try {
    const file = await open(beside, "wx", mode);
    try {
      await file.writeFile(bytes);
      await file.sync();
      await file.chmod(mode);
    } finally {
      await file.close();
    }
    // Only root may change the owner of a file.
    await chown(beside, uid, gid).catch(() => {});
    await rename(beside, target);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
}
