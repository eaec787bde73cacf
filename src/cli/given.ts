import { byName } from "../admission/manifest-decision.ts";
import { namespacesIn } from "../check/namespaces.ts";
import type { Namespace } from "../policy/model/namespace.ts";
import type { Progress } from "./check/progress.ts";
import { type Input, InputFault, inputsAt, STDIN } from "./input.ts";

/** A path argument of the command, and the inputs found at this path. */
export interface Given {
  readonly path: string;
  readonly inputs: readonly (Input | InputFault)[];
}

export async function givenAt(paths: readonly string[]): Promise<readonly Given[]> {
  const given: Given[] = [];
  for (const path of paths) {
    const inputs: (Input | InputFault)[] = [];
    for await (const input of inputsAt([path])) inputs.push(input);
    given.push({ path, inputs });
  }
  return given;
}

/**
 * The Namespaces in all texts of a run.
 *
 * @param found reads the namespaces of one text.
 */
export async function namespacesOf(
  given: readonly Given[],
  progress: Progress,
  found: (text: string) => readonly Namespace[] = namespacesIn,
): Promise<ReadonlyMap<string, Namespace>> {
  const all: Namespace[] = [];
  for (const { name, read } of given.flatMap(({ inputs }) => inputs.filter((one) => "read" in one))) {
    progress.show(`reading ${name}`);
    // A text that cannot be read is reported later, when it is processed.
    const text = await read().catch(() => "");
    all.push(...found(text));
  }
  return byName(all);
}

/** The message for a path without a Kubernetes object. */
export function nothingIn(path: string): InputFault {
  return path === "-"
    ? new InputFault(STDIN, "no Kubernetes object was found. Did the command before the pipe fail?")
    : new InputFault(path, "no Kubernetes object was found. Give manifests in YAML or JSON.");
}
