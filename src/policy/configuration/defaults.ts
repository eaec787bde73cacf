import type { Configuration } from "../model/configuration.ts";
import { RULE_INFO } from "../rules/registry.ts";

/** Findings that a pod cannot ignore, because a tenant could then exceed a limit or hide a typing error. */
const NEVER_IGNORED: readonly string[] = ["grace-over-limit", "bad-annotation"];

/** The configuration if there is no file, defined here so that a command without a file does not load the schema. */
export const DEFAULT_CONFIGURATION: Configuration = {
  kubernetesMinor: undefined,
  shutdownSeconds: undefined,
  prestopSleepSeconds: 10,
  maxGraceSeconds: undefined,
  strategy: "Extend",
  sleepAction: "Auto",
  templates: "Warn",
  actions: new Map(),
  ignorable: new Set(RULE_INFO.map(({ id }) => id).filter((id) => !NEVER_IGNORED.includes(id))),
  exempt: { users: [], namespaces: [] },
  inject: {
    skipOwners: ["DaemonSet"],
    otherOwners: "Known",
    owners: [],
    containers: "All",
    besideProxies: "Add",
  },
  containers: {
    notJudged: [{ name: "istio-proxy" }, { name: "linkerd-proxy" }, { name: "queue-proxy" }],
    proxies: [],
  },
  workloads: [],
  programs: [],
};

/** The newest minor version, which is assumed if there is no cluster. */
export const NEWEST_KUBERNETES_MINOR = 37;

/** The configuration of a command that has neither a cluster nor a file. */
export const DEV_CONFIGURATION: Configuration = {
  ...DEFAULT_CONFIGURATION,
  kubernetesMinor: NEWEST_KUBERNETES_MINOR,
};
