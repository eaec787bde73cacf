import assert from "node:assert/strict";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import { makeAuthority, signLeaf } from "../../../src/certs/sign.ts";
import { block } from "../../docs/blocks.ts";
import { Balancer } from "../certificates/balancer.ts";
import { CertManager } from "../certificates/cert-manager.ts";
import { underCreates } from "../certificates/check-switches.ts";
import { LOADED } from "../certificates/load.ts";
import { Replicas } from "../certificates/replicas.ts";
import { lead, OWN } from "../certificates/world.ts";
import { BOTH_LABELS } from "../objects.ts";
import { Place } from "../pages/place.ts";
import { done, REPOSITORY, traces, type World } from "./world.ts";

type Source = "self" | "existingSecret" | "certManager";

/** Every change from one source of certificates to another. */
const CHANGES: readonly Source[] = [
  "existingSecret",
  "self",
  "certManager",
  "existingSecret",
  "certManager",
  "self",
];

/** For each source of certificates: the objects in our namespace that exist only with this source. */
const OBJECTS: Readonly<Record<Source, readonly string[]>> = {
  self: [
    "Role gracekeeper/gracekeeper",
    "RoleBinding gracekeeper/gracekeeper",
    "Secret gracekeeper/gracekeeper-ca",
  ],
  existingSecret: [],
  certManager: ["Secret gracekeeper/gracekeeper-cert-manager-tls"],
};

/** With `failurePolicy: Fail`, a create fails if a called webhook does not answer. */
const webhooks = { inject: { failurePolicy: "Fail" }, validate: { failurePolicy: "Fail" } };

/** `certificates.source` changes with the commands of the page, and no create fails. */
export async function checkCertificates(world: World): Promise<void> {
  const { report, api } = world;
  report.section("From one source of certificates to another, failurePolicy Fail");
  await api.makeNamespace({ name: LOADED, labels: BOTH_LABELS });
  const place = await Place.make(world);
  const balancer = await Balancer.start();
  const replicas = new Replicas(balancer);
  try {
    await done(world, "install", { webhooks });
    await lead({ api, balancer });
    const changes = new Changes(world, place, replicas);
    await changes.start();
    let from: Source = "self";
    for (const to of CHANGES) {
      await changes.change(from, to);
      from = to;
    }
  } finally {
    await replicas.stop();
    balancer.stop();
    await rm(place.folder, { recursive: true });
  }
}

const linesOf = (name: string) => block("charts/gracekeeper/README.md", `run ${name}`).text;

class Changes {
  readonly #world: World;
  readonly #place: Place;
  readonly #replicas: Replicas;
  readonly #certManager: CertManager;
  #kubeconfig = "";

  constructor(world: World, place: Place, replicas: Replicas) {
    this.#world = world;
    this.#place = place;
    this.#replicas = replicas;
    this.#certManager = new CertManager(world.api, this.#mounted("certManager"));
  }

  async start(): Promise<void> {
    const { api, kubeconfig } = await this.#world.cluster.serviceAccount("gracekeeper", "gracekeeper");
    api.close();
    this.#kubeconfig = kubeconfig;
    await this.#roll("self");
  }

  async change(from: Source, to: Source): Promise<void> {
    const certificates = to === "existingSecret" ? await this.#ownersSecret() : { source: to };
    await this.#write("values.yaml", stringify({ webhooks, certificates }));
    await underCreates(
      { ...this.#world, full: true },
      `certificates.source from ${from} to ${to}`,
      async () => {
        await this.#place.done(linesOf("trusted"));
        if (to === "existingSecret") await this.#place.done(linesOf("trust-mine"));
        const [before = "", after = ""] = linesOf("change-certificates").split(/^kubectl rollout .*\n/m);
        await this.#place.done(before);
        await this.#rollout(to);
        await this.#place.done(after);
      },
    );
    await this.#replicas.drained();
    if (from === "certManager") await this.#place.done(linesOf("leave-certManager"));
    await this.#world.report.check(`no object of the certificate source ${from} is left`, async () => {
      const all = Object.values(OBJECTS).flat();
      const there = (await traces(this.#world)).filter((name) => all.includes(name));
      assert.deepEqual(there, OBJECTS[to]);
    });
  }

  async #rollout(to: Source): Promise<void> {
    if (to === "certManager") {
      await this.#certManager.issue();
      await this.#certManager.inject();
    }
    await this.#roll(to);
  }

  #roll(to: Source): Promise<void> {
    return this.#replicas.rollTo({
      main: join(REPOSITORY, "src/main.ts"),
      configuration: join(REPOSITORY, "manifests/config.yaml"),
      kubeconfig: this.#kubeconfig,
      certificate: to === "self" ? OWN : ["--certs-dir", this.#mounted(to)],
    });
  }

  #write(file: string, text: string): Promise<void> {
    return writeFile(join(this.#place.folder, file), text);
  }

  #mounted(source: Source): string {
    return join(this.#place.folder, "mounts", source);
  }

  /**
   * Makes a company CA and a server certificate, and mounts the certificate as the kubelet would. Returns the chart's
   * values for both.
   */
  async #ownersSecret(): Promise<object> {
    const authority = await makeAuthority(Date.now());
    const { cert, key } = await signLeaf(authority, ["gracekeeper.gracekeeper.svc"], Date.now());
    await mkdir(this.#mounted("existingSecret"), { recursive: true });
    await this.#write("mounts/existingSecret/tls.crt", cert);
    await this.#write("mounts/existingSecret/tls.key", key);
    await this.#write("my-ca.crt", authority.pem);
    return { source: "existingSecret", ca: authority.pem, existingSecret: { name: "my-tls" } };
  }
}
