/**
 * The next step for the CA, as functions of the Secret, the certificates in caBundle, and the time. No I/O.
 *
 * The one rule: a certificate is presented only if every caller trusts it. So a new CA is published first, together
 * with the old one. It signs only after every entry of both configurations has had it for a while. No valid certificate
 * is removed from caBundle, whoever put it there.
 */
import type { Authority, Certificate } from "./certificate.ts";

const DAY = 24 * 3600 * 1000;

/** The content of the Secret. */
export interface CaContent {
  /** The CA that signs. It was published everywhere before that. */
  readonly ca: Authority | undefined;
  /** The CA that will sign when it is published everywhere. The very first CA begins here. */
  readonly next: Authority | undefined;
  /**
   * The CAs that signed before. They stay published until they end, because a replica without a connection may still
   * present their certificates.
   */
  readonly previous: readonly Certificate[];
  /**
   * Certificates that another client published, such as those of mounted files before own certificates were switched
   * on.
   */
  readonly other: readonly Certificate[];
  /** The time until which these stay published. */
  readonly otherUntil: number;
}

export const NO_CONTENT: CaContent = {
  ca: undefined,
  next: undefined,
  previous: [],
  other: [],
  otherUntil: 0,
};

/** One entry of a webhook configuration that calls us, with the certificates in its caBundle. */
export interface Entry {
  readonly name: string;
  readonly certificates: readonly Certificate[];
}

/** The certificates in the entries of both configurations. */
export interface Published {
  /** All of them. */
  readonly entries: readonly Entry[];
  /** Those that every entry has had for so long that every API server must know them. */
  settledEverywhere(id: string): boolean;
  /** Those that at least one entry has had for that long. */
  settledSomewhere(id: string): boolean;
}

/**
 * How long pods with mounted files may run beside ours, for example in a rollout that hangs over a holiday. After that
 * their CA, whose key we do not know, is no longer trusted.
 */
const OTHERS_STAY = 30 * DAY;

/** A limit, because a user with the permission to write a configuration could fill the Secret with certificates. */
const MOST_OTHERS = 20;

/** A certificate is replaced after two thirds of its life. */
export function renewalTime({ notBefore, notAfter }: Pick<Certificate, "notBefore" | "notAfter">): number {
  return notBefore + ((notAfter - notBefore) * 2) / 3;
}

export interface SecretPlan {
  readonly content: CaContent;
  /** A CA is to be made, as `next`. */
  readonly makeNext: boolean;
}

/**
 * The content that the Secret should have now; undefined if it has it.
 *
 * @param published Undefined until both configurations were seen.
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
  // A certificate that has ended is removed when it is no longer published.
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

/** At the very first start, if nothing else is published, no other replica can serve. */
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
 * A valid certificate of another client is kept in the Secret. If an apply removes it while pods still present a
 * certificate that it signed, it is put back. A new one extends the time for all.
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
 * The entries with the certificates that their caBundles should have; undefined if they have them. Sets are compared,
 * so that another order or other line breaks cause no write.
 *
 * Certificates that are not in the Secret stay as long as they are valid. Those that have ended are removed with the
 * next write.
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

/** The CA to sign with. It changes only if the new one is trusted everywhere, or if the old one has ended. */
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
