/** The objects that the checks send, as a person would write them. */

// biome-ignore lint/suspicious/noExplicitAny: a Kubernetes object of any kind
export type KubernetesObject = Record<string, any>;

export interface Namespaces {
  readonly [name: string]: Readonly<Record<string, string>>;
}

const VALIDATE = "gracekeeper.dev/validate";
const INJECT = "gracekeeper.dev/inject";

/** The labels of a namespace with enforcement and injection. */
export const BOTH_LABELS = { [VALIDATE]: "enforce", [INJECT]: "enabled" };

/** A namespace with a label value that the webhook denies. The label was set before the installation. */
export const KNOWN_MISSPELT = "known-misspelt";

/** The namespaces of the checks with their labels. The namespaces are made before the installation. */
export const NAMESPACES: Namespaces = {
  enforced: { [VALIDATE]: "enforce" },
  warned: { [VALIDATE]: "warn" },
  audited: { [VALIDATE]: "audit" },
  misspelt: { [VALIDATE]: "enfroce" },
  [KNOWN_MISSPELT]: { [VALIDATE]: "enfroce" },
  "switched-off": { [VALIDATE]: "off", [INJECT]: "disabled" },
  unlabelled: {},
  injected: { [INJECT]: "enabled" },
  "injected-later": { [INJECT]: "enabled" },
  both: BOTH_LABELS,
};

/** Namespaces that get our labels, to show that an exclusion by name takes precedence. */
export const EXCLUDED = ["kube-system", "kube-public", "kube-node-lease", "gracekeeper"] as const;

/** The hook takes 45 s, the grace is 30 s: `hook-over-grace`. */
export const VIOLATING_SPEC: KubernetesObject = {
  terminationGracePeriodSeconds: 30,
  containers: [
    {
      name: "web",
      image: "nginx:1.29",
      lifecycle: { preStop: { exec: { command: ["sleep", "45"] } } },
    },
  ],
};

/** The hook takes 5 s, the grace is 30 s. */
export const FITTING_SPEC: KubernetesObject = {
  terminationGracePeriodSeconds: 30,
  containers: [
    {
      name: "web",
      image: "nginx:1.29",
      lifecycle: { preStop: { exec: { command: ["sleep", "5"] } } },
    },
  ],
};

export const HOOKLESS_SPEC: KubernetesObject = { containers: [{ name: "web", image: "nginx:1.29" }] };

export function pod(name: string, spec: KubernetesObject, metadata: KubernetesObject = {}): KubernetesObject {
  return { apiVersion: "v1", kind: "Pod", metadata: { name, ...metadata }, spec };
}

/** The `metadata` of a pod of a controller of this kind. */
export function madeBy(apiVersion: string, kind: string, name: string): KubernetesObject {
  return { ownerReferences: [{ apiVersion, kind, name, uid: "0-1", controller: true }] };
}
