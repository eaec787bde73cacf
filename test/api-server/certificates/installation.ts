import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type Cluster, installFolder } from "../cluster.ts";

export const REPOSITORY = fileURLToPath(new URL("../../..", import.meta.url));

/** The shell blocks of docs/certificates.md by their markers. The checks thus run the commands of the page. */
const page = await readFile(join(REPOSITORY, "docs/certificates.md"), "utf8");
const BLOCKS = new Map(
  [...page.matchAll(/<!-- run (\S+) -->\n```sh\n([\s\S]*?)```\n/g)].map(([, name = "", lines = ""]) => [
    name,
    lines,
  ]),
);

/** The first line of a block of docs/certificates.md. */
export function firstLine(block: string): string {
  return BLOCKS.get(block)?.split("\n")[0] ?? "";
}

/** A cluster owner's checkout of the repository, with `failurePolicy: Fail` in every entry. */
export class Checkout {
  readonly folder: string;
  readonly manifests: string;
  readonly #cluster: Cluster;

  private constructor(folder: string, cluster: Cluster) {
    this.folder = folder;
    this.manifests = join(folder, "manifests");
    this.#cluster = cluster;
  }

  static async of(source: string, cluster: Cluster): Promise<Checkout> {
    const checkout = new Checkout(await installFolder(source), cluster);
    await checkout.#edit((text) => text.replaceAll("failurePolicy: Ignore", "failurePolicy: Fail"));
    await checkout.choose();
    return checkout;
  }

  /** Sets the Service port of every webhook entry in the manifests. */
  lead(port: number): Promise<void> {
    return this.#edit((text) => text.replaceAll(/^( +)path: \/.*$/gm, `$&\n$1port: ${port}`));
  }

  async #edit(change: (text: string) => string): Promise<void> {
    for (const name of ["validating-webhook.yaml", "mutating-webhook.yaml"]) {
      const file = join(this.manifests, name);
      await writeFile(file, change(await readFile(file, "utf8")));
    }
  }

  /** Chooses these kustomize components in the folder `install`, as README.md says. */
  async choose(...components: readonly string[]): Promise<void> {
    const chosen = components.map((name) => `../manifests/components/${name}`);
    const kustomization = {
      apiVersion: "kustomize.config.k8s.io/v1beta1",
      kind: "Kustomization",
      resources: ["../manifests"],
      components: chosen,
    };
    await mkdir(join(this.folder, "install"), { recursive: true });
    await writeFile(join(this.folder, "install/kustomization.yaml"), JSON.stringify(kustomization));
  }

  /**
   * Runs shell lines in this checkout, or a block of docs/certificates.md by its marker. `instead` maps the beginning
   * of a line to a function. The function is called instead of such a line, because this cluster lacks controllers.
   */
  async run(lines: string, instead: Readonly<Record<string, () => Promise<unknown>>> = {}): Promise<void> {
    for (const line of (BLOCKS.get(lines) ?? lines).trim().split("\n")) {
      const [, act] = Object.entries(instead).find(([start]) => line.startsWith(start)) ?? [];
      if (act !== undefined) await act();
      else {
        const { code, stdout, stderr } = await this.#cluster.shell(this.folder, line);
        assert.equal(code, 0, `${line}\n${stdout}${stderr}`);
      }
    }
  }

  tls(file: string): string {
    return join(this.manifests, "tls", file);
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** A folder with the repository at this commit and today's libraries. Undefined if the Git history lacks the commit. */
export async function commit(id: string): Promise<string | undefined> {
  const folder = await mkdtemp(join(tmpdir(), `gracekeeper-${id}-`));
  const archive = join(folder, "archive.tar");
  const run = promisify(execFile);
  try {
    await run("git", ["-C", REPOSITORY, "archive", "--output", archive, id]);
  } catch {
    await rm(folder, { recursive: true });
    return undefined;
  }
  await run("tar", ["-xf", archive, "-C", folder]);
  const libraries = join(REPOSITORY, "node_modules");
  await mkdir(join(folder, "node_modules"));
  for (const name of OLD_LIBRARIES) {
    await mkdir(join(folder, "node_modules", name, ".."), { recursive: true });
    await symlink(join(libraries, RENAMED[name] ?? name), join(folder, "node_modules", name));
  }
  return folder;
}

const OLD_LIBRARIES = [
  "@kubernetes/client-node",
  "fastify",
  "pino",
  "prom-client",
  "unbash",
  "yaml",
  "zod",
  "diff",
  "rfc6902",
];
const RENAMED: Readonly<Record<string, string>> = { "prom-client": "@prometheus-io/client" };
