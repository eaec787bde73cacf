import type { JsonObject } from "../json.ts";
import { ApiFault } from "../kube/api-fault.ts";
import { createFaultReport } from "../kube/fault-report.ts";
import { watchObject } from "../kube/watch/object.ts";
import { readResourceVersion } from "../kube/watch/wire.ts";
import type { Authority } from "./certificate.ts";
import { createChore } from "./chore.ts";
import { hasAuthority, type Wanted, wantedContent } from "./mend.ts";
import { type CaContent, NO_CONTENT, type Published } from "./plan.ts";
import { emptySecret, readSecret, type SecretReading, writeData } from "./secret.ts";
import type { OwnEvents, OwnSettings } from "./settings.ts";
import { makeAuthority } from "./sign.ts";
import { FIELD_MANAGER, writeObject } from "./write.ts";

export interface SecretKeeper {
  /** The last valid content of the Secret; undefined until the Secret has had a valid content. */
  readonly content: CaContent | undefined;
  poke(): void;
  stop(): void;
}

/** The Secret as the watch last reported it. */
interface View {
  /** Undefined if there is no Secret. */
  readonly resourceVersion: string | undefined;
  readonly reading: SecretReading;
  /** Milliseconds since 1970. */
  readonly since: number;
}

/**
 * Keeps the Secret with the CA. The replicas agree on one CA without leader election. A replica writes only over the
 * resourceVersion that it has read. So if several replicas make a first CA at the same time, one write succeeds, and
 * the other replicas use that CA.
 *
 * @param published The published certificates; undefined until both webhook configurations were read.
 * @param changed Called when the Secret may have changed.
 */
export function keepSecret(
  settings: OwnSettings,
  published: () => Published | undefined,
  changed: () => void,
): SecretKeeper {
  const { access, events, now, timings, pace } = settings;
  const object = secretName(settings);
  const readings = createFaultReport(events.faults("secret"));
  let view: View | undefined;
  /**
   * The Secret before our last write. While `view` is still the old Secret, the watch has not reported our write yet.
   */
  let replaced: View | undefined;
  let memory: CaContent | undefined;
  /** A new CA that is not written to the Secret yet. */
  let draft: Authority | undefined;

  function take(secret: JsonObject | undefined): void {
    const reading: SecretReading = secret ? readSecret(secret) : { kind: "good", content: NO_CONTENT };
    const resourceVersion = secret && readResourceVersion(secret, object.title);
    view = { resourceVersion, reading, since: now() };
    if (reading.kind !== "good") readings.fault(faultText(object.title, reading, memory !== undefined));
    else readings.over();
    if (reading.kind === "good" && hasAuthority(reading.content)) memory = reading.content;
    changed();
  }

  async function work(signal: AbortSignal): Promise<boolean> {
    if (view === undefined || view === replaced) return false;
    const from = view;
    const patient = now() - from.since >= pace.patience;
    const wanted = wantedContent(from.reading, { memory, published: published(), patient }, now());
    // If another replica wrote its CA first, our draft is dropped. The next rotation needs a newer CA.
    if (!wanted?.makeNext) draft = undefined;
    if (wanted === undefined) return false;
    if (wanted.makeNext) draft ??= await makeAuthority(now());
    const content = wanted.makeNext ? { ...wanted.content, next: draft } : wanted.content;
    // The watch may report the write and change `memory` before the response to the write arrives.
    const before = memory;
    const isWritten = await write(settings, from.resourceVersion, content, signal);
    replaced = from;
    if (!isWritten) return true;
    tell(events, wanted, content, before);
    draft = undefined;
    return true;
  }

  const chore = createChore({ what: `keep ${object.title}`, work, events: events.faults("secret"), timings });
  const absence = awaitReturn(pace.absence, take);
  const watched = { ...events.faults("secret"), seen: absence.seen };
  const watching = watchObject(access, object, watched, timings);
  return {
    get content() {
      return memory;
    },
    poke: chore.poke,
    stop() {
      watching.stop();
      absence.stop();
      chore.stop();
    },
  };
}

