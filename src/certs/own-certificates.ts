import { TIMINGS } from "../kube/timings.ts";
import type { Certificate } from "./certificate.ts";
import type { ConfigurationKind } from "./configuration.ts";
import { keepBundles } from "./keep-bundles.ts";
import { keepLeaf } from "./keep-leaf.ts";
import { keepSecret } from "./keep-secret.ts";
import { type Entry, inEvery } from "./plan.ts";
import { type OwnSettings, PACE } from "./settings.ts";
import { createSightings } from "./sightings.ts";
import type { Leaf } from "./sign.ts";

export interface OwnCertificates {
  /** Calls `use` with the current certificate, if there is one, and with each new certificate. */
  present(use: (leaf: Leaf) => void): void;
  /** The reason why the replica is not ready yet; undefined from the moment when it is ready. */
  notReady(): string | undefined;
  /** The CA that signed the certificate in use. */
  readonly signer: Certificate | undefined;
  /** Whether caBundle of every entry has the CA that signed the certificate in use. */
  readonly published: boolean;
  stop(): void;
}

const SEE = "If the wait does not end, look for ca-error in the log.";

type Needed = "access" | "namespace" | "secret" | "service" | "configuration" | "events";

/**
 * Certificates that gracekeeper makes itself: a CA in a Secret, which all replicas share, and a leaf in the memory of
 * each replica. The work continues until `stop`, even while the API server fails.
 */
export function ownCertificates(given: Pick<OwnSettings, Needed> & Partial<OwnSettings>): OwnCertificates {
  const settings: OwnSettings = { now: Date.now, timings: TIMINGS, pace: PACE, ...given };
  const { now, pace } = settings;
  const sightings = createSightings(pace.settle);
  const listeners: ((leaf: Leaf) => void)[] = [];

  const published = () => sightings.published(now());
  const content = () => secret.content;
  const parts = () => [leaf, secret, ...bundles];
  const poke = (): void => {
    for (const part of parts()) part.poke();
  };
  const sees = (kind: ConfigurationKind) => (entries: readonly Entry[]) => {
    sightings.see(kind, entries, now());
    poke();
  };
  const isPublished = (): boolean => {
    const seen = published();
    return leaf.signer !== undefined && seen !== undefined && inEvery(seen.entries, leaf.signer.id);
  };

  const secret = keepSecret(settings, published, poke);
  const bundles = [
    keepBundles(settings, "validating", content, sees("validating")),
    keepBundles(settings, "mutating", content, sees("mutating")),
  ];
  const leaf = keepLeaf(
    settings,
    () => ({ content: content(), published: published() }),
    (made) => {
      for (const use of listeners) use(made);
    },
  );
  const looking = setInterval(poke, pace.look).unref();

  return {
    present(use) {
      listeners.push(use);
      if (leaf.leaf !== undefined) use(leaf.leaf);
    },
    notReady: readiness(settings, () => ({
      presents: leaf.leaf !== undefined,
      // A CA was already in caBundle when it became the signing CA.
      inUse: content()?.ca !== undefined,
      published: isPublished(),
    })),
    get signer() {
      return leaf.signer;
    },
    get published() {
      return isPublished();
    },
    stop() {
      clearInterval(looking);
      for (const part of parts()) part.stop();
    },
  };
}

interface Progress {
  readonly presents: boolean;
  readonly inUse: boolean;
  readonly published: boolean;
}

/**
 * No API server trusts a CA that was never in caBundle, so readiness waits for the first CA without a time limit. A CA
 * that is already in use may be in caBundle even if we cannot read the webhook configurations, so readiness waits for
 * this CA at most for `patience`. A ready replica stays ready.
 */
function readiness(
  { namespace, secret, pace }: OwnSettings,
  progress: () => Progress,
): () => string | undefined {
  const started = performance.now();
  let wasReady = false;
  return () => {
    const { presents, inUse, published } = progress();
    if (!presents) return `waiting for the CA in Secret ${namespace}/${secret}. ${SEE}`;
    wasReady ||= inUse && (published || performance.now() - started > pace.patience);
    return wasReady ? undefined : `waiting until both webhook configurations have the CA in caBundle. ${SEE}`;
  };
}
