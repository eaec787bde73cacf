import { readdir, readFile } from "node:fs/promises";
import { parse } from "yaml";
import type { Stage } from "../../src/cli/review/make-review.ts";
import type { JsonObject } from "../../src/json.ts";

/** The directory of the example manifests, beside src/ in the repository and dist/ in the package. */
export const EXAMPLES = new URL("../../examples/", import.meta.url);

/** The only example for injection; all other examples are for validation. */
export const INJECTED_EXAMPLE = "no-hook";

export interface Example {
  /** The NAME in examples/NAME.yaml and examples/reviews/NAME.json. */
  readonly name: string;
  readonly yaml: string;
  readonly manifest: JsonObject & { readonly kind: string; readonly metadata: { readonly name: string } };
  readonly stage: Stage;
}

export async function readExamples(): Promise<readonly Example[]> {
  const files = (await readdir(EXAMPLES)).filter((file) => file.endsWith(".yaml")).sort();
  return Promise.all(
    files.map(async (file) => {
      const yaml = await readFile(new URL(file, EXAMPLES), "utf8");
      const name = file.replace(/\.yaml$/, "");
      const stage = name === INJECTED_EXAMPLE ? "mutate" : "validate";
      return { name, yaml, manifest: parse(yaml) as Example["manifest"], stage } as const;
    }),
  );
}
