import type { Access } from "../kube/access.ts";
import type { FaultEvents } from "../kube/fault-report.ts";
import type { Timings } from "../kube/timings.ts";
import type { Certificate } from "./certificate.ts";
import type { ConfigurationKind } from "./configuration.ts";
import type { Entry } from "./plan.ts";

const SECOND = 1000;

/** Milliseconds. */
export interface Pace {
  /** Between two looks at the clock. Never a long timer: a suspended machine stops them, and Node fires those above 24 days at once. */
  readonly look: number;
  /** How long a CA is published everywhere before it signs: API servers see a change as late as our own watch at worst. */
  readonly settle: number;
  /** How long others may mend a broken Secret, and how long a start waits for a caBundle that was there before. */
  readonly patience: number;
  /** How long a Secret is missing before it is created. */
  readonly absence: number;
}

export const PACE: Pace = {
  look: 10 * SECOND,
  settle: 15 * SECOND,
  patience: 30 * SECOND,
  absence: 3 * SECOND,
};

/** What has gone wrong, or is done. */
export type Part = "secret" | ConfigurationKind | "certificate";

export interface OwnEvents {
  /** A CA was made, to be published. */
  made(ca: Certificate): void;
  /** It signs from now on. */
  inUse(ca: Certificate): void;
  /** It signs, and ends within 30 days. */
  endsSoon(ca: Certificate): void;
  /** The Secret was written again. `reason` says what was wrong. */
  restored(reason: string): void;
  published(kind: string, entries: readonly Entry[]): void;
  faults(part: Part): FaultEvents;
}

export interface OwnSettings {
  readonly access: Access;
  /** Of the Secret and the Service. */
  readonly namespace: string;
  readonly secret: string;
  readonly service: string;
  /** The name of both webhook configurations. */
  readonly configuration: string;
  readonly events: OwnEvents;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly timings: Timings;
  readonly pace: Pace;
}
