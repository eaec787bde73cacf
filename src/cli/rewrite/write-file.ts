import { randomUUID } from "node:crypto";
import { chown, open, readFile, realpath, rename, rm, stat } from "node:fs/promises";
import { dirname, join, sep } from "node:path";
import { type Input, InputFault } from "../input.ts";

const ANY_WRITE = 0o222;
const MODE_BITS = 0o7777;

/**
 * Replaces the text of a file as a whole: at any moment the file has the old text or the new one. Its mode stays, and its
 * owner where the system allows that; a link stays a link, and what it leads to is replaced. A link that was found in a folder
 * must not lead out of it.
 *
 * @param before the text that was read: a file that has changed since is left as it is.
 * @throws InputFault where it cannot be written. The old text is then still there.
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
        `it is a link out of ${folder}, to ${target}, which was left as it is. Give this path itself to change it.`,
      );
    const found = await stat(target);
    const { mode, uid, gid } = found;
    if (!found.isFile())
      throw new InputFault(path, "only files can be written. Give - to read standard input.");
    if ((mode & ANY_WRITE) === 0)
      throw new InputFault(path, "it is read-only, and was left as it is. Make it writable: chmod u+w");
    const now = await readFile(target);
    if (!now.equals(Buffer.from(before)))
      throw new InputFault(
        path,
        "it has changed since it was read, and was left as it is. Run the command again.",
      );
    await replace(target, after, { mode: mode & MODE_BITS, uid, gid });
  } catch (error) {
    if (error instanceof InputFault) throw error;
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new InputFault(
      path,
      `it cannot be written (${code}), and was left as it is. Check its permissions.`,
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

/** A file beside it that is complete takes its place in one step. */
async function replace(target: string, text: string, { mode, uid, gid }: Attributes): Promise<void> {
  const beside = join(dirname(target), `.gracekeeper-${randomUUID()}`);
  try {
    const file = await open(beside, "wx", mode);
    try {
      await file.writeFile(text);
      await file.sync();
      await file.chmod(mode);
    } finally {
      await file.close();
    }
    // Only root may give a file away.
    await chown(beside, uid, gid).catch(() => {});
    await rename(beside, target);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
}
