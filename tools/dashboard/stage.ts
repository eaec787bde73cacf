import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import type { Api } from "../../test/api-server/api.ts";
import { findBinaries, KUBERNETES } from "../../test/api-server/binaries.ts";
import { Balancer } from "../../test/api-server/certificates/balancer.ts";
import { lead, OWN, SECRETS } from "../../test/api-server/certificates/world.ts";
import { Cluster, installFolder } from "../../test/api-server/cluster.ts";
import { Mount } from "../../test/api-server/mount.ts";
import { Gracekeeper } from "../../test/api-server/process.ts";
import { checkPrometheus, Prometheus } from "./prometheus.ts";

const REPOSITORY = fileURLToPath(new URL("../..", import.meta.url));
const MAIN = join(REPOSITORY, "src/main.ts");

export const SECRET = `${SECRETS}/gracekeeper-ca`;

type Namespaces = Readonly<Record<string, Readonly<Record<string, string>>>>;

/**
 * Runs a real API server with the manifests and the component `probe`, replicas of gracekeeper behind a Service, and
 * Prometheus.
 */
export class Stage {
  readonly api: Api;
  readonly balancer: Balancer;
  readonly prometheus: Prometheus;
  readonly #cluster: Cluster;
  readonly #folder: string;
  readonly #kubeconfig: string;
  readonly #mount: Mount;
  readonly #shipped: string;
  readonly #replicas = new Map<string, Gracekeeper>();
  #count = 0;

  private constructor(cluster: Cluster, made: Made) {
    this.api = cluster.api;
    this.balancer = made.balancer;
    this.prometheus = made.prometheus;
    this.#cluster = cluster;
    this.#folder = made.folder;
    this.#kubeconfig = made.kubeconfig;
    this.#mount = made.mount;
    this.#shipped = made.shipped;
  }

  static async set(namespaces: Namespaces, say: (line: string) => void): Promise<Stage> {
    checkPrometheus();
    const cluster = await Cluster.start(await findBinaries(KUBERNETES, say), KUBERNETES);
    try {
      return new Stage(cluster, await make(cluster, namespaces));
    } catch (error) {
      await cluster.stop();
      throw error;
    }
  }

  /** Starts another replica and waits until it is ready. */
  async start(): Promise<void> {
    const replica = await Gracekeeper.start(MAIN, {
      configuration: this.#mount.file,
      certificate: [...OWN, "--probe-namespace", "gracekeeper-probe"],
      kubeconfig: this.#kubeconfig,
    });
    this.#replicas.set(`replica-${++this.#count}`, replica);
    this.balancer.add(replica.port);
    await this.#scrape();
  }

  /** Kills the oldest replica. For `seconds`, new connections still go to the killed replica. */
  async kill(seconds: number): Promise<void> {
    const [[name, replica] = []] = this.#replicas;
    if (name === undefined || replica === undefined) return;
    this.#replicas.delete(name);
    await Promise.all([replica.kill(), this.#scrape(), wait(seconds * 1000)]);
    this.balancer.remove(replica.port);
  }

  /** Adds this text to the configuration in the manifests. */
  configure(text: string): Promise<void> {
    return this.#mount.write(`${this.#shipped}${text}`);
  }

  #scrape(): Promise<void> {
    const addresses = [...this.#replicas].map(
      ([name, { healthPort }]) => [name, `127.0.0.1:${healthPort}`] as const,
    );
    return this.prometheus.scrape(new Map(addresses));
  }

  async clear(): Promise<void> {
    await this.prometheus.stop();
    await Promise.all([...this.#replicas.values()].map((replica) => replica.kill()));
    this.balancer.stop();
    await this.#cluster.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

interface Made {
  readonly balancer: Balancer;
  readonly prometheus: Prometheus;
  readonly folder: string;
  readonly kubeconfig: string;
  readonly mount: Mount;
  readonly shipped: string;
}

async function make(cluster: Cluster, namespaces: Namespaces): Promise<Made> {
  const folder = await mkdtemp(join(tmpdir(), "gracekeeper-dashboard-"));
  for (const [name, labels] of Object.entries(namespaces)) {
    const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name, labels } };
    await cluster.api.post("/api/v1/namespaces", namespace);
  }
  await install(cluster);
  const balancer = await Balancer.start();
  await lead({ api: cluster.api, balancer });
  const { kubeconfig, api } = await cluster.serviceAccount("gracekeeper", "gracekeeper");
  api.close();
  const shipped = await readFile(join(REPOSITORY, "manifests/config.yaml"), "utf8");
  const mount = await Mount.make(join(folder, "mount"), shipped);
  const prometheus = await Prometheus.start(folder, await scrapeAs(cluster, folder));
  return { balancer, prometheus, folder, kubeconfig, mount, shipped };
}

/** Installs gracekeeper as README.md says, with the component `probe`. */
async function install(cluster: Cluster): Promise<void> {
  const folder = await installFolder(REPOSITORY);
  const chosen = { resources: ["../manifests"], components: ["../manifests/components/probe"] };
  await mkdir(join(folder, "install"));
  await writeFile(join(folder, "install/kustomization.yaml"), JSON.stringify(chosen));
  const { code, stderr } = await cluster.shell(folder, "kubectl apply -k install");
  await rm(folder, { recursive: true });
  if (code !== 0) throw new Error(stderr);
}

/** The scrape target of the API server, from the kubeconfig of the admin. */
async function scrapeAs(cluster: Cluster, folder: string) {
  const { clusters, users } = parse(await readFile(cluster.kubeconfig, "utf8"));
  const { server, ["certificate-authority-data"]: ca } = clusters[0].cluster;
  const { ["client-certificate-data"]: cert, ["client-key-data"]: key } = users[0].user;
  const files = { ca, cert, key };
  for (const [name, data] of Object.entries(files))
    await writeFile(join(folder, `${name}.pem`), Buffer.from(data, "base64"), { mode: 0o600 });
  const file = (name: keyof typeof files) => join(folder, `${name}.pem`);
  return { address: new URL(server).host, ca: file("ca"), cert: file("cert"), key: file("key") };
}
