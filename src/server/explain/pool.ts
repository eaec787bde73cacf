import module from "node:module";
import { dirname } from "node:path";
import { Worker } from "node:worker_threads";
import { HttpError } from "../http/errors.ts";
import type { ExplainAnswer, ExplainJob } from "./explain-worker.ts";

const SECOND = 1000;

/**
 * The limits for the explanation of one manifest. The largest honest one of 64 KiB takes some 100 ms and 20 MiB. `pending`
 * counts the one that runs and those that wait: at a second each, the last one waits as long as a person will.
 */
const LIMITS = { milliseconds: SECOND, heapMebibytes: 64, pending: 5 };

export type ExplainLimits = Readonly<typeof LIMITS>;

/** Loading the YAML parser and the engine takes 0.1 s, on a busy machine several times that. */
const START = 10 * SECOND;

export interface Explainer {
  /** Explanations that run or wait. */
  readonly pending: number;
  /** @throws HttpError for an error in the manifest or if it is too busy; Error for a bug of ours. */
  explain(job: ExplainJob): Promise<string>;
  close(): Promise<void>;
}

/** Explains manifests one after the other in a worker thread, which starts with the first manifest. */
export function createExplainer(limits: ExplainLimits = LIMITS): Explainer {
  let worker: Worker | undefined;
  let pending = 0;
  let last: Promise<unknown> = Promise.resolve();

  async function work(job: ExplainJob): Promise<string> {
    worker ??= await startWorker(limits);
    const outcome = await ask(worker, job, limits.milliseconds);
    if (outcome.kind === "overrun" || outcome.kind === "died") {
      void worker.terminate();
      worker = undefined;
    }
    return bodyOf(outcome, limits);
  }

  return {
    get pending() {
      return pending;
    },
    async explain(job) {
      if (pending >= limits.pending) {
        throw new HttpError(503, "too many manifests are being explained. Try again in a second.");
      }
      pending++;
      const mine = last.then(() => work(job));
      last = mine.catch(() => {});
      return mine.finally(() => pending--);
    },
    async close() {
      await worker?.terminate();
    },
  };
}

type Outcome =
  | ExplainAnswer
  | { readonly kind: "overrun" }
  | { readonly kind: "died"; readonly code: string; readonly error: string };

/** The next message of the worker, or the reason why none came. */
function ask(worker: Worker, job: ExplainJob | undefined, milliseconds: number): Promise<Outcome> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => finish({ kind: "overrun" }), milliseconds);
    const died = (error: NodeJS.ErrnoException): void =>
      finish({ kind: "died", code: error.code ?? "", error: error.message });
    function finish(outcome: Outcome): void {
      clearTimeout(timer);
      worker.off("message", finish).off("error", died);
      resolve(outcome);
    }
    worker.on("message", finish).on("error", died);
    if (job !== undefined) worker.postMessage(job);
  });
}

function bodyOf(outcome: Outcome, limits: ExplainLimits): string {
  switch (outcome.kind) {
    case "explained":
      return outcome.body;
    case "refused":
      throw new HttpError(400, outcome.sentence);
    case "overrun":
      throw new HttpError(
        400,
        `this takes more than ${limits.milliseconds / SECOND} s to explain. Send a smaller manifest.`,
      );
    case "died":
      if (outcome.code === "ERR_WORKER_OUT_OF_MEMORY") {
        throw new HttpError(
          400,
          `this takes more than ${limits.heapMebibytes} MiB to explain. Send a smaller manifest.`,
        );
      }
      throw new Error(`the explain worker died: ${outcome.code} ${outcome.error}`);
    case "failed":
      throw new Error(`explain: ${outcome.error}`);
    case "ready":
      throw new Error("the explain worker answered out of turn");
  }
}

/** The extension of this file: TypeScript in the repository, JavaScript in the package. */
const EXTENSION = import.meta.url.slice(import.meta.url.lastIndexOf("."));

/** A worker keeps its compiled code where we keep ours, and so starts in half the time. */
function compileCache(): NodeJS.ProcessEnv {
  const directory = module.getCompileCacheDir();
  // The last part is of this version of Node, which adds it by itself.
  return directory === undefined ? {} : { NODE_COMPILE_CACHE: dirname(directory) };
}

async function startWorker(limits: ExplainLimits): Promise<Worker> {
  const worker = new Worker(new URL(`./explain-worker${EXTENSION}`, import.meta.url), {
    resourceLimits: { maxOldGenerationSizeMb: limits.heapMebibytes },
    // The worker needs nothing else of the environment; an absent value cannot leak.
    env: compileCache(),
    argv: [],
    execArgv: [],
  });
  worker.unref();
  // A worker that is being killed may still report an error; nothing waits for it then.
  worker.on("error", () => {});
  const outcome = await ask(worker, undefined, START);
  if (outcome.kind === "ready") return worker;
  void worker.terminate();
  throw new Error(`the explain worker did not start: ${JSON.stringify(outcome)}`);
}
