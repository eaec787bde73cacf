import { BadRequest } from "../admission/bad-request.ts";
import type { Context } from "../admission/decision.ts";
import { podOwner } from "../admission/expected-pod.ts";
import { readSubjects } from "../admission/read-pod.ts";
import { type Mapping, mapping, typeName } from "../admission/review.ts";
import { type Workload, workloadOf } from "../admission/workloads.ts";
import { exactly, type Interval } from "../hook/interval.ts";
import type { HookReading } from "../hook/reading.ts";
import type { Action, Fix } from "../policy/finding.ts";
import { type Injected, recordedInjection } from "../policy/injected-annotation.ts";
import { injection } from "../policy/injection.ts";
import { judge } from "../policy/judge.ts";
import { type JudgedContainer, type JudgedPod, judgedPod, stoppingContainer } from "../policy/judged-pod.ts";
import { explained } from "../policy/messages.ts";
import type { Subject } from "../policy/subject.ts";
import { neededGrace } from "../termination/needed-grace.ts";
import { type ContainerTimeline, timeline } from "../termination/timeline.ts";

/** What /explain and the command line say of the documents of one manifest, as data. Seconds; null is "cannot tell". */
export interface Explanation {
  readonly documents: readonly DocumentExplanation[];
}

export type DocumentExplanation = PodExplanation | NothingToExplain;

/** A document that has no pod. */
export interface NothingToExplain {
  readonly document: string;
  readonly nothing: string;
}

export interface PodExplanation {
  /** `Deployment "web"`. */
  readonly document: string;
  readonly specPath: string;
  readonly graceSeconds: number;
  /** False where the manifest does not say, and the API server fills in 30. */
  readonly graceStated: boolean;
  readonly shutdownSeconds: number;
  readonly shutdownAskedFor: boolean;
  readonly containers: readonly ContainerExplanation[];
  /** When the last container has ended. */
  readonly stoppedAt: Interval;
  /** The smallest grace for which nothing is cut or killed; undefined where that cannot be told. */
  readonly neededGraceSeconds: number | undefined;
  readonly findings: readonly ExplainedFinding[];
  readonly injection: InjectionExplanation;
}

export interface ContainerExplanation extends ContainerTimeline {
  readonly path: string;
  readonly reading: HookReading | undefined;
  /** What the pod declares by annotation has narrowed the reading to this. */
  readonly hookSeconds: Interval | undefined;
}

export interface ExplainedFinding {
  readonly id: string;
  readonly action: Action;
  readonly container: string | undefined;
  readonly path: string;
  readonly message: string;
  readonly fix: readonly Fix[];
}

/** What `/mutate` would do with this pod, or with the pods of this template. */
export type InjectionExplanation =
  | { readonly does: "add"; readonly injected: Injected }
  | { readonly does: "nothing"; readonly because: string; readonly before: Injected | undefined };

/** More would be a manifest nobody reads, and each one costs time. */
const MOST_DOCUMENTS = 100;

/**
 * Explains every document of a manifest (already parsed from YAML or JSON; a `List` counts as its items).
 *
 * @throws BadRequest that names the document and the field when an object has a type that the API server refuses.
 */
export function explain(documents: readonly unknown[], context: Context): Explanation {
  const objects = documents
    .flatMap(itemsOf)
    .filter((document) => document !== null && document !== undefined);
  if (objects.length === 0)
    throw new BadRequest("there is no document in the manifest: send one as YAML or JSON.");
  if (objects.length > MOST_DOCUMENTS) {
    throw new BadRequest(
      `the manifest has ${objects.length} documents: send at most ${MOST_DOCUMENTS} at once.`,
    );
  }
  return { documents: objects.flatMap((object, index) => explainOne(object, index + 1, context)) };
}

function itemsOf(document: unknown): readonly unknown[] {
  const list = mapping(document);
  const isList = typeof list?.["kind"] === "string" && list["kind"].endsWith("List");
  return isList && Array.isArray(list["items"]) ? list["items"] : [document];
}

