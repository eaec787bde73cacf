/**
 * The worker thread behind /explain: a manifest in, its explanation out. It has its own heap and is killed when it
 * takes too long, so no manifest can disturb admission.
 */
import { parentPort } from "node:worker_threads";
import { BadRequest } from "../../admission/bad-request.ts";
import type { Ending } from "../../explain/ending.ts";
import { explain } from "../../explain/explain.ts";
import { explanationText } from "../../explain/text.ts";
import { asciiJson } from "../../json.ts";
import type { Configuration } from "../../policy/model/configuration.ts";
import { readerOf } from "../config/current.ts";
import { readManifest } from "./manifest.ts";

export interface ExplainJob {
  readonly manifest: Uint8Array;
  readonly configuration: Configuration;
  readonly format: "text" | "json";
  readonly ending: Ending;
}

export type ExplainAnswer =
  | { readonly kind: "ready" }
  | { readonly kind: "explained"; readonly body: string }
  | { readonly kind: "refused"; readonly sentence: string }
  | { readonly kind: "failed"; readonly error: string };

function answer({ manifest, configuration, format, ending }: ExplainJob): ExplainAnswer {
  try {
    const documents = readManifest(new TextDecoder().decode(manifest));
    const context = { configuration, readHooks: readerOf(configuration), namespace: undefined };
    const explanation = explain(documents, context, ending);
    const body =
      format === "text"
        ? explanationText(explanation)
        : `${asciiJson(JSON.stringify(explanation, null, 2))}\n`;
    return { kind: "explained", body };
  } catch (error) {
    if (error instanceof BadRequest) return { kind: "refused", sentence: error.message };
    return { kind: "failed", error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

parentPort?.on("message", (job: ExplainJob) => parentPort?.postMessage(answer(job)));
parentPort?.postMessage({ kind: "ready" } satisfies ExplainAnswer);