interface Absence {
  seen(secret: JsonObject | undefined): void;
  stop(): void;
}

/**
 * Passes on each event of the watch, but reports a missing Secret only after `milliseconds`. An owner who changes to
 * mounted certificates deletes the Secret first, and the permission to create it a moment later.
 */
function awaitReturn(milliseconds: number, take: (secret: JsonObject | undefined) => void): Absence {
  let timer: NodeJS.Timeout | undefined;
  return {
    seen(secret) {
      if (secret === undefined) {
        timer ??= setTimeout(take, milliseconds, undefined).unref();
        return;
      }
      clearTimeout(timer);
      timer = undefined;
      take(secret);
    },
    stop: () => clearTimeout(timer),
  };
}

function tell(
  events: OwnEvents,
  { mends, makeNext }: Wanted,
  content: CaContent,
  before: CaContent | undefined,
): void {
  if (mends !== undefined) events.restored(mends);
  if (makeNext && content.next !== undefined) events.made(content.next);
  if (content.ca !== undefined && content.ca.id !== before?.ca?.id) events.inUse(content.ca);
}

function secretName({ namespace, secret: name }: OwnSettings) {
  const collection = `/api/v1/namespaces/${encodeURIComponent(namespace)}/secrets`;
  return { collection, name, title: `Secret ${namespace}/${name}` };
}

const FORBIDDEN = 403;

/**
 * Writes only if the Secret still has this resourceVersion. If there is no Secret, creates an empty Secret; the next
 * run fills it, when the watch has reported it.
 *
 * @returns Whether `content` was written.
 * @throws ApiFault
 */
async function write(
  settings: OwnSettings,
  resourceVersion: string | undefined,
  content: CaContent,
  signal: AbortSignal,
): Promise<boolean> {
  if (resourceVersion === undefined) {
    await createEmpty(settings, signal);
    return false;
  }
  const { collection, name, title } = secretName(settings);
  const { access, timings } = settings;
  const body = { metadata: { resourceVersion }, data: writeData(content) };
  const path = `${collection}/${encodeURIComponent(name)}`;
  const type = "application/merge-patch+json";
  const writing = { path, what: `patch ${title}`, method: "PATCH", type, body } as const;
  await writeObject(access, writing, signal, timings);
  return true;
}

/**
 * Creates the Secret of the manifest, without data. If another replica has filled the Secret meanwhile, the apply
 * changes nothing.
 *
 * The request is a server-side apply, because its URL has the name, and RBAC can limit `create` to that name
 * (kubernetes 1.37, apiserver/pkg/endpoints/handlers/patch.go). The URL of a POST has no name.
 *
 * @throws ApiFault
 */
async function createEmpty(settings: OwnSettings, signal: AbortSignal): Promise<void> {
  const { collection, name, title } = secretName(settings);
  const { access, timings, namespace } = settings;
  const path = `${collection}/${encodeURIComponent(name)}?fieldManager=${FIELD_MANAGER}`;
  const type = "application/apply-patch+yaml";
  const body = emptySecret(namespace, name);
  const writing = { path, what: `create ${title}`, method: "PATCH", type, body } as const;
  try {
    await writeObject(access, writing, signal, timings);
  } catch (error) {
    if (!(error instanceof ApiFault) || error.status !== FORBIDDEN) throw error;
    const missing = `${title} is missing, and gracekeeper may not create it. Install gracekeeper again: kubectl apply -k install, or helm upgrade.`;
    throw new ApiFault(missing, { status: error.status });
  }
}

function faultText(
  title: string,
  { kind, reason }: Exclude<SecretReading, { readonly kind: "good" }>,
  remembered: boolean,
): string {
  if (kind === "foreign")
    return `${title} was not made by gracekeeper: ${reason}. Delete the Secret, or name another one with --ca-secret.`;
  const next = remembered
    ? "gracekeeper restores the previous content of the Secret."
    : "Restore the Secret from a backup. If no replica restores the CA, gracekeeper makes a new CA.";
  return `${title} cannot be used: ${reason}. ${next}`;
}
