/**
 * The worker thread behind /explain: a manifest in, its explanation out. It has its own heap and is killed when it
 * takes too long, so no manifest can disturb admission.
 */
import { parentPort } from "node:worker_threads";
import { BadRequest } from "../../admission/bad-request.ts";
import type { Ending } from "../../explain/ending.ts";
import { type Explanation, explain } from "../../explain/explain.ts";
import { explanationSvg } from "../../explain/picture/svg.ts";
import { explanationText } from "../../explain/text.ts";
import { asciiJson } from "../../json.ts";
import { objectsOf } from "../../manifest/objects.ts";
import { readDocuments } from "../../manifest/read.ts";
import type { Configuration } from "../../policy/model/configuration.ts";
import { readerOf } from "../config/current.ts";
import { pageAnswer } from "./page-answer.ts";

/** `page` is what the page asks for: words and pictures. */
export type ExplainFormat = "text" | "json" | "svg" | "page";

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

function answer({ manifest, configuration, format, ending }: ExplainJob): ExplainAnswer {
  try {
    const documents = limitedDocuments(new TextDecoder().decode(manifest));
    const context = { configuration, readHooks: readerOf(configuration), namespace: undefined };
    return { kind: "explained", body: bodyOf(explain(documents, context, ending), format) };
  } catch (error) {
    if (error instanceof BadRequest) return { kind: "refused", sentence: error.message };
    return { kind: "failed", error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

function bodyOf(explanation: Explanation, format: ExplainFormat): string {
  switch (format) {
    case "text":
      return explanationText(explanation);
    case "json":
      return `${asciiJson(JSON.stringify(explanation, null, 2))}\n`;
    case "svg":
      return explanationSvg(explanation.documents);
    case "page":
      return asciiJson(JSON.stringify(pageAnswer(explanation)));
  }
}

/** Each costs time, and a longer list would not be read. */
const MOST_DOCUMENTS = 100;

/** @throws BadRequest if there is no document, or there are too many. */
function limitedDocuments(text: string): readonly unknown[] {
  const documents: unknown[] = [];
  let objects = 0;
  for (const { value } of readDocuments(text)) {
    documents.push(value);
    objects += objectsOf([value]).length;
    if (objects > MOST_DOCUMENTS)
      throw new BadRequest(`the manifest must have at most ${MOST_DOCUMENTS} documents. Send fewer at once.`);
  }
  if (documents.length === 0)
    throw new BadRequest(
      "the body must be a manifest in YAML or JSON. This one is empty. With curl, send a file with --data-binary.",
    );
  return documents;
}

parentPort?.on("message", (job: ExplainJob) => parentPort?.postMessage(answer(job)));
parentPort?.postMessage({ kind: "ready" } satisfies ExplainAnswer);
