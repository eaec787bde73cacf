import { X509Certificate } from "node:crypto";
import { type Certificate, readCertificates } from "../../src/certs/certificate.ts";
import { type OwnCertificates, ownCertificates } from "../../src/certs/own-certificates.ts";
import { readSecret, type SecretReading } from "../../src/certs/secret.ts";
import type { OwnSettings, Pace } from "../../src/certs/settings.ts";
import type { Leaf } from "../../src/certs/sign.ts";
import type { Access } from "../../src/kube/access.ts";
import { caEvents } from "../../src/server/telemetry/ca-events.ts";
import { testLog } from "../helper.ts";
import { FaultyApiServer } from "../kube/faulty-api-server.ts";
import { PATIENT, until } from "../kube/helper.ts";
import type { ObjectStore, Stored } from "../kube/object-store.ts";

export const SECRET = "/api/v1/namespaces/gracekeeper/secrets/gracekeeper-ca";
const REGISTRATION = "/apis/admissionregistration.k8s.io/v1";
export const VALIDATING = `${REGISTRATION}/validatingwebhookconfigurations/gracekeeper`;
export const MUTATING = `${REGISTRATION}/mutatingwebhookconfigurations/gracekeeper`;

export const EMPTY_SECRET = { type: "Opaque" };

/** Intervals for tests, in which only the test moves the clock. Checks of the clock run every 10 ms of real time. */
export const PACE: Pace = { look: 10, settle: 15_000, patience: 30_000, absence: 10 };

const STEPS = 5;

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

interface Teardown {
  teardown(end: () => unknown): void;
}

/** A webhook configuration with our entries, which have this caBundle, and an entry of another project. */
export function configuration(entries: readonly string[], caBundle?: string): object {
  const bundle = caBundle === undefined ? {} : { caBundle: Buffer.from(caBundle).toString("base64") };
  const ours = entries.map((name) => ({
    name,
    clientConfig: { service: { name: "gracekeeper", namespace: "gracekeeper", path: `/${name}` }, ...bundle },
  }));
  const theirs = { name: "theirs", clientConfig: { service: { name: "other", namespace: "other" } } };
  return { webhooks: [...ours, theirs] };
}

/** The part of a fake API server that the tests need. */
export interface Api {
  readonly objects: ObjectStore;
  access(): Promise<Access>;
}

/** A fake API server with an empty Secret and both webhook configurations. */
export async function installed(t: Teardown, caBundle?: string): Promise<FaultyApiServer> {
  const api = await FaultyApiServer.start(t);
  install(api, caBundle);
  return api;
}

export function install({ objects }: Api, caBundle?: string): void {
  objects.put(SECRET, EMPTY_SECRET);
  objects.put(VALIDATING, configuration(["enforce", "warn"], caBundle));
  objects.put(MUTATING, configuration(["inject"], caBundle));
}

export interface Replica {
  readonly own: OwnCertificates;
  readonly leaves: readonly Leaf[];
  readonly lines: () => Record<string, unknown>[];
  /** The last leaf certificate of the replica. */
  readonly leaf: () => Leaf | undefined;
}

export interface Clock {
  now: number;
}

export async function replica(
  t: Teardown,
  api: Api,
  clock: Clock = { now: Date.now() },
  settings: Partial<OwnSettings> = {},
): Promise<Replica> {
  const { logger, lines } = testLog();
  const leaves: Leaf[] = [];
  const own = ownCertificates({
    access: await api.access(),
    namespace: "gracekeeper",
    secret: "gracekeeper-ca",
    service: "gracekeeper",
    configuration: "gracekeeper",
    events: caEvents(logger),
    now: () => clock.now,
    timings: PATIENT,
    pace: PACE,
    ...settings,
  });
  own.present((leaf) => leaves.push(leaf));
  t.teardown(() => own.stop());
  return { own, leaves, lines, leaf: () => leaves.at(-1) };
}

/** Moves the clock through the waiting time of a new CA, in small steps, until a condition is true. */
export async function settles(clock: Clock, done: () => boolean): Promise<void> {
  await until(() => {
    if (done()) return true;
    clock.now += PACE.settle / STEPS;
    return false;
  });
}

export function secretOf({ objects }: Api): SecretReading {
  return readSecret(objects.get(SECRET) ?? {});
}

/** The content of the Secret. Throws if the Secret cannot be used. */
export function contentOf(api: Api) {
  const reading = secretOf(api);
  if (reading.kind !== "good") throw new Error(reading.reason);
  return reading.content;
}

/** caBundle of each of our entries in both configurations. */
export function bundlesOf({ objects }: Api): { readonly name: string; readonly bundle: Certificate[] }[] {
  return [VALIDATING, MUTATING].flatMap((path) => {
    const { webhooks } = (objects.get(path) ?? { webhooks: [] }) as Stored & {
      webhooks: { name: string; clientConfig: { caBundle?: string; service: { name: string } } }[];
    };
    return webhooks
      .filter(({ clientConfig }) => clientConfig.service.name === "gracekeeper")
      .map(({ name, clientConfig }) => ({
        name,
        bundle: readCertificates(Buffer.from(clientConfig.caBundle ?? "", "base64").toString()),
      }));
  });
}

/** Caches parsed certificates, because the tests check the same few certificates repeatedly. */
const parsed = new Map<string, X509Certificate>();
const issued = new Map<string, boolean>();

function parse(pem: string): X509Certificate {
  const found = parsed.get(pem) ?? new X509Certificate(pem);
  parsed.set(pem, found);
  return found;
}

function isIssued(leaf: X509Certificate, ca: X509Certificate): boolean {
  const key = `${leaf.fingerprint256} ${ca.fingerprint256}`;
  const found = issued.get(key) ?? (leaf.checkIssued(ca) && leaf.verify(ca.publicKey));
  issued.set(key, found);
  return found;
}

/** The reasons for which a client that trusts these certificates would refuse the leaf at this time. */
export function refusals(leaf: Leaf, bundle: readonly Certificate[], now: number): string[] {
  const certificate = parse(leaf.cert);
  const issuers = bundle.map(({ pem }) => parse(pem)).filter((ca) => isIssued(certificate, ca));
  const valid = (one: X509Certificate) =>
    one.validFromDate.getTime() <= now && now <= one.validToDate.getTime();
  const rules: readonly (readonly [boolean, string])[] = [
    [valid(certificate), `the leaf is valid from ${certificate.validFrom} to ${certificate.validTo}`],
    [issuers.length > 0, "unknown authority"],
    [issuers.some(valid), "the authority has ended"],
    [issuers.every(({ ca }) => ca), "the issuer is not a CA"],
    [certificate.checkHost("gracekeeper.gracekeeper.svc") !== undefined, "another name"],
    [certificate.keyUsage?.includes("1.3.6.1.5.5.7.3.1") ?? false, "not for servers"],
  ];
  return rules.filter(([kept]) => !kept).map(([, refusal]) => refusal);
}
