import { isDeepStrictEqual } from "node:util";
import type { Configuration } from "../../policy/model/configuration.ts";
import { parseConfiguration, readText } from "./file.ts";

/**
 * Kubelet writes a mounted ConfigMap by swapping a symlink, which file events miss or report too early; a poll sees it
 * always.
 */
const POLL = 5000;

export interface ConfigurationWatch {
  stop(): void;
}

export interface ConfigurationEvents {
  /** The file was read and is good, whether or not it changed. */
  read(): void;
  /** It says something else than before. From now on this one is compared with. */
  changed(configuration: Configuration, fields: readonly string[]): void;
  /** It cannot be used. Called once for a fault, again when it is another one or has come back. */
  faulty(reason: string): void;
  /** It can be used again after a fault, whether or not it changed. */
  recovered(): void;
  /** It could not be used, at this look and at the one before. */
  failedLook(): void;
}

/** What one look saw: a text, or why there is none. */
type Seen = { readonly text: string } | { readonly fault: string };

/**
 * Looks at the file again and again. What is seen counts only when two looks in a row see the same: a file that is
 * being written in place may look broken for a moment, or, worse, good with its end missing.
 */
export function watchConfiguration(
  path: string,
  first: Configuration,
  events: ConfigurationEvents,
  pollMilliseconds = POLL,
): ConfigurationWatch {
  let current = first;
  let last: Seen | undefined;
  /** What was judged last, and its fault if it had one. */
  let judged: Seen | undefined;
  let fault: string | undefined;
  let timer: NodeJS.Timeout | undefined;

  async function look(): Promise<void> {
    const seen = await see(path);
    const settled = isDeepStrictEqual(seen, last);
    last = seen;
    if (!settled) return;
    if (!isDeepStrictEqual(seen, judged)) await evaluate(seen);
    if (timer === undefined) return;
    if (fault === undefined) events.read();
    else events.failedLook();
  }

  async function evaluate(seen: Seen): Promise<void> {
    const before = fault;
    judged = seen;
    try {
      const configuration = await configurationOf(path, seen);
      fault = undefined;
      if (timer === undefined) return;
      if (before !== undefined) events.recovered();
      take(configuration);
    } catch (error) {
      fault = error instanceof Error ? error.message : String(error);
      if (timer !== undefined && fault !== before) events.faulty(fault);
    }
  }

  function take(configuration: Configuration): void {
    const fields = changedFields(current, configuration);
    if (fields.length === 0) return;
    events.changed(configuration, fields);
    current = configuration;
  }

  function lookLater(): void {
    timer = setTimeout(async () => {
      await look();
      if (timer !== undefined) lookLater();
    }, pollMilliseconds).unref();
  }

  lookLater();
  return {
    stop() {
      clearTimeout(timer);
      timer = undefined;
    },
  };
}

async function see(path: string): Promise<Seen> {
  try {
    return { text: await readText(path) };
  } catch (error) {
    return { fault: (error as Error).message };
  }
}

async function configurationOf(path: string, seen: Seen): Promise<Configuration> {
  if ("fault" in seen) throw new Error(seen.fault);
  return parseConfiguration(path, seen.text);
}

/** The top-level fields of the file that say something else now. Comments and order of fields say nothing. */
export function changedFields(before: Configuration, after: Configuration): readonly string[] {
  return (Object.keys(after) as (keyof Configuration)[])
    .filter((field) => !isDeepStrictEqual(before[field], after[field]))
    .map((field) => (field === "kubernetesMinor" ? "kubernetesVersion" : field));
}
