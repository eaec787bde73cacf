/** What the Secret is to hold, whatever state it is in. No I/O. */
import { type CaContent, NO_CONTENT, type Published, planSecret } from "./plan.ts";
import type { SecretReading } from "./secret.ts";

export interface Wanted {
  readonly content: CaContent;
  /** A CA is to be made, as `next`. */
  readonly makeNext: boolean;
  /** What was wrong with the Secret. Undefined when nothing was. */
  readonly mends: string | undefined;
}

/** What a replica knows beside the Secret. */
export interface Known {
  /** What the Secret held when it could last be used. */
  readonly memory: CaContent | undefined;
  /** Undefined until both configurations were seen. */
  readonly published: Published | undefined;
  /** The Secret has been as it is for so long that no other replica will mend it. */
  readonly patient: boolean;
}

export function hasAuthority({ ca, next }: CaContent): boolean {
  return ca !== undefined || next !== undefined;
}

/**
 * What is to be written; undefined when there is nothing, or when the Secret is not ours.
 *
 * A Secret that was deleted, emptied or broken gets back what it held. Without a memory of that, a broken one is left to other
 * replicas for a while, and is then filled with a new CA; the old one stays trusted for as long as it is published.
 */
export function wantedContent(reading: SecretReading, known: Known, now: number): Wanted | undefined {
  const { memory, published, patient } = known;
  switch (reading.kind) {
    case "foreign":
      return undefined;
    case "broken":
      return memory === undefined && !patient ? undefined : refill(reading.reason, known, now);
    case "good": {
      if (!hasAuthority(reading.content) && memory !== undefined)
        return refill("it was deleted or emptied", known, now);
      const plan = planSecret(reading.content, published, now);
      return plan && { ...plan, mends: undefined };
    }
  }
}

function refill(mends: string, { memory, published }: Known, now: number): Wanted {
  const content = memory ?? NO_CONTENT;
  return { content, makeNext: false, ...planSecret(content, published, now), mends };
}
