/** The content that the Secret should have, for each state of the Secret. No I/O. */
import { type CaContent, NO_CONTENT, type Published, planSecret } from "./plan.ts";
import type { SecretReading } from "./secret.ts";

export interface Wanted {
  readonly content: CaContent;
  /** Whether the caller must make a CA and set it as `next`. */
  readonly makeNext: boolean;
  /** The error in the Secret that this content repairs; undefined if there is no error. */
  readonly mends: string | undefined;
}

/** What a replica knows in addition to the current content of the Secret. */
export interface Known {
  /** The last valid content of the Secret. */
  readonly memory: CaContent | undefined;
  /** The published certificates; undefined until both webhook configurations were read. */
  readonly published: Published | undefined;
  /** Whether the Secret has been unchanged for `patience`. Only then may this replica repair it with a new CA. */
  readonly patient: boolean;
}

export function hasAuthority({ ca, next }: CaContent): boolean {
  return ca !== undefined || next !== undefined;
}

/**
 * The content to write; undefined if no write is needed, or if gracekeeper did not make the Secret.
 *
 * A Secret that was deleted, emptied or broken gets its last content back. A replica that does not know the last
 * content first waits for other replicas to repair a broken Secret, and then writes a new CA. The old CA stays trusted
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
