/**
 * The next step for the CA, as functions of the Secret, the certificates in caBundle, and the time. No I/O.
 *
 * The main rule: a replica presents a certificate only if every API server trusts it. So a new CA is first published in
 * caBundle, together with the old CA. The new CA signs only after every entry of both webhook configurations has had it
 * for a while. A valid certificate is never removed from caBundle, even if another client added it.
 */
import type { Authority, Certificate } from "./certificate.ts";

const DAY = 24 * 3600 * 1000;

/** The content of the Secret. */
export interface CaContent {
  /** The CA that signs. Every webhook entry had this CA in caBundle before the CA signed. */
  readonly ca: Authority | undefined;
  /** The CA that will sign when every webhook entry has it in caBundle. The very first CA also starts as `next`. */
  readonly next: Authority | undefined;
  /**
   * The CAs that signed before. Previous CAs stay published until they expire, because an offline replica may still
   * present certificates that they signed.
   */
  readonly previous: readonly Certificate[];
  /**
   * Certificates that another client published, such as the CA of mounted files before gracekeeper made its own
   * certificates.
   */
  readonly other: readonly Certificate[];
  /** The time until which the certificates in `other` stay published. */
  readonly otherUntil: number;
}

export const NO_CONTENT: CaContent = {
  ca: undefined,
  next: undefined,
  previous: [],
  other: [],
  otherUntil: 0,
};

/** One entry of a webhook configuration that calls gracekeeper, with the certificates in its caBundle. */
export interface Entry {
  readonly name: string;
  readonly certificates: readonly Certificate[];
}

/** The certificates in the entries of both configurations. */
export interface Published {
  /** The entries of both configurations. */
  readonly entries: readonly Entry[];
  /** Whether every entry has had the certificate for so long that every API server has read it. */
  settledEverywhere(id: string): boolean;
  /** Whether at least one entry has had the certificate for so long that every API server has read it. */
  settledSomewhere(id: string): boolean;
}

/**
 * How long pods with a mounted certificate may still run, for example in a rollout that is stuck over a holiday. After
 * this time, the CA of mounted certificates, whose key we do not have, is removed from caBundle.
 */
const OTHERS_STAY = 30 * DAY;

/**
 * The number of certificates in `other` is limited, because a user who may write a webhook configuration could fill the
 * Secret.
 */
const MOST_OTHERS = 20;

/** A certificate is replaced after two thirds of its validity. */
export function renewalTime({ notBefore, notAfter }: Pick<Certificate, "notBefore" | "notAfter">): number {
  return notBefore + ((notAfter - notBefore) * 2) / 3;
}

export interface SecretPlan {
  readonly content: CaContent;
  /** Whether the caller must make a CA and set it as `next`. */
  readonly makeNext: boolean;
}

/**
 * The content that the Secret should have now; undefined if the Secret already has it.
 *
 * @param published The published certificates; undefined until both webhook configurations were read.
 */
export function planSecret(
  content: CaContent,
  published: Published | undefined,
  now: number,
): SecretPlan | undefined {
  const ca = living(content.ca, now);
  const next = living(content.next, now);
  const promotes = next !== undefined && published !== undefined && mayPromote(next, ca, published);
  const signs = promotes ? next : ca;
  const waits = promotes ? undefined : next;
  const retired = content.ca !== undefined && content.ca !== signs ? [content.ca] : [];
  // An expired certificate stays in the Secret as long as an entry has it, so that its removal from caBundle is not
  // forgotten.
  const previous = [...retired, ...content.previous].filter(
    ({ id, notAfter }) => notAfter > now || published === undefined || inSome(published, id),
  );
  const others = published === undefined ? content : planOthers(content, published, now);
  const { other, otherUntil } = others;
  const planned: CaContent = { ca: signs, next: waits, previous, other, otherUntil };
  const makeNext = waits === undefined && (signs === undefined || now >= renewalTime(signs));
  return makeNext || !sameContent(planned, content) ? { content: planned, makeNext } : undefined;
}

function living<T extends Certificate>(certificate: T | undefined, now: number): T | undefined {
  return certificate !== undefined && certificate.notAfter > now ? certificate : undefined;
}

/**
 * If no other certificate is published, no other replica can serve yet, so the first CA may sign as soon as every entry
 * has it.
 */
