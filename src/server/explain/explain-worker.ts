/**
 * The worker thread of /explain, which explains manifests. The worker has its own heap and is killed if it takes too
 * long, so no manifest can disturb admission.
 */
import { parentPort } from "node:worker_threads";
import { BadRequest } from "../../admission/bad-request.ts";
import { byName } from "../../admission/manifest-decision.ts";
import { namespacesIn } from "../../check/namespaces.ts";
import type { CheckOptions } from "../../check/options.ts";
import type { Ending } from "../../explain/ending.ts";
import { explain } from "../../explain/explain.ts";
import { explanationSvg } from "../../explain/picture/svg.ts";
import { explanationText } from "../../explain/text.ts";
import { unifiedDiff } from "../../fix/diff.ts";
import { fix, mendedNamespaces } from "../../fix/fix.ts";
import { asciiJson } from "../../json.ts";
import { objectsOf } from "../../manifest/objects.ts";
import { readDocuments } from "../../manifest/read.ts";
import { readerOf } from "../../policy/configuration/reader.ts";
import type { Configuration } from "../../policy/model/configuration.ts";
import { pageAnswer } from "./page-answer.ts";

/** `page` is JSON with the texts and pictures of the web page. `diff` is a diff that fixes the manifest. */
export type ExplainFormat = "text" | "json" | "svg" | "page" | "diff";

export interface ExplainJob {
  readonly manifest: Uint8Array;
  readonly configuration: Configuration;
  readonly format: ExplainFormat;
  readonly ending: Ending;
}

export type ExplainAnswer =
  | { readonly kind: "ready" }
  | { readonly kind: "explained"; readonly body: string }
  | { readonly kind: "refused"; readonly sentence: string }
  | { readonly kind: "failed"; readonly error: string };

function answer(job: ExplainJob): ExplainAnswer {
  try {
    return { kind: "explained", body: bodyOf(job) };
  } catch (error) {
    if (error instanceof BadRequest) return { kind: "refused", sentence: error.message };
    return { kind: "failed", error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

/** @throws BadRequest for a manifest that cannot be explained. */
function bodyOf({ manifest, configuration, format, ending }: ExplainJob): string {
  const text = new TextDecoder().decode(manifest);
  const documents = limitedDocuments(text);
  const context = { configuration, readHooks: readerOf(configuration) };
  const explained = () => explain(documents, { ...context, namespaces: byName(namespacesIn(text)) }, ending);
  switch (format) {
    case "text":
      return explanationText(explained());
    case "json":
      return `${asciiJson(JSON.stringify(explained(), null, 2))}\n`;
    case "svg":
      return explanationSvg(explained().documents);
    case "page":
      return asciiJson(JSON.stringify(pageAnswer(explained())));
    case "diff":
      return diffOf(text, context);
  }
}

/** A unified diff that fixes denials and warnings; empty if gracekeeper can fix none of them. */
function diffOf(text: string, context: Omit<CheckOptions, "namespaces">): string {
  const namespaces = byName(mendedNamespaces(text, context));
  const { edits } = fix(text, { ...context, namespaces, includes: ({ action }) => action !== "Audit" });
  return unifiedDiff("manifest.yaml", text, edits);
}

/**
 * The maximum number of Kubernetes objects in one request. Each object takes time, and nobody would read a longer
 * response.
 */
const MOST_DOCUMENTS = 100;

/** @throws BadRequest if there is no document, or there are too many. */
function limitedDocuments(text: string): readonly unknown[] {
  const documents: unknown[] = [];
  let objects = 0;
  for (const { value } of readDocuments(text)) {
    documents.push(value);
    objects += objectsOf([value]).length;
    if (objects > MOST_DOCUMENTS)
      throw new BadRequest(
        `the manifest must have at most ${MOST_DOCUMENTS} documents. Send fewer documents at once.`,
      );
  }
  if (documents.length === 0)
    throw new BadRequest(
      "the body must be a manifest in YAML or JSON, but it is empty. With curl, send a file with --data-binary.",
    );
  return documents;
}

parentPort?.on("message", (job: ExplainJob) => parentPort?.postMessage(answer(job)));
parentPort?.postMessage({ kind: "ready" } satisfies ExplainAnswer);
