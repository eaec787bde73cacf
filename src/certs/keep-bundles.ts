import type { JsonObject } from "../json.ts";
import { watchObject } from "../kube/watch/object.ts";
import { readResourceVersion } from "../kube/watch/wire.ts";
import { createChore } from "./chore.ts";
import { applyBody, type ConfigurationKind, GROUP_VERSION, KINDS, readEntries } from "./configuration.ts";
import { type CaContent, type Entry, planBundles } from "./plan.ts";
import type { OwnSettings } from "./settings.ts";
import { FIELD_MANAGER, writeObject } from "./write.ts";

export interface BundleKeeper {
  poke(): void;
  stop(): void;
}

/** The webhook configuration as the watch last reported it. */
interface View {
  readonly resourceVersion: string;
  readonly entries: readonly Entry[];
}

/**
 * Keeps caBundle in the entries of one configuration.
 *
 * @param content The content of the Secret; undefined until it is known.
 * @param changed Called with the entries after each event of the watch.
 */
export function keepBundles(
  settings: OwnSettings,
  kind: ConfigurationKind,
  content: () => CaContent | undefined,
  changed: (entries: readonly Entry[]) => void,
): BundleKeeper {
  const { access, namespace, service, configuration: name, events, now, timings } = settings;
  const title = `${KINDS[kind].kind} ${name}`;
  const collection = `/apis/${GROUP_VERSION}/${KINDS[kind].resource}`;
  let view: View | undefined;
  /**
   * The webhook configuration before our last write, and the content of the Secret at that write. While `view` is still
   * the old configuration, the watch has not reported our write yet.
   */
  let written: { readonly view: View; readonly content: CaContent } | undefined;

  function seen(object: JsonObject | undefined): void {
    view = object && {
      resourceVersion: readResourceVersion(object, title),
      entries: readEntries(object, { name: service, namespace }),
    };
    changed(view?.entries ?? []);
  }

  async function work(signal: AbortSignal): Promise<boolean> {
    const from = view;
    const known = content();
    if (from === undefined || known === undefined) return false;
    if (written?.view === from && written.content === known) return false;
    const entries = planBundles(from.entries, known, now());
    if (entries === undefined) return false;
    const { resourceVersion } = from;
    // The apply is forced, because another client may own caBundle. The new value keeps the valid certificates of other
    // clients.
    const call = {
      path: `${collection}/${encodeURIComponent(name)}?fieldManager=${FIELD_MANAGER}&force=true`,
      what: `patch ${title}`,
      method: "PATCH",
      type: "application/apply-patch+yaml",
      body: applyBody(kind, { name, resourceVersion }, entries),
    } as const;
    await writeObject(access, call, signal, timings);
    written = { view: from, content: known };
    events.published(KINDS[kind].kind, entries);
    return true;
  }

  const chore = createChore({ what: `keep ${title}`, work, events: events.faults(kind), timings });
  const watched = { collection, name, title };
  const watching = watchObject(access, watched, { ...events.faults(kind), seen }, timings);
  return {
    poke: chore.poke,
    stop() {
      watching.stop();
      chore.stop();
    },
  };
}
