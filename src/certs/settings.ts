import type { Access } from "../kube/access.ts";
import type { FaultEvents } from "../kube/fault-report.ts";
import type { Timings } from "../kube/timings.ts";
import type { Certificate } from "./certificate.ts";
import type { ConfigurationKind } from "./configuration.ts";
import type { Entry } from "./plan.ts";

const SECOND = 1000;

/** In milliseconds. */
export interface Pace {
  /**
   * The interval between two checks of the clock. A single long timer would not work: it stops while the machine is
   * suspended, and Node fires a timer of more than 24 days at once.
   */
  readonly look: number;
  /**
   * How long every webhook entry must have a CA in caBundle before the CA signs. API servers see a change no later than
   * our own watch does.
   */
  readonly settle: number;
  /**
   * How long other replicas have to repair a broken Secret. A starting replica also waits at most this long until
   * caBundle has a CA that is already in use.
   */
  readonly patience: number;
  /** How long a Secret must be missing before gracekeeper creates it. */
  readonly absence: number;
}

export const PACE: Pace = {
  look: 10 * SECOND,
  settle: 15 * SECOND,
  patience: 30 * SECOND,
  absence: 3 * SECOND,
};

/** Errors and completed steps. */
export type Part = "secret" | ConfigurationKind | "certificate";

export interface OwnEvents {
  /** gracekeeper made a CA and will publish it. */
  made(ca: Certificate): void;
  /** The CA signs from now on. */
  inUse(ca: Certificate): void;
  /** The signing CA expires within 30 days. */
  endsSoon(ca: Certificate): void;
  /** The Secret was repaired. `reason` is the error that the Secret had. */
  restored(reason: string): void;
  published(kind: string, entries: readonly Entry[]): void;
  faults(part: Part): FaultEvents;
}

export interface OwnSettings {
  readonly access: Access;
  /** The namespace of the Secret and the Service. */
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
