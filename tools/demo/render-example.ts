import { styleText } from "node:util";
import { createTwoFilesPatch } from "diff";
import { applyPatch, type Operation } from "rfc6902";
import { stringify } from "yaml";
import type { ReviewResponse } from "../../src/admission/response.ts";
import { makeReview } from "../../src/cli/review/make-review.ts";
import type { Client } from "./client.ts";
import type { Example } from "./examples.ts";

/**
 * The result of an example: "allowed", "patched", "explained", the id of the finding that denied the pod, or an error.
 */
export type Outcome = "allowed" | "patched" | "explained" | (string & {});

export interface Terminal {
  write(text: string): void;
  readonly colour: boolean;
}

/** The name of the webhook in manifests/. kubectl prints this name when the webhook denies a pod. */
const WEBHOOK = "validate.gracekeeper.dev";

/** Shows an example as in a terminal: a pod with kubectl, and any other object with curl and /explain. */
export async function show(example: Example, client: Client, terminal: Terminal): Promise<Outcome> {
  if (example.manifest.kind !== "Pod") return explain(example, client, terminal);
  const file = `examples/${example.name}.yaml`;
  terminal.write(`\n$ kubectl create -f ${file}\n`);
  const review = makeReview(example.manifest, example.stage);
  const route = example.stage === "mutate" ? "/mutate" : "/validate/enforce";
  const { status, body } = await client.post(route, "application/json", JSON.stringify(review));
  if (status !== 200) return `HTTP ${status}: ${body.trim()}`;
  const { response } = JSON.parse(body) as ReviewResponse;
  if (response.uid !== review.request.uid) return "an answer with another uid";
  for (const warning of response.warnings ?? []) {
    terminal.write(`${paint(terminal, "yellow", "Warning:")} ${warning}\n`);
  }
  if (!response.allowed) return denied(response, file, terminal);
  terminal.write(`pod/${example.name} created\n`);
  return response.patch === undefined ? "allowed" : patched(response.patch, review.request.object, terminal);
}

function denied(response: ReviewResponse["response"], file: string, terminal: Terminal): Outcome {
  const { reason, message } = response.status as { readonly reason: string; readonly message: string };
  const said = `admission webhook "${WEBHOOK}" denied the request: ${message}`;
  terminal.write(`Error from server (${reason}): error when creating "${file}": ${said}\n`);
  return /\[([a-z-]+)\]$/.exec(message)?.[1] ?? "denied without a finding";
}

/** Applies the patch as the API server does, and shows the changes. */
function patched(patch: string, object: object, terminal: Terminal): Outcome {
  const after = structuredClone(object);
  const operations = JSON.parse(Buffer.from(patch, "base64").toString()) as Operation[];
  const failure = applyPatch(after, operations).find((result) => result !== null);
  if (failure !== undefined) return `a patch that does not apply: ${failure?.message}`;
  const difference = createTwoFilesPatch(
    "pod as created",
    "pod as it runs",
    stringify(object),
    stringify(after),
  );
  // The first line of the diff is a separator for tools, so it is left out.
  for (const line of difference.trimEnd().split("\n").slice(1)) {
    const colour = line.startsWith("+") ? "green" : line.startsWith("-") ? "red" : undefined;
    terminal.write(`${colour === undefined ? line : paint(terminal, colour, line)}\n`);
  }
  return "patched";
}

async function explain(example: Example, client: Client, terminal: Terminal): Promise<Outcome> {
  terminal.write(`\n$ curl --data-binary @examples/${example.name}.yaml https://.../explain\n`);
  const { status, body } = await client.post("/explain", "application/x-www-form-urlencoded", example.yaml);
  terminal.write(body);
  return status === 200 && body.includes(`"${example.manifest.metadata.name}"`)
    ? "explained"
    : `HTTP ${status}`;
}

function paint(terminal: Terminal, colour: "yellow" | "green" | "red", text: string): string {
  return terminal.colour ? styleText(colour, text, { validateStream: false }) : text;
}
