import { workloadOf } from "../../admission/pods/workloads.ts";
import { looksLikeOne } from "../../check/item.ts";
import { asciiJson } from "../../json.ts";
import { identify, type KubernetesObject } from "../../manifest/identify.ts";
import { itemsOf, type ManifestItem } from "../../manifest/objects.ts";
import { refusalText, Unreadable } from "../../manifest/unreadable.ts";
import type { Configuration } from "../../policy/model/configuration.ts";
import { groupOf } from "../../policy/model/workload.ts";
import { StartError } from "../../server/start-error.ts";
import { painterOn, type Style } from "../colour.ts";
import { complain } from "../complain.ts";
import { configurationFor } from "../configuration.ts";
import { documentsIn } from "../documents.ts";
import { type Input, InputFault, inputsAt, STDIN } from "../input.ts";
import { answerText, type Role } from "./answer-text.ts";
import { type MadeReview, makeReview } from "./make-review.ts";
import type { ReviewTexts, ROUTES } from "./options.ts";
import { type Server, send, serverAt } from "./send.ts";

const ALLOWED = 0;
const DENIED = 1;
const COULD_NOT_RUN = 2;

const STYLES: Readonly<Record<Role, Style>> = {
  allowed: "green",
  denied: ["bold", "red"],
  warning: ["bold", "yellow"],
};

/** A review, and the route to send it to. */
interface Asked {
  readonly title: string;
  readonly route: string;
  readonly review: MadeReview;
}

/**
 * `gracekeeper review`: prints the reviews that an API server would send for these objects, or the answers of a
 * webhook.
 *
 * @returns the exit code.
 * @throws StartError for options that cannot be used, and for a webhook that does not answer.
 */
export async function runReview(paths: readonly string[], texts: ReviewTexts): Promise<number> {
  const { server, serverName, ca, insecure, route } = texts;
  if (server === undefined && (ca !== undefined || serverName !== undefined || insecure))
    throw new StartError(
      "--ca, --server-name and --insecure need --server. Set --server to the URL of a webhook, or remove the options.",
    );
  const at = server === undefined ? undefined : await serverAt(server, texts);
  const { asked, faults } = await reviewsOf(paths, { route, configuration: await configurationFor(texts) });
  for (const fault of faults) complain(fault);
  const denied = at === undefined ? print(asked) : await ask(asked, at);
  if (faults.length > 0) return COULD_NOT_RUN;
  return denied ? DENIED : ALLOWED;
}

function print(asked: readonly Asked[]): false {
  const indent = asked.length === 1 ? 2 : undefined;
  for (const { review } of asked)
    process.stdout.write(`${asciiJson(JSON.stringify(review, null, indent))}\n`);
  return false;
}

/** Sends the reviews. Returns whether the webhook denied an object. */
async function ask(asked: readonly Asked[], server: Server): Promise<boolean> {
  const paint = painterOn(process.stdout, STYLES);
  let denied = false;
  for (const { title, route, review } of asked) {
    const answer = await send(review, `/${route}`, server);
    process.stdout.write(answerText(title, answer, paint));
    denied ||= !answer.allowed;
  }
  return denied;
}

interface Reviews {
  readonly asked: readonly Asked[];
  /** One line each. */
  readonly faults: readonly string[];
}

/** How reviews are made. */
interface Making {
  /** The route for all objects; if unset, the kind of the object decides. */
  readonly route: ReviewTexts["route"];
  readonly configuration: Configuration;
}

async function reviewsOf(paths: readonly string[], making: Making): Promise<Reviews> {
  const asked: Asked[] = [];
  const faults: string[] = [];
  for await (const input of inputsAt(paths)) {
    try {
      for (const one of await reviewsIn(input, making)) {
        if (typeof one === "string") faults.push(one);
        else asked.push(one);
      }
    } catch (error) {
      if (!(error instanceof InputFault)) throw error;
      faults.push(error.message);
    }
  }
  if (asked.length === 0 && faults.length === 0)
    faults.push(
      `${paths.map((path) => (path === "-" ? STDIN : path)).join(", ")}: there is no object that the webhook reviews. Give a pod, a workload or a Namespace.`,
    );
  return { asked, faults };
}

/**
 * The reviews of a text, and an error for each document that cannot be read. Objects that gracekeeper does not review
 * are left out.
 */
async function reviewsIn(input: Input | InputFault, making: Making): Promise<readonly (Asked | string)[]> {
  if (input instanceof InputFault) throw input;
  return (await documentsIn(input))
    .flatMap(itemsOf)
    .flatMap((item) => reviewOf(item, making) ?? [])
    .map((one) => (typeof one === "string" ? `${input.name}:${one}` : one));
}

function reviewOf(item: ManifestItem, { route, configuration }: Making): Asked | string | undefined {
  const { value } = item;
  if (value instanceof Unreadable) return `${value.line}:${value.column}: ${refusalText(value)}`;
  const object = identify(value);
  if (!object.ok) {
    const { line, column } = item.locate("");
    return looksLikeOne(value) ? `${line}:${column}: ${object.problem}` : undefined;
  }
  const usual = usualRoute(object, configuration);
  if (usual === undefined) return undefined;
  const to = route ?? usual;
  const review = makeReview(object.root, to === "mutate" ? "mutate" : "validate");
  return { title: object.title, route: to, review };
}

/** Undefined for a kind without pods. */
function usualRoute(
  { kind, apiVersion }: KubernetesObject,
  configuration: Configuration,
): (typeof ROUTES)[number] | undefined {
  if (kind === "Namespace" && apiVersion === "v1") return "validate/namespace";
  return workloadOf(groupOf(apiVersion), kind, configuration) === undefined ? undefined : "validate/enforce";
}
