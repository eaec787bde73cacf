import { symlink } from "node:fs/promises";
import { join } from "node:path";
import { HELM } from "../../charts/helm.ts";
import { REPOSITORY, type World } from "../chart/world.ts";
import { installFolder, type Output } from "../cluster.ts";

/** The working folder of a person who follows the pages: a copy of the repository, without Git. */
export class Place {
  readonly folder: string;
  readonly #world: World;

  private constructor(folder: string, world: World) {
    this.folder = folder;
    this.#world = world;
  }

  static async make(world: World): Promise<Place> {
    const folder = await installFolder(REPOSITORY);
    for (const part of ["charts", "examples"]) await symlink(join(REPOSITORY, part), join(folder, part));
    return new Place(folder, world);
  }

  run(lines: string): Promise<Output> {
    return this.#world.cluster.shell(this.folder, lines.replace(/^helm /gm, `${HELM} `));
  }

  /** Runs the lines and throws if the exit code is not 0. */
  async done(lines: string): Promise<Output> {
    const output = await this.run(lines);
    if (output.code !== 0) throw new Error(`${lines}\n${output.stdout}${output.stderr}`);
    return output;
  }
}

/** Removes the lines that need a node or Docker: building the image, and waiting for pods. */
export function withoutNodes(text: string): string {
  return text.replace(/^(?:docker|kubectl rollout status) .*\n/gm, "").replace(/^(helm .*) --wait$/gm, "$1");
}
