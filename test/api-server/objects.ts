/** Objects the checks send. Plain JSON, as a person would write it. */

// biome-ignore lint/suspicious/noExplicitAny: a Kubernetes object of any kind
export type KubernetesObject = Record<string, any>;

export interface Namespaces {
  readonly [name: string]: Readonly<Record<string, string>>;
}

const VALIDATE = "gracekeeper.dev/validate";
const INJECT = "gracekeeper.dev/inject";

/** Of a namespace in which everything of ours happens. */
export const BOTH_LABELS = { [VALIDATE]: "enforce", [INJECT]: "enabled" };

/** A namespace whose label could not be written today. */
export const KNOWN_MISSPELT = "known-misspelt";

/** Each namespace of the checks with its labels. They are made before anything of ours is installed. */
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

/** Labelled on purpose: the exclusion by name must win. */
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

/** The hook takes 5 s of 30 s. */
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

/** `metadata` that says a controller of this kind made the pod. */
export function madeBy(apiVersion: string, kind: string, name: string): KubernetesObject {
  return { ownerReferences: [{ apiVersion, kind, name, uid: "0-1", controller: true }] };
}
