import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { DEEP } from "../cases.ts";
import { type KubernetesObject, parsed } from "../manifests/read.ts";

export const CHART = fileURLToPath(new URL("../../charts/gracekeeper", import.meta.url));

/** Values as an owner writes them into a file. */
export type Values = Readonly<Record<string, unknown>>;

/**
 * The Helm binary: the variable HELM, else `helm` on PATH, else the result of `go install
 * helm.sh/helm/v4/cmd/helm@v4.3.1`.
 */
export const HELM = process.env["HELM"] || findHelm();

export const SKIP = HELM === undefined ? "Helm is not installed: HELM, or helm on PATH" : false;

function findHelm(): string | undefined {
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), join(homedir(), "go/bin")];
  return folders.map((folder) => join(folder, "helm")).find(canRun);
}

function canRun(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export interface Output {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs helm with the values on standard input. The arguments must contain `--values -`. */
export function helm(args: readonly string[], values: Values = {}): Output {
  if (HELM === undefined) throw new Error("Helm is not installed");
  const options = { input: JSON.stringify(values), encoding: "utf8" } as const;
  const { status, stdout, stderr, error } = spawnSync(HELM, args, options);
  if (error !== undefined) throw error;
  return { code: status, stdout, stderr };
}

export function template(values: Values, release = "gracekeeper", namespace = "gracekeeper"): Output {
  return helm(["template", release, CHART, "--namespace", namespace, "--values", "-"], values);
}

/** The objects of a release, without its hooks. */
export function render(values: Values, release?: string, namespace?: string): readonly KubernetesObject[] {
  return everything(values, release, namespace).filter((object) => !isHook(object));
}

/** The objects of a release and of its hooks. */
export function everything(
  values: Values,
  release?: string,
  namespace?: string,
): readonly KubernetesObject[] {
  const { code, stdout, stderr } = template(values, release, namespace);
  if (code !== 0) throw new Error(stderr);
  return parsed(stdout).filter((object) => object !== null);
}

export function isHook({ metadata }: KubernetesObject): boolean {
  return metadata.annotations?.["helm.sh/hook"] !== undefined;
}

const ONE_IN = 5;

/**
 * A run of helm takes a fifth of a second, so `npm test` uses every fifth item of a list. `npm run test:deep` and `npm
 * run test:chart` use all items.
 */
export function share<Item>(all: readonly Item[]): readonly Item[] {
  return DEEP ? all : all.filter((_, index) => index % ONE_IN === 0);
}
