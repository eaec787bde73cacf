import { Gracekeeper } from "../process.ts";
import type { Balancer } from "./balancer.ts";

/**
 * A substitute for a pod template. `main` is the program file of one version of gracekeeper, and `certificate` has its
 * options for the certificate.
 */
export interface Template {
  readonly main: string;
  readonly configuration: string;
  readonly kubeconfig: string;
  readonly certificate: readonly string[];
}

/** The number of replicas in the Deployment. */
const REPLICAS = 2;

/**
 * A substitute for the Deployment, with processes instead of pods. Each process is replaced after its successor is
 * ready (maxUnavailable 0).
 */
export class Replicas {
  readonly #balancer: Balancer;
  #running: Gracekeeper[] = [];
  readonly #stopping: Promise<unknown>[] = [];

  constructor(balancer: Balancer) {
    this.#balancer = balancer;
  }

  get running(): readonly Gracekeeper[] {
    return this.#running;
  }

  /**
   * Replaces all replicas. Returns when the new replicas are ready, as `kubectl rollout status` does; old replicas
   * still serve for a while.
   */
  async rollTo({ main, ...options }: Template): Promise<void> {
    const old = [...this.#running];
    for (let count = 0; count < REPLICAS; count++) {
      const replica = await Gracekeeper.start(main, options);
      this.#running.push(replica);
      this.#balancer.add(replica.port);
      const before = old.shift();
      if (before !== undefined) this.#end(before);
    }
  }

  #end(replica: Gracekeeper): void {
    this.#running = this.#running.filter((one) => one !== replica);
    this.#balancer.remove(replica.port);
    this.#stopping.push(replica.stop());
  }

  /** Waits until all stopping replicas have ended. */
  async drained(): Promise<void> {
    await Promise.all(this.#stopping);
  }

  async stop(): Promise<void> {
    for (const replica of this.#running) this.#end(replica);
    await this.drained();
  }
}
