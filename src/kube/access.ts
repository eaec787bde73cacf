import { constants } from "node:fs";
import { access, readFile } from "node:fs/promises";
import type { RequestOptions } from "node:https";
import { join } from "node:path";
import type { KubeConfig } from "@kubernetes/client-node";

/** An error in the settings for access. `message` is one line with the problem and the advice. */
export class AccessError extends Error {
  override readonly name = "AccessError";
}

/** The URL of the API server, and the request options with the certificate, token or proxy. */
export interface Target {
  /** The URL of the API server, with http or https. The URL may have a path, and has no slash at the end. */
  readonly server: string;
  readonly options: RequestOptions;
}

/** Access to one API server. */
export interface Access {
  /** The namespace of the pod, or of the context in the kubeconfig; undefined if the context has none. */
  readonly namespace: string | undefined;
  /** Call this method before every request, because tokens and certificates change while the process runs. */
  target(): Promise<Target>;
  /** Reports an authentication or trust error, so that the next request reads all files again. */
  refused(): void;
}

/** The path at which the kubelet mounts the token of a pod's service account. */
const TOKEN = "/var/run/secrets/kubernetes.io/serviceaccount/token";

/**
 * Finds access to the cluster by the kubeconfig file, or else by the mounted service account. Undefined if there is no
 * kubeconfig and no service account.
 *
 * client-node reads the kubeconfig and the files of the service account. The FileAuth of client-node reads a token
 * again after a minute. client-node is imported only here, because its import is slow and takes 90 MB.
 *
 * @param root A prefix for the paths of the service account, for tests.
 * @throws AccessError when the kubeconfig cannot be used.
 */
export async function findAccess(kubeconfig: string | undefined, root = ""): Promise<Access | undefined> {
  if (kubeconfig !== undefined) return accessThrough(() => fromFile(kubeconfig));
  if (!process.env["KUBERNETES_SERVICE_HOST"] || !(await readable(join(root, TOKEN)))) return undefined;
  return accessThrough(async () => {
    const config = await emptyConfig();
    config.loadFromCluster(root);
    return config;
  });
}

async function accessThrough(read: () => Promise<KubeConfig>): Promise<Access> {
  let config = await read();
  let doubted = false;

  /** If a file cannot be read, for example while it is being written, the earlier content stays in use. */
  async function readAgain(): Promise<void> {
    try {
      config = await read();
      doubted = false;
    } catch (error) {
      if (!(error instanceof AccessError)) throw error;
    }
  }

  return {
    namespace: config.getContextObject(config.getCurrentContext())?.namespace?.trim() || undefined,
    async target() {
      if (doubted) await readAgain();
      const options: RequestOptions = {};
      await config.applyToHTTPSOptions(options);
      return { server: serverOf(config).replace(/\/+$/, ""), options };
    },
    refused() {
      doubted = true;
    },
  };
}

async function fromFile(file: string): Promise<KubeConfig> {
  await checkReadable(file);
  const config = await emptyConfig();
  try {
    config.loadFromFile(file);
  } catch {
    throw new AccessError(
      `${file} is not a valid kubeconfig. See the error with: kubectl config view --kubeconfig ${file}`,
    );
  }
  checkContext(config, file);
  return config;
}

async function checkReadable(file: string): Promise<void> {
  try {
    await readFile(file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new AccessError(
      code === "ENOENT"
        ? `there is no kubeconfig ${file}. Correct the path after --kubeconfig, or remove --kubeconfig.`
        : `${file} cannot be read (${code}). Give the path of a readable kubeconfig with --kubeconfig.`,
    );
  }
}

/**
 * Refuses an incomplete context of the kubeconfig. Without this check, client-node would send requests without
 * credentials and without the CA of the cluster.
 */
function checkContext(config: KubeConfig, file: string): void {
  const name = config.getCurrentContext();
  if (!name) {
    throw new AccessError(
      `${file} has no current context. Choose a context with: kubectl config use-context NAME --kubeconfig ${file}`,
    );
  }
  const complete =
    config.getContextObject(name) && config.getCurrentUser() && /^https?:/.test(serverOf(config));
  if (!complete) {
    throw new AccessError(
      `the cluster or user of the current context of ${file} is missing. Show the contexts with: kubectl config view --kubeconfig ${file}`,
    );
  }
  if (serverOf(config).startsWith("http:") && !config.getCurrentCluster()?.skipTLSVerify) {
    throw new AccessError(
      `the server of the current context of ${file} has an http URL. Set an https URL, or set insecure-skip-tls-verify for the cluster.`,
    );
  }
}

function serverOf(config: KubeConfig): string {
  return config.getCurrentCluster()?.server ?? "";
}

async function emptyConfig(): Promise<KubeConfig> {
  const loaded = await import("./empty-config.ts");
  return loaded.emptyConfig();
}

async function readable(file: string): Promise<boolean> {
  try {
    await access(file, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}
