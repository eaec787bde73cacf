import { type ChildProcess, spawn } from "node:child_process";
import { get } from "node:http";
import { createServer } from "node:net";
import { setTimeout as wait } from "node:timers/promises";

/** The fields of a decision line that the checks use. */
export interface DecisionLine {
  readonly event: "decision";
  readonly uid: string;
  readonly mode: string;
  readonly operation: string;
  readonly namespace: string;
  readonly kind: string;
  readonly findings: readonly string[];
  readonly action: string;
  readonly owner: string;
  readonly reason: string;
}

export interface Options {
  readonly configuration: string;
  /** The options for the certificate, such as `["--certs-dir", "folder"]`. */
  readonly certificate: readonly string[];
  readonly kubeconfig: string;
}

/** A replica with own certificates waits a little more than 15 s, until its CA is in every entry. */
const READY_SECONDS = 60;
const TRIES_PER_SECOND = 20;

/** Starts the real server as the image does: `serve` with files for configuration, certificate and access. */
export class Gracekeeper {
  readonly port: number;
  readonly healthPort: number;
  readonly decisions: DecisionLine[] = [];
  /** Log lines other than decisions, and standard error. A failed check prints these lines. */
  readonly other: string[] = [];
  readonly #child: ChildProcess;
  readonly #ended: Promise<number | null>;

  private constructor(child: ChildProcess, port: number, healthPort: number) {
    this.#child = child;
    this.port = port;
    this.healthPort = healthPort;
    this.#ended = new Promise((resolve) => child.on("close", resolve));
    lines(child.stdout, (line) => this.#take(line));
    lines(child.stderr, (line) => this.other.push(line));
  }

  static async start(main: string, given: Options): Promise<Gracekeeper> {
    const port = await freePort();
    const healthPort = await freePort();
    const { configuration, certificate, kubeconfig } = given;
    const options = ["--config", configuration, ...certificate, "--kubeconfig", kubeconfig];
    const ports = ["--port", String(port), "--health-port", String(healthPort)];
    const child = spawn(process.execPath, [main, "serve", ...options, ...ports], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    const started = new Gracekeeper(child, port, healthPort);
    await started.#ready();
    return started;
  }

  /** Sends the stop signal and returns the exit code. */
  async stop(): Promise<number | null> {
    this.#child.kill("SIGTERM");
    const impatient = setTimeout(() => this.#child.kill("SIGKILL"), 60_000);
    const code = await this.#ended;
    clearTimeout(impatient);
    return code;
  }

  /** Kills the process, as if its node had failed. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#ended;
  }

  #take(line: string): void {
    const entry = parsed(line);
    if (entry?.["event"] === "decision") this.decisions.push(entry as unknown as DecisionLine);
    else this.other.push(line);
  }

  /** The number of decisions, from the metrics. Metrics are current, while log lines come up to 0.2 s later. */
  async decided(): Promise<number> {
    const series = (await this.metrics()).matchAll(/^gracekeeper_decisions_total\{.*\} (\d+)$/gm);
    return [...series].reduce((sum, [, count]) => sum + Number(count), 0);
  }

  /** All metrics. */
  async metrics(): Promise<string> {
    return (await fetch(`http://127.0.0.1:${this.healthPort}/metrics`)).text();
  }

  async #ready(): Promise<void> {
    let exited: number | null | undefined;
    void this.#ended.then((code) => {
      exited = code;
    });
    for (let tries = 0; tries < READY_SECONDS * TRIES_PER_SECOND; tries++) {
      if (exited !== undefined) {
        throw new Error(`gracekeeper ended with exit code ${exited}:\n${this.other.join("\n")}`);
      }
      if (await answersOk(this.healthPort)) return;
      await wait(1000 / TRIES_PER_SECOND);
    }
    this.#child.kill("SIGKILL");
    throw new Error(`gracekeeper was not ready within ${READY_SECONDS} s:\n${this.other.join("\n")}`);
  }
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

function answersOk(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get({ host: "127.0.0.1", port, path: "/readyz" }, (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200);
    });
    request.on("error", () => resolve(false));
  });
}

function lines(stream: NodeJS.ReadableStream | null, take: (line: string) => void): void {
  let rest = "";
  stream?.setEncoding("utf8");
  stream?.on("data", (text: string) => {
    const all = (rest + text).split("\n");
    rest = all.pop() ?? "";
    for (const line of all) if (line !== "") take(line);
  });
}

function parsed(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
