import type { DeclaredProgram } from "../../hook/programs/declared.ts";
import type { Action } from "./action.ts";
import type { OwnerKind } from "./workload.ts";

/** A custom resource with pod templates. */
export interface WorkloadRow {
  readonly group: string;
  readonly kind: string;
  /**
   * The field paths of the pod templates, such as `spec.template`, `spec.jobs[].template` or `spec.roles.*.template`.
   */
  readonly templates: readonly string[];
}

export interface Configuration {
  /** Minor version of the API server (36 for 1.36), undefined if it is not known. */
  readonly kubernetesMinor: number | undefined;
  /** The shutdown time of apps; if it is undefined, a time is assumed. */
  readonly shutdownSeconds: number | undefined;
  readonly prestopSleepSeconds: number;
  /** Undefined means no limit. */
  readonly maxGraceSeconds: number | undefined;
  readonly strategy: "Extend" | "Fit";
  readonly sleepAction: "Auto" | "Native" | "Exec" | "Off";
  readonly templates: "Warn" | "Enforce" | "Off";
  /** The actions by finding id. A finding without an entry has its default action. */
  readonly actions: ReadonlyMap<string, Action>;
  readonly ignorable: ReadonlySet<string>;
  readonly exempt: { readonly users: readonly string[]; readonly namespaces: readonly string[] };
  readonly inject: {
    readonly skipOwners: readonly string[];
    readonly otherOwners: "Known" | "All" | "None";
    readonly owners: readonly OwnerKind[];
    readonly containers: "All" | "WithPorts";
    readonly besideProxies: "Add" | "Skip";
  };
  readonly containers: {
    readonly notJudged: readonly ContainerPattern[];
    /** Containers that carry the app's traffic, in addition to the known proxies. */
    readonly proxies: readonly ContainerPattern[];
  };
  readonly workloads: readonly WorkloadRow[];
  readonly programs: readonly DeclaredProgram[];
}

/** Matches a container if all fields that the pattern sets match. */
export interface ContainerPattern {
  readonly name?: string | undefined;
  readonly image?: string | undefined;
}
