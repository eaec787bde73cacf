import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { output } from "./command.ts";

/** The configuration of an image. */
export interface ImageConfig {
  readonly User: string;
  readonly Env: readonly string[];
  readonly Entrypoint: readonly string[];
  readonly Cmd: readonly string[];
  readonly Labels: Readonly<Record<string, string>>;
}

/** Images of buildah in a separate storage folder. Nothing is pulled from a registry. */
export class Images {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** @param args The folder of the build comes last. */
  async build(...args: readonly string[]): Promise<void> {
    await this.#buildah("build", "--isolation", "chroot", "--network", "host", "--pull-never", ...args);
  }

  /** Makes an image of the files in a folder, and returns the digest of the image. */
  async fromFolder(folder: string, tag: string, env: string): Promise<string> {
    const file = join(this.#folder, "Dockerfile");
    await mkdir(this.#folder, { recursive: true });
    await writeFile(file, `FROM scratch\nCOPY . /\nENV ${env}\n`);
    await this.build("--file", file, "--tag", tag, folder);
    const [image] = JSON.parse(await this.#buildah("images", "--json", tag)) as [{ digest: string }];
    return image.digest;
  }

  async config(tag: string): Promise<ImageConfig> {
    const { OCIv1 } = JSON.parse(await this.#buildah("inspect", "--type", "image", tag)) as {
      OCIv1: { config: ImageConfig };
    };
    return OCIv1.config;
  }

  /** The root filesystem of a new container, as a folder. */
  async rootOf(tag: string): Promise<string> {
    return this.#buildah("mount", await this.#buildah("from", "--pull-never", tag));
  }

  #buildah(...args: readonly string[]): Promise<string> {
    const storage = ["--root", join(this.#folder, "storage"), "--runroot", join(this.#folder, "run")];
    return output("buildah", ...storage, "--storage-driver", "vfs", ...args);
  }
}
