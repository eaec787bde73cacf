import { mkdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * A mounted ConfigMap as the kubelet writes it (pkg/volume/util/atomic_writer.go): the files are in a separate folder,
 * `..data` links to it, and a change replaces that link.
 */
export class Mount {
  readonly file: string;
  readonly #folder: string;
  #generation = 0;

  private constructor(folder: string) {
    this.#folder = folder;
    this.file = join(folder, NAME);
  }

  static async make(folder: string, text: string): Promise<Mount> {
    await mkdir(folder);
    const mount = new Mount(folder);
    await mount.write(text);
    await symlink(join("..data", NAME), mount.file);
    return mount;
  }

  async write(text: string): Promise<void> {
    const before = `..${this.#generation++}`;
    const after = `..${this.#generation}`;
    await mkdir(join(this.#folder, after));
    await writeFile(join(this.#folder, after, NAME), text);
    await symlink(after, join(this.#folder, "..data_tmp"));
    await rename(join(this.#folder, "..data_tmp"), join(this.#folder, "..data"));
    await rm(join(this.#folder, before), { recursive: true, force: true });
  }
}

const NAME = "config.yaml";
