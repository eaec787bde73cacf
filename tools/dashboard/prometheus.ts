import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { stringify } from "yaml";
import { freePort } from "../../test/api-server/process.ts";

/** The program of Debian's package prometheus. */
const PROMETHEUS = process.env["PROMETHEUS"] || "prometheus";

/** @throws an Error with advice if Prometheus is not installed. */
export function checkPrometheus(): void {
  if (spawnSync(PROMETHEUS, ["--version"]).status === 0) return;
  throw new Error(
    `${PROMETHEUS} cannot be run. Install Prometheus (Debian: prometheus), or give its path as PROMETHEUS.`,
  );
}

export const SCRAPE_SECONDS = 5;

/** The value of `$__rate_interval` in Grafana: four scrapes. */
const RATE_INTERVAL = `${4 * SCRAPE_SECONDS}s`;

const READY_TRIES = 100;

/** The address of the API server, and the files with the credentials. */
export interface ApiServerTarget {
  readonly address: string;
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly value?: readonly [number, string];
  readonly values?: readonly (readonly [number, string])[];
}

/** A running Prometheus that scrapes the replicas and the API server. */
export class Prometheus {
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly #url: string;

  private constructor(child: ChildProcess, folder: string, url: string) {
    this.#child = child;
    this.#folder = folder;
    this.#url = url;
  }

  static async start(folder: string, { address, ca, cert, key }: ApiServerTarget): Promise<Prometheus> {
    const tls = { ca_file: ca, cert_file: cert, key_file: key };
    const config = {
      global: { scrape_interval: `${SCRAPE_SECONDS}s`, scrape_timeout: `${SCRAPE_SECONDS - 1}s` },
      scrape_configs: [
        { job_name: "gracekeeper", file_sd_configs: [{ files: [join(folder, TARGETS)] }] },
        {
          job_name: "apiserver",
          scheme: "https",
          tls_config: tls,
          static_configs: [{ targets: [address] }],
        },
      ],
    };
    const file = join(folder, "prometheus.yaml");
    await writeFile(file, stringify(config));
    await writeFile(join(folder, TARGETS), "[]");
    const listen = `127.0.0.1:${await freePort()}`;
    const child = spawn(
      PROMETHEUS,
      [
        `--config.file=${file}`,
        `--storage.tsdb.path=${join(folder, "data")}`,
        `--web.listen-address=${listen}`,
      ],
      { stdio: ["ignore", "ignore", "pipe"] },
    );
    let errors = "";
    child.stderr.on("data", (text: Buffer) => {
      errors = (errors + text.toString()).slice(-2000);
    });
    const started = new Prometheus(child, folder, `http://${listen}`);
    await started.#ready(() => errors);
    return started;
  }

  async #ready(errors: () => string): Promise<void> {
    for (let tries = 0; tries < READY_TRIES; tries++) {
      const answer = await fetch(`${this.#url}/-/ready`).catch(() => undefined);
      if (answer?.ok) return;
      await wait(100);
    }
    throw new Error(`Prometheus is not ready:\n${errors()}`);
  }

  /** Sets the addresses to scrape. The key of each address becomes the label `instance`. */
  async scrape(replicas: ReadonlyMap<string, string>): Promise<void> {
    const groups = [...replicas].map(([instance, address]) => ({ targets: [address], labels: { instance } }));
    const next = join(this.#folder, `${TARGETS}.next`);
    await writeFile(next, JSON.stringify(groups));
    // The file is renamed into place, so that Prometheus never reads a partly written file.
    await rename(next, join(this.#folder, TARGETS));
  }

  /** The value of each series at a time in seconds since 1970. */
  at(expr: string, time: number): Promise<readonly Series[]> {
    return this.#ask("query", { query: expr, time: `${time}` });
  }

  /** The values of each series, with one value for each scrape interval. */
  between(expr: string, start: number, end: number): Promise<readonly Series[]> {
    return this.#ask("query_range", {
      query: expr,
      start: `${start}`,
      end: `${end}`,
      step: `${SCRAPE_SECONDS}`,
    });
  }

  async #ask(what: string, asked: Readonly<Record<string, string>>): Promise<readonly Series[]> {
    const query = asked["query"]?.replaceAll("$__rate_interval", RATE_INTERVAL) ?? "";
    const answer = await fetch(`${this.#url}/api/v1/${what}`, {
      method: "POST",
      body: new URLSearchParams({ ...asked, query }),
    });
    const { data, error } = (await answer.json()) as { data?: { result: Series[] }; error?: string };
    if (data === undefined) throw new Error(`${query}: ${error}`);
    return data.result;
  }

  async stop(): Promise<void> {
    this.#child.kill("SIGTERM");
    await once(this.#child, "close");
  }
}

const TARGETS = "targets.json";
