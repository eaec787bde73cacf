import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { parse } from "yaml";
import { KUBERNETES } from "../binaries.ts";
import type { Cluster } from "../cluster.ts";
import type { KubernetesObject } from "../objects.ts";

const JOBS = "/apis/batch/v1/namespaces/gracekeeper/jobs";
const PODS = "/api/v1/namespaces/gracekeeper/pods";
const POLL_MS = 200;

/**
 * A substitute for job controller, namespace controller, kubelet and image. This class runs the exact command of a Helm
 * hook's pod with the token of the pod's account, and writes the pod's status.
 */
export class Hooks {
  /** The output of each command of a Helm hook. */
  readonly outputs: string[] = [];
  readonly #cluster: Cluster;
  readonly #seen = new Set<string>();
  readonly #loop: Promise<void>;
  #stopped = false;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
    this.#loop = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#loop;
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      await this.#each(JOBS, ({ spec }) => spec.template.spec, jobStatus);
      await this.#each(PODS, ({ spec }) => spec, podStatus);
      await this.#endNamespaces();
      await wait(POLL_MS);
    }
  }

  async #endNamespaces(): Promise<void> {
    const { api } = this.#cluster;
    const { body } = await api.get("/api/v1/namespaces");
    for (const { metadata } of body.items as KubernetesObject[]) {
      if (metadata.deletionTimestamp === undefined) continue;
      for (const kind of ["rolebindings", "roles"]) {
        await api.delete(`/apis/rbac.authorization.k8s.io/v1/namespaces/${metadata.name}/${kind}`);
      }
      const { name } = metadata;
      const ended = { apiVersion: "v1", kind: "Namespace", metadata: { name }, spec: { finalizers: [] } };
      await api.send("PUT", `/api/v1/namespaces/${name}/finalize`, { body: ended });
    }
  }

  async #each(
    path: string,
    podSpec: (object: KubernetesObject) => KubernetesObject,
    status: (succeeded: boolean) => object,
  ): Promise<void> {
    const { body } = await this.#cluster.api.get(path);
    for (const object of body.items as KubernetesObject[]) {
      const { uid, name } = object["metadata"];
      if (this.#seen.has(uid)) continue;
      this.#seen.add(uid);
      const code = await this.#container(podSpec(object));
      const answer = await this.#cluster.api.patch(`${path}/${name}/status`, { status: status(code === 0) });
      assert.equal(answer.status, 200, answer.body.message);
    }
  }

  async #container({
    serviceAccountName,
    containers: [container],
  }: KubernetesObject): Promise<number | null> {
    const { api, kubeconfig } = await this.#cluster.serviceAccount("gracekeeper", serviceAccountName);
    api.close();
    const { clusters, users } = parse(await readFile(kubeconfig, "utf8"));
    const [{ cluster }] = clusters;
    const folder = await mkdtemp(join(tmpdir(), "gracekeeper-hook-"));
    await writeFile(join(folder, "token"), users[0].user.token);
    await writeFile(join(folder, "ca.crt"), Buffer.from(cluster["certificate-authority-data"], "base64"));
    const { hostname, port } = new URL(cluster.server);
    const [program, ...words] = container.command;
    assert.equal(program, "/node");
    const child = spawn(process.execPath, [...words, ...container.args], {
      env: { CREDENTIALS: folder, KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port },
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (output += text));
    const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
    this.outputs.push(output);
    return code;
  }
}

function podStatus(succeeded: boolean): object {
  return { phase: succeeded ? "Succeeded" : "Failed" };
}

const MINOR = Number(KUBERNETES.split(".")[1]);
/**
 * Up to this minor version the API server refuses SuccessCriteriaMet and FailureTarget on a job without a success
 * policy (pkg/apis/batch/validation/validation.go).
 */
const WITHOUT_CRITERIA = 30;

/** The status of an ended job, in the form that the API server requires from the job controller. */
function jobStatus(succeeded: boolean): object {
  const now = new Date().toISOString().replace(/\.\d+/, "");
  const before = succeeded ? "SuccessCriteriaMet" : "FailureTarget";
  const types = [...(MINOR > WITHOUT_CRITERIA ? [before] : []), succeeded ? "Complete" : "Failed"];
  const conditions = types.map((type) => ({ type, status: "True", lastTransitionTime: now }));
  return {
    startTime: now,
    ...(succeeded ? { succeeded: 1, completionTime: now } : { failed: 1 }),
    conditions,
  };
}
