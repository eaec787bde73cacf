/**
 * The generated parts of docs/fix.md: the tables of findings, a diff and the answer of a webhook. `npm run docs` writes
 * these parts.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { readReview } from "../../src/admission/review.ts";
import { validate } from "../../src/admission/validate.ts";
import { answerText } from "../../src/cli/review/answer-text.ts";
import { makeReview } from "../../src/cli/review/make-review.ts";
import { BY_HAND, MECHANICAL } from "../../src/edit/mechanical.ts";
import { unifiedDiff } from "../../src/fix/diff.ts";
import { fix } from "../../src/fix/fix.ts";
import { DEV_CONFIGURATION } from "../../src/policy/configuration/defaults.ts";
import { readerOf } from "../../src/policy/configuration/reader.ts";
import { cell, codeBlock, runPage } from "./page.ts";

const ROOT = new URL("../../", import.meta.url);

export const PAGE = fileURLToPath(new URL("docs/fix.md", ROOT));

const EXAMPLE = "examples/no-time-left.yaml";

const CONTEXT = {
  configuration: DEV_CONFIGURATION,
  readHooks: readerOf(DEV_CONFIGURATION),
  namespace: undefined,
};

function table(head: string, rows: ReadonlyMap<string, string>): string {
  const lines = [...rows].map(([id, text]) => `| \`${id}\` | ${cell(text)} |`);
  return [`| id | ${head} |`, "|---|---|", ...lines].join("\n");
}

function fixed(): string {
  const text = readFileSync(new URL(EXAMPLE, ROOT), "utf8");
  const includes = ({ action }: { readonly action: string }): boolean => action !== "Audit";
  const { edits } = fix(text, { ...CONTEXT, namespaces: new Map(), includes });
  const diff = unifiedDiff(EXAMPLE, text, edits);
  const summary = "1 finding can be fixed in 1 file. Add --write to change the files.";
  return codeBlock("console", `$ gracekeeper fix ${EXAMPLE}\n${diff}${summary}`);
}

function answered(): string {
  const review = makeReview(parse(readFileSync(new URL(EXAMPLE, ROOT), "utf8")), "validate");
  const { response } = validate(readReview(review), "enforce", CONTEXT).response;
  const { allowed, auditAnnotations = {} } = response;
  const { message } = response.status as { readonly message: string };
  const answer = { allowed, message, auditAnnotations, warnings: [], patch: [] };
  const command = `$ gracekeeper review --server https://localhost:8443 --insecure ${EXAMPLE}`;
  return codeBlock("console", `${command}\n${answerText('Pod "no-time-left"', answer, (text) => text)}`);
}

/** The generated parts, by the name in the comment above each part. */
const PARTS: Readonly<Record<string, () => string>> = {
  fix: fixed,
  mechanical: () => table("what is written", MECHANICAL),
  "by hand": () => table("why", BY_HAND),
  review: answered,
};

export function page(): string {
  return Object.entries(PARTS).reduce(
    (text, [name, part]) =>
      text.replace(
        new RegExp(`(?<=<!-- ${name} -->\\n)(?:\`\`\`[\\s\\S]*?\\n\`\`\`\\n|(?:\\|.*\\n)*)`),
        () => `${part()}\n`,
      ),
    readFileSync(PAGE, "utf8"),
  );
}

runPage(import.meta.url, { file: PAGE, text: page });
