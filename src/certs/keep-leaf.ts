import { type Authority, type Certificate, readCertificates } from "./certificate.ts";
import { createChore } from "./chore.ts";
import { type CaContent, chooseSigner, type Published, renewalTime } from "./plan.ts";
import type { OwnSettings } from "./settings.ts";
import { type Leaf, signLeaf } from "./sign.ts";

/**
 * A CA is replaced four months before it ends. If a CA still signs 30 days before it ends, its replacement has failed,
 * so each new leaf logs a warning.
 */
const ENDS_SOON = 30 * 24 * 3600 * 1000;

export interface LeafKeeper {
  /** The leaf in use; undefined before the first leaf is made. */
  readonly leaf: Leaf | undefined;
  /** The CA that signed the leaf. */
  readonly signer: Authority | undefined;
  poke(): void;
  stop(): void;
}

/**
 * Keeps a leaf certificate in memory. The last known CA signs the leaf, so a renewal of the leaf does not need the API
 * server.
 *
 * @param known The content of the Secret, and the published certificates.
 * @param present Called with each new leaf.
 */
export function keepLeaf(
  { service, namespace, now, events, timings }: OwnSettings,
  known: () => { readonly content: CaContent | undefined; readonly published: Published | undefined },
  present: (leaf: Leaf) => void,
): LeafKeeper {
  const names = leafNames(service, namespace);
  let signer: Authority | undefined;
  let leaf: Leaf | undefined;
  let certificate: Certificate | undefined;

  /**
   * The CA that must sign a new leaf now. Undefined if the current leaf can stay, or if no CA can sign a leaf that ends
   * later.
   */
  function nextSigner(): Authority | undefined {
    const { content, published } = known();
    const chosen = content && chooseSigner(signer, content, published, now());
    if (chosen === undefined || certificate === undefined) return chosen;
    const isFresh = chosen.id === signer?.id && !isDue(certificate, chosen, now());
    return isFresh || chosen.notAfter <= now() ? undefined : chosen;
  }

  async function work(): Promise<boolean> {
    const chosen = nextSigner();
    if (chosen === undefined) return false;
    leaf = await signLeaf(chosen, names, now());
    signer = chosen;
    [certificate] = readCertificates(leaf.cert);
    present(leaf);
    if (chosen.notAfter - now() < ENDS_SOON) events.endsSoon(chosen);
    return false;
  }

  const chore = createChore({ what: "sign", work, events: events.faults("certificate"), timings });
  return {
    get leaf() {
      return leaf;
    },
    get signer() {
      return signer;
    },
    poke: chore.poke,
    stop: chore.stop,
  };
}

/** The API server connects to the first DNS name; the other names are for tests with curl. */
function leafNames(service: string, namespace: string): string[] {
  const first = `${service}.${namespace}.svc`;
  return [first, `${first}.cluster.local`, `${service}.${namespace}`, service];
}

/** Whether the leaf is due for renewal, or is not valid yet because the clock was set back. */
function isDue(certificate: Certificate, signer: Authority, now: number): boolean {
  const endsFirst = certificate.notAfter < signer.notAfter;
  return (endsFirst && now >= renewalTime(certificate)) || now < certificate.notBefore;
}
