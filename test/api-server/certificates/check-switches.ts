import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { cp, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { parsed } from "../../manifests/read.ts";
import type { KubernetesObject } from "../objects.ts";
import { CertManager, installCertManager } from "./cert-manager.ts";
import { Checkout, commit, firstLine, REPOSITORY } from "./installation.ts";
import { createsDuring } from "./load.ts";
import { presentedOn, until } from "./presented.ts";
import { bundles, CONFIGURATIONS, lead, mount, OWN, template, WEBHOOKS, type World } from "./world.ts";

/** The last commit that supported only certificates from files. */
const BEFORE = "a8c1d4f";

/** The minimum number of pod creates during each switch between sources of certificates. */
const CREATES = { full: 1000, small: 150 };

/** Replicas read certificate files every 10 s. Replicas read the files again if certificate and key do not match. */
const RELOADED_SECONDS = 60;

const NAMES = {
  own: "own certificates",
  "cert-manager": "cert-manager's certificates",
  files: "files",
};

const countOf = (pem: string) => pem.match(/BEGIN CERTIFICATE/g)?.length ?? 0;

/** Creates pods with `failurePolicy: Fail` while `act` runs. Every create must succeed. */
export async function underCreates(
  { report, api, full, cluster }: Pick<World, "report" | "api" | "full" | "cluster">,
  name: string,
  act: () => Promise<unknown>,
): Promise<void> {
  await report.check(`${name}: no create fails`, async () => {
    const open = await cluster.failedOpen();
    const start = performance.now();
    const { sent, failed } = await createsDuring(api, full ? CREATES.full : CREATES.small, act);
    const seconds = Math.round((performance.now() - start) / 1000);
    assert.equal(
      failed.length,
      0,
      `${failed.length} of ${sent}:\n${[...new Set([failed[0], failed.at(-1)])].join("\n")}`,
    );
    assert.equal(await cluster.failedOpen(), open);
    const published = Math.min(...[...(await bundles({ api })).values()].map(countOf));
    return `${sent} creates, 0 failed, in ${seconds} s; CAs in caBundle afterwards: ${published}`;
  });
}

/**
 * Upgrades from an earlier version, and switches between the three sources of certificates. The commands are those of
 * docs/certificates.md.
 */
export class Switches {
  readonly #world: World;
  /**
   * A checkout of the earlier version. If the Git history lacks the earlier commit, the checkout has the current
   * version.
   */
  readonly #old: Checkout;
  readonly #oldSource: string;

  private constructor(world: World, old: Checkout, oldSource: string) {
    this.#world = world;
    this.#old = old;
    this.#oldSource = oldSource;
  }

  static async start(world: World): Promise<Switches> {
    await installCertManager(world.api);
    const source = await commit(BEFORE);
    if (source === undefined)
      console.log(`        commit ${BEFORE} is not in the history: its checks start from files`);
    const old = await Checkout.of(source ?? REPOSITORY, world.cluster);
    return new Switches(world, old, source ?? REPOSITORY);
  }

  get #from(): string {
    return this.#oldSource === REPOSITORY ? "certificates from files" : `commit ${BEFORE}`;
  }

  async installBefore(): Promise<void> {
    const { report } = this.#world;
    await report.check(`${this.#from} can be installed with its version of certs/make.sh`, async () => {
      await this.#old.choose("certificate-files");
      await this.#old.run("sh certs/make.sh");
      await this.#applyBefore();
      await lead(this.#world);
    });
  }

  async #applyBefore(): Promise<void> {
    const { replicas } = this.#world;
    // Earlier versions had no folder `install`.
    const folder = this.#oldSource === REPOSITORY ? "install" : "manifests";
    await this.#old.run(`kubectl apply -k ${folder}`);
    const certificate = await mount(join(this.#old.folder, "mount"), (file) => this.#old.tls(file));
    await replicas.rollTo(template(this.#world, this.#oldSource, this.#old, certificate));
  }

  async upgrade(): Promise<void> {
    const { checkout } = this.#world;
    await this.#move(this.#old, checkout);
    await underCreates(this.#world, `${this.#from} to own certificates`, () =>
      checkout.run("upgrade", { "kubectl rollout status": () => this.#rollOwn() }),
    );
    await this.#checkNothingLeft();
  }

  /**
   * `kubectl apply` removes a field only if the last-applied annotation names it. A field of the earlier version could
   * therefore remain.
   */
  async #checkNothingLeft(): Promise<void> {
    const { report, api, cluster, checkout } = this.#world;
    await report.check(
      "after the upgrade the webhook configurations equal those of a new installation",
      async () => {
        const { stdout } = await cluster.kubectl("kustomize", checkout.manifests);
        const rendered = parsed(stdout).filter(({ webhooks }) => webhooks !== undefined);
        assert.equal(rendered.length, CONFIGURATIONS.length);
        for (const object of rendered) {
          const path = `${WEBHOOKS}/${object["kind"].toLowerCase()}s`;
          const anew = { ...object, metadata: { name: "anew" } };
          const { status, body } = await api.post(`${path}?dryRun=All`, anew);
          assert.equal(status, 201, body.message);
          const live = await api.get(`${path}/gracekeeper`);
          assert.deepEqual(withoutReach(live.body), withoutReach(body), object["kind"]);
        }
      },
    );
  }

  /**
   * Copies the certificates from one checkout to the other. `git checkout` would keep these files, because Git ignores
   * them.
   */
  async #move(from: Checkout, to: Checkout): Promise<void> {
    await cp(join(from.folder, "certs/ca.key"), join(to.folder, "certs/ca.key"));
    for (const file of ["ca.crt", "tls.crt", "tls.key"])
      await cp(from.tls(file), to.tls(file), { recursive: true });
  }

  #rollOwn(): Promise<void> {
    const { replicas, checkout } = this.#world;
    return replicas.rollTo(template(this.#world, REPOSITORY, checkout, OWN));
  }

  #rollMounted(folder: string): Promise<void> {
    const { replicas, checkout } = this.#world;
    return replicas.rollTo(template(this.#world, REPOSITORY, checkout, ["--certs-dir", folder]));
  }

  async toCertManager(from: "own" | "files"): Promise<void> {
    const { api, checkout } = this.#world;
    const mounted = join(checkout.folder, "mounts/cert-manager");
    const certManager = new CertManager(api, mounted);
    await underCreates(this.#world, `${NAMES[from]} to cert-manager's`, async () => {
      await checkout.run("to-cert-manager", {
        "kubectl wait": () => certManager.issue(),
        "kubectl get": () => certManager.inject(),
      });
      if (from === "files") await checkout.run(firstLine("upgrade"));
      await checkout.choose("cert-manager");
      await checkout.run("kubectl apply -k install");
      await this.#rollMounted(mounted);
      if (from === "own") await checkout.run("leave-own");
    });
  }

  /** Switches to certificate files in a checkout that does not have the key of an earlier CA. */
  async toFiles(from: "own" | "cert-manager"): Promise<void> {
    const { checkout } = this.#world;
    await rm(join(checkout.folder, "certs/ca.key"));
    for (const file of ["ca.crt", "tls.crt", "tls.key"]) await rm(checkout.tls(file));
    await underCreates(this.#world, `${NAMES[from]} to files, with another CA`, async () => {
      await checkout.run("to-files");
      await checkout.choose("certificate-files");
      await checkout.run("kubectl apply -k install");
      const mounted = join(checkout.folder, "mounts/files");
      await mount(mounted, (file) => checkout.tls(file));
      await this.#rollMounted(mounted);
      await checkout.run(`leave-${from}`);
    });
  }

  /**
   * Renews the certificate in running pods with the same CA. The kubelet updates the mounted files some time after the
   * apply.
   */
  async renew(): Promise<void> {
    const { checkout, replicas } = this.#world;
    await underCreates(this.#world, "files are renewed", async () => {
      await checkout.run("renew");
      await mount(join(checkout.folder, "mounts/files"), (file) => checkout.tls(file));
      const { fingerprint256 } = new X509Certificate(await readFile(checkout.tls("tls.crt")));
      await until("every replica presents it", RELOADED_SECONDS, async () => {
        const all = await Promise.all(replicas.running.map(({ port }) => presentedOn(port)));
        return all.every((one) => one.fingerprint256 === fingerprint256);
      });
    });
  }

  async toOwn(from: "files" | "cert-manager"): Promise<void> {
    const { checkout } = this.#world;
    await checkout.choose();
    await underCreates(this.#world, `${NAMES[from]} to own certificates`, async () => {
      if (from === "files") await checkout.run(firstLine("upgrade"));
      await checkout.run("kubectl apply -k install");
      await this.#rollOwn();
      if (from === "cert-manager") await checkout.run("leave-cert-manager");
    });
  }

  async goBack(): Promise<void> {
    const { checkout } = this.#world;
    await underCreates(this.#world, `own certificates back to ${this.#from}`, async () => {
      await checkout.run("go-back");
      await this.#move(checkout, this.#old);
      await this.#applyBefore();
      await checkout.run("leave-own");
    });
  }

  async remove(): Promise<void> {
    await this.#old.remove();
    if (this.#oldSource !== REPOSITORY) await rm(this.#oldSource, { recursive: true, force: true });
  }
}

/** The webhook entries. caBundle and the balancer's port are removed, because they differ between installations. */
function withoutReach({ webhooks }: KubernetesObject): readonly KubernetesObject[] {
  return webhooks.map(({ clientConfig: { service }, ...entry }: KubernetesObject) => ({
    ...entry,
    service: { ...service, port: undefined },
  }));
}
