import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { parse, parseAllDocuments, stringify } from "yaml";
import type { Mode } from "../src/admission/decision.ts";
import { mutate } from "../src/admission/mutate.ts";
import { readReview } from "../src/admission/review.ts";
import { validate } from "../src/admission/validate.ts";
import { explain } from "../src/explain/explain.ts";
import { explanationText } from "../src/explain/text.ts";
import { readConfiguration } from "../src/policy/configuration/parse.ts";
import type { Context } from "../src/policy/model/context.ts";
import { namespaceOf } from "../src/policy/model/namespace.ts";
import { CONTEXT, patchIn, reviewOf } from "./reviews.ts";

/**
 * Tests fixture pairs: `NAME.input.yaml` beside `NAME.output.*`. The file name describes the case.
 *
 * An input without output fails, and so does an output without input. `npm run testdata` writes the outputs: read the
 * diff.
 */
const ROOT = join(import.meta.dirname, "testdata");
const WRITE = process.env["WRITE_TESTDATA"] === "1";

interface Case {
  readonly mode?: Mode;
  readonly request?: Record<string, unknown>;
  readonly object: unknown;
  /** Fields of the configuration file. The Kubernetes version is 1.37, or unknown with `kubernetesVersion: null`. */
  readonly configuration?: Record<string, unknown>;
  /** The namespace as the watch knows it. If this field is absent, the namespace is unknown. */
  readonly namespace?: {
    readonly labels?: Record<string, string>;
    readonly annotations?: Record<string, string>;
  };
}

function contextOf({ configuration = {}, namespace }: Case): Context {
  const file = { apiVersion: "gracekeeper.dev/v1alpha1", kind: "GracekeeperConfiguration" };
  const { kubernetesVersion = "1.37", ...fields } = configuration;
  return {
    ...CONTEXT,
    configuration: readConfiguration({
      ...file,
      ...fields,
      ...(kubernetesVersion !== null && { kubernetesVersion }),
    }),
    namespace: namespace && namespaceOf("shop", namespace.labels ?? {}, namespace.annotations ?? {}),
  };
}

const SUITES: Record<string, { output: string; run: (input: string) => string }> = {
  validate: {
    output: ".output.yaml",
    run: (input) => {
      const one = parse(input) as Case;
      const { mode = "enforce", request, object } = one;
      const { response, record } = validate(readReview(reviewOf(object, request)), mode, contextOf(one));
      return stringify({ response: response.response, log: record }, { lineWidth: 0 });
    },
  },
  mutate: {
    output: ".output.yaml",
    run: (input) => {
      const one = parse(input) as Case;
      const { request, object } = one;
      const decided = mutate(readReview(reviewOf(object, request)), contextOf(one));
      const { patch: _, ...response } = decided.response.response;
      return stringify({ response, patch: patchIn(decided), log: decided.record }, { lineWidth: 0 });
    },
  },
  explain: {
    output: ".output.txt",
    run: (input) => {
      const documents = parseAllDocuments(input, { version: "1.1" }).map((document) => document.toJS());
      return explanationText(explain(documents, CONTEXT));
    },
  },
};

for (const [suite, { output, run }] of Object.entries(SUITES)) {
  t.test(suite, async (t) => {
    const folder = join(ROOT, suite);
    const files = readdirSync(folder);
    const names = files
      .filter((file) => file.endsWith(".input.yaml"))
      .map((file) => file.slice(0, -".input.yaml".length));
    t.ok(names.length > 0, "there are cases");
    const expected = new Set(names.flatMap((name) => [`${name}.input.yaml`, `${name}${output}`]));
    t.same(
      files.filter((file) => !expected.has(file)),
      [],
      "every file belongs to a pair",
    );
    for (const name of names) {
      const actual = run(readFileSync(join(folder, `${name}.input.yaml`), "utf8"));
      const file = join(folder, `${name}${output}`);
      if (WRITE) writeFileSync(file, actual);
      t.equal(actual, existsSync(file) ? readFileSync(file, "utf8") : undefined, name.replaceAll("-", " "));
    }
  });
}