function explainOne(object: unknown, place: number, context: Context): readonly DocumentExplanation[] {
  const root = mapping(object);
  if (root === undefined) {
    throw new BadRequest(
      `document ${place} is ${typeName(object)}, not a Kubernetes object: is the indentation right?`,
    );
  }
  if (root["kind"] === "AdmissionReview") {
    throw new BadRequest(
      `document ${place} is an AdmissionReview: POST it to /validate/warn, or send the manifest itself.`,
    );
  }
  const document = titleOf(root, place);
  const workload = workloadOf(groupOf(root), String(root["kind"]), context.configuration);
  if (workload === undefined) return [{ document, nothing: "no pod in this kind, nothing to explain" }];
  try {
    const subjects = readSubjects(root, workload);
    if (subjects.length === 0) return [{ document, nothing: "it has no pod template" }];
    return subjects.map((subject) => {
      const title = subjects.length > 1 ? `${document}, ${subject.specPath}` : document;
      return subject.spec.containers.length === 0
        ? { document: title, nothing: `no containers at ${subject.specPath}` }
        : explainSubject(title, subject, workload, context);
    });
  } catch (error) {
    if (error instanceof BadRequest)
      throw new BadRequest(`document ${place} (${document}): ${error.message}`);
    throw error;
  }
}

function explainSubject(
  document: string,
  subject: Subject,
  workload: Workload,
  context: Context,
): PodExplanation {
  const pod = judgedPod(subject, context, true);
  const shutdown = exactly(pod.values.shutdownSeconds);
  const stopping = pod.containers.map((container) => stoppingContainer(container, shutdown));
  const stop = timeline(stopping, pod.graceSeconds);
  return {
    document,
    specPath: subject.specPath,
    graceSeconds: pod.graceSeconds,
    graceStated: subject.spec.graceSeconds !== undefined,
    shutdownSeconds: pod.values.shutdownSeconds,
    shutdownAskedFor: pod.values.shutdownAskedBy !== undefined,
    containers: stop.containers.flatMap((ended, index) => {
      const container = pod.containers[index];
      return container === undefined ? [] : [explainContainer(ended, container)];
    }),
    stoppedAt: stop.stoppedAt,
    neededGraceSeconds: neededGrace(stopping),
    findings: explainFindings(pod, context),
    injection: explainInjection(subject, workload, pod, context),
  };
}

function explainContainer(ended: ContainerTimeline, { path, hook }: JudgedContainer): ContainerExplanation {
  return { ...ended, path, reading: hook?.reading, hookSeconds: hook?.seconds };
}

function explainFindings(pod: JudgedPod, { configuration }: Context): readonly ExplainedFinding[] {
  return judge(pod, configuration, "manifest").findings.map((finding) => ({
    id: finding.id,
    action: finding.action,
    container: finding.container?.container.name,
    path: finding.path,
    message: explained(finding, pod),
    fix: finding.fix,
  }));
}

/** A template's pods will be made by its controller, which decides whether they are left alone. */
function explainInjection(
  subject: Subject,
  workload: Workload,
  pod: JudgedPod,
  { configuration }: Context,
): InjectionExplanation {
  const controller = subject.role === "pod" ? subject.controller : { kind: podOwner(workload), name: "" };
  const result = injection({
    subject: { ...subject, controller },
    values: pod.values,
    configuration,
    madeByNode: false,
  });
  return result.kind === "added"
    ? { does: "add", injected: result.injected }
    : { does: "nothing", because: result.because, before: recordedInjection(subject) };
}

function titleOf(root: Mapping, place: number): string {
  const metadata = mapping(root["metadata"]);
  const name = metadata?.["name"] ?? metadata?.["generateName"];
  const kind = typeof root["kind"] === "string" ? root["kind"] : "";
  if (kind === "" || typeof root["apiVersion"] !== "string") {
    throw new BadRequest(`document ${place} has no apiVersion and kind: send the whole manifest.`);
  }
  return typeof name === "string" ? `${kind} ${JSON.stringify(name)}` : kind;
}

function groupOf(root: Mapping): string {
  const [group, version] = String(root["apiVersion"]).split("/");
  return version === undefined ? "" : (group ?? "");
}
