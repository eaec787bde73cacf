/**
 * Writes examples/reviews/ from examples/: `node test/cli/example-reviews.ts --write`. A test checks that
 * examples/reviews/ agrees with examples/.
 */
import { writeFile } from "node:fs/promises";
import { makeReview } from "../../src/cli/review/make-review.ts";
import { EXAMPLES, readExamples } from "../../tools/demo/examples.ts";

export const REVIEWS = new URL("reviews/", EXAMPLES);

/** The text of each file in examples/reviews/, by its name. */
export async function exampleReviews(): Promise<ReadonlyMap<string, string>> {
  const examples = await readExamples();
  return new Map(
    examples.map(({ name, manifest, stage }) => [
      `${name}.json`,
      `${JSON.stringify(makeReview(manifest, stage, "shop"), null, 2)}\n`,
    ]),
  );
}

if (process.argv[2] === "--write") {
  for (const [file, text] of await exampleReviews()) await writeFile(new URL(file, REVIEWS), text);
}
