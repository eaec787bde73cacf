import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { makeAuthority, signLeaf } from "../../../src/certs/sign.ts";
import type { Api } from "../api.ts";
import { installCustomResources } from "../custom-resources.ts";
import { CONFIGURATIONS, SECRETS, WEBHOOKS } from "./world.ts";

const NAMES = ["gracekeeper.gracekeeper.svc", "gracekeeper.gracekeeper.svc.cluster.local"];

/** Installs the custom resources of cert-manager under their real names, group and version. */
export function installCertManager(api: Api): Promise<void> {
  const of = { group: "cert-manager.io", version: "v1" };
  return installCustomResources(api, [
    { ...of, kind: "Certificate", plural: "certificates" },
    { ...of, kind: "Issuer", plural: "issuers" },
  ]);
}

/** A substitute for cert-manager: issues a certificate, and puts its CA into caBundle. */
export class CertManager {
  readonly #api: Api;
  readonly #folder: string;
  #ca = "";

  /** @param folder The folder where the kubelet would mount the Secret. */
  constructor(api: Api, folder: string) {
    this.#api = api;
    this.#folder = folder;
  }

  /** Writes the Secret that the Certificate names, and mounts it. */
  async issue(): Promise<void> {
    const path = "/apis/cert-manager.io/v1/namespaces/gracekeeper/certificates/gracekeeper";
    const { body: certificate } = await this.#api.get(path);
    const authority = await makeAuthority(Date.now());
    const { cert, key } = await signLeaf(authority, certificate.spec.dnsNames ?? NAMES, Date.now());
    this.#ca = authority.pem;
    const data = { "tls.crt": cert, "tls.key": key, "ca.crt": authority.pem };
    const { status, body } = await this.#api.post(SECRETS, {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: certificate.spec.secretName },
      type: "kubernetes.io/tls",
      stringData: data,
    });
    assert.equal(status, 201, body.message);
    await mkdir(this.#folder, { recursive: true });
    for (const file of ["tls.crt", "tls.key"] as const) await writeFile(join(this.#folder, file), data[file]);
  }

  /** Puts the CA into caBundle of annotated objects, as cainjector does since 1.19. */
  async inject(): Promise<void> {
    for (const kind of CONFIGURATIONS) {
      const path = `${WEBHOOKS}/${kind}/gracekeeper`;
      const { body } = await this.#api.get(path);
      const from = body.metadata.annotations?.["cert-manager.io/inject-ca-from"];
      assert.equal(from, "gracekeeper/gracekeeper");
      const webhooks = body.webhooks.map(({ name, clientConfig }: (typeof body.webhooks)[number]) => ({
        name,
        clientConfig: { caBundle: this.#added(clientConfig.caBundle) },
      }));
      const { apiVersion, kind: objectKind } = body;
      const applied = { apiVersion, kind: objectKind, metadata: { name: "gracekeeper" }, webhooks };
      const answer = await this.#api.patch(`${path}?fieldManager=cainjector&force=true`, applied, APPLY);
      assert.equal(answer.status, 200, answer.body.message);
    }
  }

  #added(bundle = ""): string {
    return Buffer.from(`${Buffer.from(bundle, "base64")}\n${this.#ca}`).toString("base64");
  }
}

const APPLY = "application/apply-patch+yaml";
