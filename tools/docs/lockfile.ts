import { readFileSync } from "node:fs";

/**
 * A package in package-lock.json (lockfileVersion 3). The key is the folder of the package, such as
 * `node_modules/yaml`.
 */
interface Locked {
  readonly version: string;
  readonly integrity: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly hasInstallScript?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** A package that runs in production, on its own or as part of a bundle. */
export interface ProductionPackage extends Locked {
  readonly folder: string;
  readonly name: string;
}

const file = new URL("../../package-lock.json", import.meta.url);
const locked: Readonly<Record<string, Locked>> = JSON.parse(readFileSync(file, "utf8")).packages;

/** The name of the package in a folder: `@b/c` for `node_modules/a/node_modules/@b/c`. */
export function nameOf(folder: string): string {
  return folder.slice(folder.lastIndexOf("node_modules/") + "node_modules/".length);
}

export const PRODUCTION: readonly ProductionPackage[] = Object.entries(locked)
  .filter(([folder, { dev }]) => folder !== "" && !dev)
  .map(([folder, one]) => ({ ...one, folder, name: nameOf(folder) }));

/**
 * The folder of the package that an import of `name` resolves to. As in Node, the package in the nearest node_modules
 * folder is used.
 */
function resolve(name: string, from: string): string | undefined {
  for (let at = from; ; at = at.slice(0, Math.max(0, at.lastIndexOf("/node_modules/")))) {
    const folder = at === "" ? `node_modules/${name}` : `${at}/node_modules/${name}`;
    if (folder in locked) return folder;
    if (at === "") return undefined;
  }
}

/** The folders of a direct dependency and of all its dependencies. */
export function broughtBy(name: string): ReadonlySet<string> {
  const folders = new Set<string>();
  const add = (needed: string, from: string): void => {
    const folder = resolve(needed, from);
    if (folder === undefined || folders.has(folder)) return;
    folders.add(folder);
    for (const next of Object.keys(locked[folder]?.dependencies ?? {})) add(next, folder);
  };
  add(name, "");
  return folders;
}