function mayPromote(next: Authority, ca: Authority | undefined, published: Published): boolean {
  const alone = published.entries.every(({ certificates }) => certificates.every(({ id }) => id === next.id));
  return (
    published.settledEverywhere(next.id) || (ca === undefined && alone && inEvery(published.entries, next.id))
  );
}

export function inEvery(entries: readonly Entry[], id: string): boolean {
  return entries.every(({ certificates }) => certificates.some((one) => one.id === id));
}

function inSome({ entries }: Published, id: string): boolean {
  return entries.some(({ certificates }) => certificates.some((one) => one.id === id));
}

/**
 * The Secret keeps each valid CA that another client published. So if `kubectl apply` removes a CA from caBundle while
 * pods still use it, gracekeeper adds the CA again. A new CA of another client restarts the time limit for all CAs of
 * other clients.
 */
function planOthers(
  content: CaContent,
  published: Published,
  now: number,
): Pick<CaContent, "other" | "otherUntil"> {
  const { other, otherUntil } = content;
  const known = new Set([...ours(content), ...other].map(({ id }) => id));
  const found = published.entries
    .flatMap(({ certificates }) => certificates)
    .filter(({ id, notAfter }) => notAfter > now && !known.has(id) && published.settledSomewhere(id));
  const all = new Map([...other, ...found].map((one) => [one.id, one]));
  if (all.size > other.length && other.length < MOST_OTHERS)
    return { other: [...all.values()].slice(0, MOST_OTHERS), otherUntil: now + OTHERS_STAY };
  const kept = other.filter((one) => staysOther(one, content, now) || inSome(published, one.id));
  return { other: kept, otherUntil: kept.length === 0 ? 0 : otherUntil };
}

function staysOther({ notAfter }: Certificate, { otherUntil }: CaContent, now: number): boolean {
  return notAfter > now && now < otherUntil;
}

function ours({ ca, next, previous }: CaContent): Certificate[] {
  return [ca, next, ...previous].filter((one) => one !== undefined);
}

function sameContent(a: CaContent, b: CaContent): boolean {
  const ids = ({ ca, next, previous, other, otherUntil }: CaContent) =>
    [
      ca?.id,
      next?.id,
      "",
      ...previous.map(({ id }) => id),
      "",
      ...other.map(({ id }) => id),
      otherUntil,
    ].join();
  return ids(a) === ids(b);
}

/**
 * The entries with the certificates that their caBundles should have; undefined if no entry must change. Certificates
 * are compared as sets, so that another order or other line breaks cause no write.
 *
 * A valid certificate that is not in the Secret stays in caBundle. An expired certificate is removed with the next
 * write.
 */
export function planBundles(
  entries: readonly Entry[],
  content: CaContent,
  now: number,
): readonly Entry[] | undefined {
  const living = ours(content).filter(({ notAfter }) => notAfter > now);
  const wanted = [...living, ...content.other.filter((one) => staysOther(one, content, now))];
  const wantedIds = new Set(wanted.map(({ id }) => id));
  const unwanted = new Set(
    [...ours(content), ...content.other].map(({ id }) => id).filter((id) => !wantedIds.has(id)),
  );
  const right = ({ certificates }: Entry): boolean => {
    const ids = new Set(certificates.map(({ id }) => id));
    return wanted.every(({ id }) => ids.has(id)) && certificates.every(({ id }) => !unwanted.has(id));
  };
  if (wanted.length === 0 || entries.every(right)) return undefined;
  return entries.map(({ name, certificates }) => {
    const unknown = certificates.filter(
      ({ id, notAfter }) => notAfter > now && !wantedIds.has(id) && !unwanted.has(id),
    );
    return { name, certificates: [...wanted, ...unknown] };
  });
}

/** The CA to sign with. The signing CA changes only if every entry has the new CA, or if the old CA has expired. */
export function chooseSigner(
  before: Authority | undefined,
  content: CaContent,
  published: Published | undefined,
  now: number,
): Authority | undefined {
  const wanted = living(content.ca, now) ?? living(content.next, now);
  if (wanted === undefined) return before;
  if (living(before, now) === undefined || before?.id === wanted.id) return wanted;
  return published?.settledEverywhere(wanted.id) ? wanted : before;
}
