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
  /** The last usable content of the Secret; undefined before the first. */
  readonly content: CaContent | undefined;
  poke(): void;
  stop(): void;
}

/** The Secret as it was last seen. */
interface View {
  /** Undefined if there is no Secret. */
  readonly resourceVersion: string | undefined;
  readonly reading: SecretReading;
  /** Milliseconds since 1970. */
  readonly since: number;
}

/**
 * Keeps the Secret with the CA. Replicas agree without a leader. Each writes only over the version that it has seen. So
 * if many make a first CA at the same time, one wins, and the others use its CA.
 *
 * @param published The published certificates; undefined until both configurations were seen.
 * @param changed Called if the content may have changed.
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
  /** The Secret before our last write. The watch has not sent the Secret after it yet. */
  let replaced: View | undefined;
  let memory: CaContent | undefined;
  /** Made, but not written yet. */
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
    // Another replica was first. This draft would be too old for the next rotation.
    if (!wanted?.makeNext) draft = undefined;
    if (wanted === undefined) return false;
    if (wanted.makeNext) draft ??= await makeAuthority(now());
    const content = wanted.makeNext ? { ...wanted.content, next: draft } : wanted.content;
    // The watch may report the write before its answer comes.
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
 * Passes on what is seen; that the Secret is missing only when it has been for so long. An owner who stops using own
 * certificates deletes the Secret, and then the permission to create it.
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
 * Writes over this version only. If there is no Secret, creates an empty one, which is filled when the watch reports
 * it.
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
 * Creates the Secret of the manifest, without data. If another replica has filled it meanwhile, the apply changes
 * nothing.
 *
 * By server-side apply, because the name is then part of the request, and RBAC can allow `create` for this name alone
 * (kubernetes 1.37, apiserver/pkg/endpoints/handlers/patch.go). A POST has no name.
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
    const missing = `${title} is missing, and gracekeeper may not create it. Bring it back as you installed gracekeeper: kubectl apply -k install, or helm upgrade.`;
    throw new ApiFault(missing, { status: error.status });
  }
}

function faultText(
  title: string,
  { kind, reason }: Exclude<SecretReading, { readonly kind: "good" }>,
  remembered: boolean,
): string {
  if (kind === "foreign")
    return `${title} was not made by gracekeeper: ${reason}. Delete it, or name another Secret with --ca-secret.`;
  const next = remembered
    ? "gracekeeper writes back what it held before."
    : "Restore it from a backup. If no replica writes it back, gracekeeper makes a new CA.";
  return `${title} cannot be used: ${reason}. ${next}`;
}
