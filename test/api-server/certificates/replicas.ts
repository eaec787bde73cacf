import { Gracekeeper } from "../process.ts";
import type { Balancer } from "./balancer.ts";

/** The program of a pod: `main` of one version of gracekeeper, with the options of `serve` for its certificate. */
export interface Template {
  readonly main: string;
  readonly configuration: string;
  readonly kubeconfig: string;
  readonly certificate: readonly string[];
}

/** As many as the Deployment has. */
const REPLICAS = 2;

/**
 * A substitute for the Deployment: processes instead of pods, replaced one by one when the new one is ready
 * (maxUnavailable 0).
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

  /** Waits as `kubectl rollout status`. Stopping pods still serve for a while, as in a cluster. */
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

  /** Waits until the stopping pods have ended. */
  async drained(): Promise<void> {
    await Promise.all(this.#stopping);
  }

  async stop(): Promise<void> {
    for (const replica of this.#running) this.#end(replica);
    await this.drained();
  }
}
