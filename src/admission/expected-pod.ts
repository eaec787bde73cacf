import { injection } from "../policy/injection.ts";
import { INJECT_LABEL } from "../policy/keys.ts";
import type { Subject } from "../policy/subject.ts";
import { readValues } from "../policy/values.ts";
import { withInjection } from "../policy/with-injection.ts";
import type { Context } from "./decision.ts";
import type { Workload } from "./workloads.ts";

/** A pod as it will be judged when it comes: with what injection adds, as far as anybody can know that now. */
export interface ExpectedPod {
  readonly subject: Subject;
  /** False where it may still get a hook, for nobody knows its namespace. */
  readonly settled: boolean;
}

/** A pod that comes to be judged is what it will be. The pods of a template will pass injection first. */
export function expectedPod(subject: Subject, workload: Workload, context: Context): ExpectedPod {
  if (subject.role === "pod") return { subject, settled: true };
  if (context.namespace === undefined) return { subject, settled: false };
  return { subject: injected(subject, podOwner(workload), context), settled: true };
}

/** The pod as it would be if it were created now, in the namespace of the context. */
export function recreated(subject: Subject, context: Context): Subject {
  return injected(subject, subject.controller?.kind, context);
}

/** Kind of the controller that a workload's pods will have. */
export function podOwner({ kind, podOwner = kind }: Workload): string {
  return podOwner;
}

function injected(subject: Subject, owner: string | undefined, context: Context): Subject {
  const { configuration, namespace } = context;
  if (namespace?.labels.get(INJECT_LABEL) !== "enabled") return subject;
  const values = readValues(subject, namespace, configuration);
  const controller = owner === undefined ? undefined : { kind: owner, name: "" };
  const result = injection({ subject: { ...subject, controller }, values, configuration, madeByNode: false });
  return result.kind === "added" ? withInjection(subject, result) : subject;
}
