/** The content that the Secret should have, for each state of the Secret. No I/O. */
import { type CaContent, NO_CONTENT, type Published, planSecret } from "./plan.ts";
import type { SecretReading } from "./secret.ts";

export interface Wanted {
  readonly content: CaContent;
  /** Whether a CA must be made, as `next`. */
  readonly makeNext: boolean;
  /** The error in the Secret; undefined if there was none. */
  readonly mends: string | undefined;
}

/** What a replica knows in addition to the Secret. */
export interface Known {
  /** The last usable content of the Secret. */
  readonly memory: CaContent | undefined;
  /** Undefined until both configurations were seen. */
  readonly published: Published | undefined;
  /** Whether `patience` is over: no other replica has repaired the Secret in that time. */
  readonly patient: boolean;
}

export function hasAuthority({ ca, next }: CaContent): boolean {
  return ca !== undefined || next !== undefined;
}

/**
 * The content to write; undefined if there is nothing to write, or if the Secret is not ours.
 *
 * A Secret that was deleted, emptied or broken gets its last content back. A replica that does not know that content
 * leaves a broken Secret to the other replicas for a while, and then fills it with a new CA. The old CA stays trusted
 * as long as it is published.
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
