/**
 * What to do next with the CA, as functions of what is in the Secret, what is published in caBundle, and the time. No I/O.
 *
 * The one rule: a certificate is presented only when every caller trusts it. So a new CA is published first, beside the
 * old one, and signs when every entry of both configurations has had it for a while; and nothing that is valid is taken out of
 * caBundle, also if somebody else put it there.
 */
import type { Authority, Certificate } from "./certificate.ts";

const DAY = 24 * 3600 * 1000;

/** What the Secret holds. */
export interface CaContent {
  /** Signs. It was published everywhere before it did. */
  readonly ca: Authority | undefined;
  /** Will sign when it is published everywhere. The very first CA begins here. */
  readonly next: Authority | undefined;
  /** Signed before. They stay published until they end: a replica that is cut off may still present what they signed. */
  readonly previous: readonly Certificate[];
  /** Certificates that somebody else published: those of mounted files, before own ones were switched on. */
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

/** What is published in the entries of both configurations. */
export interface Published {
  /** All of it. */
  readonly entries: readonly Entry[];
  /** Every entry has had it for long enough that every API server must know. */
  settledEverywhere(id: string): boolean;
  /** Some entry has had it for that long. */
  settledSomewhere(id: string): boolean;
}

/**
 * How long pods with mounted files may go on beside ours: a rollout that hangs over a holiday. Then the CA that signed these
 * files, whose key we do not know, is not trusted any more.
 */
const OTHERS_STAY = 30 * DAY;

/** A user with the right to write a configuration could fill the Secret with certificates. */
const MOST_OTHERS = 20;

/** After two thirds of its life a certificate is replaced. */
export function renewalTime({ notBefore, notAfter }: Pick<Certificate, "notBefore" | "notAfter">): number {
  return notBefore + ((notAfter - notBefore) * 2) / 3;
}

export interface SecretPlan {
  readonly content: CaContent;
  /** A CA is to be made, as `next`. */
  readonly makeNext: boolean;
}

/**
 * What the Secret should hold now; undefined when it does.
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
  // What has ended is forgotten once it is not published any more.
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

/** At the very first start, with nothing else published, no other replica can serve. */
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
 * A valid certificate of somebody else is remembered, so that it can be put back when an apply wipes it out while pods still
 * present what it signed. A new one extends the time for all.
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
 * The entries with what their caBundles should hold; undefined when that is there. Sets are compared, so that two writers
 * with another order or other line breaks do not fight.
 *
 * Certificates that the Secret does not have stay as long as they are valid. If they have ended they stay as well until there is
 * another reason to write.
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

/** The CA to sign with: another one than before only when it is trusted everywhere, or when the one before has ended. */
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
