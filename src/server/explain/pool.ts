import module from "node:module";
import { dirname } from "node:path";
import { Worker } from "node:worker_threads";
import { HttpError } from "../http/errors.ts";
import type { ExplainAnswer, ExplainJob } from "./explain-worker.ts";

const SECOND = 1000;

/**
 * The limits for the explanation of one manifest. An ordinary manifest of 64 KiB takes about 100 ms and 20 MiB.
 * `pending` limits the running and the waiting explanations. Each explanation takes at most a second, so nobody waits
 * longer than about 5 s.
 */
const LIMITS = { milliseconds: SECOND, heapMebibytes: 64, pending: 5 };

export type ExplainLimits = Readonly<typeof LIMITS>;

/**
 * The time limit for the start of the worker. The YAML parser and the engine load in 0.1 s, but more slowly on a busy
 * machine.
 */
const START = 10 * SECOND;

export interface Explainer {
  /** The number of running and waiting explanations. */
  readonly pending: number;
  /**
   * @throws HttpError for an error in the manifest, and if too many explanations wait; Error for a bug in gracekeeper.
   */
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

/** Waits for the next message of the worker, its death or the timeout. */
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
        `the manifest takes more than ${limits.milliseconds / SECOND} s to explain. Send a smaller manifest.`,
      );
    case "died":
      if (outcome.code === "ERR_WORKER_OUT_OF_MEMORY") {
        throw new HttpError(
          400,
          `the manifest takes more than ${limits.heapMebibytes} MiB of memory to explain. Send a smaller manifest.`,
        );
      }
      throw new Error(`the explain worker died: ${outcome.code} ${outcome.error}`);
    case "failed":
      throw new Error(`explain: ${outcome.error}`);
    case "ready":
      throw new Error("the explain worker answered without a request");
  }
}

/** The extension of this file: TypeScript in the repository, JavaScript in the package. */
const EXTENSION = import.meta.url.slice(import.meta.url.lastIndexOf("."));

/** The worker shares our cache of compiled code, so it starts in half the time. */
function compileCache(): NodeJS.ProcessEnv {
  const directory = module.getCompileCacheDir();
  // The cache directory without its last segment, because Node adds that segment for its version.
  return directory === undefined ? {} : { NODE_COMPILE_CACHE: dirname(directory) };
}

async function startWorker(limits: ExplainLimits): Promise<Worker> {
  const worker = new Worker(new URL(`./explain-worker${EXTENSION}`, import.meta.url), {
    resourceLimits: { maxOldGenerationSizeMb: limits.heapMebibytes },
    // The worker gets only the environment variable NODE_COMPILE_CACHE, so it cannot leak other environment variables.
    env: compileCache(),
    argv: [],
    execArgv: [],
  });
  worker.unref();
  // A worker may still report an error while it is being killed. Without a listener, that error would be uncaught.
  worker.on("error", () => {});
  const outcome = await ask(worker, undefined, START);
  if (outcome.kind === "ready") return worker;
  void worker.terminate();
  throw new Error(`the explain worker did not start: ${JSON.stringify(outcome)}`);
}
