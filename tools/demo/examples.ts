import { readdir, readFile } from "node:fs/promises";
import { parse } from "yaml";
import type { Manifest, Stage } from "../../src/cli/make-review.ts";

/** The directory of our own manifests, beside src/ and dist/ alike. */
export const EXAMPLES = new URL("../../examples/", import.meta.url);

/** The one example that is for injection; all others are judged. */
export const INJECTED_EXAMPLE = "no-hook";

export interface Example {
  /** As in examples/NAME.yaml and examples/reviews/NAME.json. */
  readonly name: string;
  readonly yaml: string;
  readonly manifest: Manifest;
  readonly stage: Stage;
}

export async function readExamples(): Promise<readonly Example[]> {
  const files = (await readdir(EXAMPLES)).filter((file) => file.endsWith(".yaml")).sort();
  return Promise.all(
    files.map(async (file) => {
      const yaml = await readFile(new URL(file, EXAMPLES), "utf8");
      const name = file.replace(/\.yaml$/, "");
      const stage = name === INJECTED_EXAMPLE ? "mutate" : "validate";
      return { name, yaml, manifest: parse(yaml) as Manifest, stage } as const;
    }),
  );
}
