import { BadRequest } from "../admission/bad-request.ts";
import { readTemplates } from "../admission/pods/read-pod.ts";
import { workloadOf } from "../admission/pods/workloads.ts";
import { exactly, type Interval } from "../hook/interval.ts";
import { type ReadingText, readingText } from "../hook/reason-text.ts";
import { asObject, type JsonObject, typeName } from "../json.ts";
import { assess, type PodAssessment, readAllHooks } from "../policy/assess/assess.ts";
import { stoppingContainer } from "../policy/assess/build-facts.ts";
import { injectionInto } from "../policy/assess/expected-pods.ts";
import { type Injected, recordedInjection } from "../policy/injection/record.ts";
import { explained } from "../policy/messages/messages.ts";
import { skipText } from "../policy/messages/skip-text.ts";
import type { Action } from "../policy/model/action.ts";
import type { Context, RequestContext } from "../policy/model/context.ts";
import type { Finding, Fix } from "../policy/model/finding.ts";
import { PRESTOP_SLEEP_SECONDS } from "../policy/model/keys.ts";
import { namespaceOf } from "../policy/model/namespace.ts";
import type { LocatedPod } from "../policy/model/pod.ts";
import type { PodFacts, RunningContainer } from "../policy/model/pod-facts.ts";
import type { Limit } from "../policy/settings/resolve.ts";
import { neededGrace } from "../termination/needed-grace.ts";
import type { ContainerTimeline } from "../termination/stop-container.ts";
import { timeline } from "../termination/timeline.ts";

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
  /** True where the manifest's grace is negative, which becomes 1 in the pods. */
  readonly graceNegative: boolean;
  readonly shutdownSeconds: number;
  readonly shutdownFrom: Source;
  /** The longest grace period that is allowed; undefined without a limit. */
  readonly limit: Limit | undefined;
  readonly containers: readonly ContainerExplanation[];
  /** When the last container has ended. */
  readonly stoppedAt: Interval;
  /** The smallest grace for which nothing is cut or killed; undefined where that cannot be told. */
  readonly neededGraceSeconds: number | undefined;
  readonly findings: readonly ExplainedFinding[];
  readonly injection: InjectionExplanation;
}

/** Where a value comes from. */
export type Source = "pod" | "namespace" | "configuration";

export interface ContainerExplanation extends ContainerTimeline {
  readonly path: string;
  /** How long its app takes after the stop signal. */
  readonly shutdownSeconds: number;
  readonly reading: ReadingText | undefined;
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
  | { readonly does: "add"; readonly injected: Injected; readonly sleepFrom: Source }
  | { readonly does: "nothing"; readonly because: string; readonly before: Injected | undefined };

/** Each costs time, and a longer list would not be read. */
const MOST_DOCUMENTS = 100;

/**
 * Explains every document of a manifest (already parsed from YAML or JSON; a `List` counts as its items).
 *
 * The same decision as a webhook's, in a namespace that says nothing: no value of a namespace counts, and nothing is
 * injected, which is told apart. What differs: findings that are seen before the API server's own validation
 * (`sleep-unsupported`), because a manifest did not pass it yet.
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
  const list = asObject(document);
  const isList = typeof list?.["kind"] === "string" && list["kind"].endsWith("List");
  return isList && Array.isArray(list["items"]) ? list["items"] : [document];
}

function explainOne(object: unknown, place: number, context: Context): readonly DocumentExplanation[] {
  const root = asObject(object);
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
    const { subjects, unread } = readTemplates(root, workload);
    const more = unread === undefined ? [] : [{ document, nothing: `no pod template: ${unread}` }];
    if (subjects.length === 0 && unread === undefined)
      return [{ document, nothing: "it has no pod template" }];
    return [...explainSubjects(document, subjects, context), ...more];
  } catch (error) {
    if (error instanceof BadRequest)
      throw new BadRequest(`document ${place} (${document}): ${error.message}`);
    throw error;
  }
}

function explainSubjects(
  document: string,
  subjects: readonly LocatedPod[],
  context: Context,
): readonly DocumentExplanation[] {
  const request = readAllHooks({ ...context, namespace: context.namespace ?? SILENT }, subjects);
  const assessed = assess({ pods: subjects, stage: "manifest" }, request);
  return subjects.map((subject) => {
    const title = subjects.length > 1 ? `${document}, ${subject.specPath}` : document;
    const own = assessed.filter(({ pod }) => pod.subject.specPath === subject.specPath);
    const [first, ...others] = own;
    const empty = subject.spec.containers.length === 0 && own.every(({ findings }) => findings.length === 0);
    return first === undefined || empty
      ? { document: title, nothing: `no containers at ${subject.specPath}` }
      : explainSubject(title, subject, [first, ...others], { ...request, namespace: context.namespace });
  });
}

/** The namespace of a manifest is unknown. */
const SILENT = namespaceOf("", {}, {});

function explainSubject(
  document: string,
  subject: LocatedPod,
  assessed: readonly [PodAssessment, ...PodAssessment[]],
  context: RequestContext,
): PodExplanation {
  const [{ pod }] = assessed;
  const stopping = pod.running.map((container) =>
    stoppingContainer(container, exactly(container.shutdownSeconds)),
  );
  const stop = timeline(stopping, pod.graceSeconds);
  return {
    document,
    specPath: subject.specPath,
    graceSeconds: pod.graceSeconds,
    graceStated: subject.spec.graceSeconds !== undefined,
    graceNegative: (subject.spec.graceSeconds ?? 0) < 0,
    shutdownSeconds: pod.settings.shutdownSeconds,
    shutdownFrom: pod.settings.shutdownAskedBy ?? "configuration",
    limit: pod.settings.limit,
    containers: stop.containers.flatMap((ended, index) => {
      const container = pod.running[index];
      return container === undefined ? [] : [explainContainer(ended, container)];
    }),
    stoppedAt: stop.stoppedAt,
    neededGraceSeconds: neededGrace(stopping),
    findings: assessed.flatMap((one) => one.findings.map(explainFinding)),
    injection: explainInjection(subject, pod, context),
  };
}

function explainContainer(
  ended: ContainerTimeline,
  { path, shutdownSeconds, hook }: RunningContainer,
): ContainerExplanation {
  return {
    ...ended,
    path,
    shutdownSeconds,
    reading: hook && readingText(hook.reading),
    hookSeconds: hook?.seconds,
  };
}

function explainFinding(finding: Finding): ExplainedFinding {
  return {
    id: finding.id,
    action: finding.action,
    container: finding.container?.container.name,
    path: finding.path,
    message: explained(finding),
    fix: finding.fix,
  };
}

/** A template's pods will be made by its controller, which decides whether they are left alone. */
function explainInjection(subject: LocatedPod, pod: PodFacts, context: RequestContext): InjectionExplanation {
  const { hooksBy, podOwner } = subject.place;
  const before = recordedInjection(subject);
  if (hooksBy !== undefined)
    return { does: "nothing", because: `${hooksBy} gives every container a hook of its own`, before };
  const owner = subject.role === "pod" ? subject.controller?.kind : podOwner;
  const result = injectionInto({ subject: pod.subject, settings: pod.settings, owner }, context);
  if (result.kind === "skipped") return { does: "nothing", because: skipText(result), before };
  return { does: "add", injected: result.injected, sleepFrom: sleepFrom(pod, context) };
}

function sleepFrom({ subject, settings }: PodFacts, { namespace }: RequestContext): Source {
  const invalid = (all: PodFacts["settings"]["invalid"]): boolean =>
    all.some(({ key }) => key === PRESTOP_SLEEP_SECONDS);
  if (subject.annotations.has(PRESTOP_SLEEP_SECONDS) && !invalid(settings.invalid)) return "pod";
  const ofNamespace =
    namespace?.annotations.has(PRESTOP_SLEEP_SECONDS) && !invalid(settings.namespaceInvalid);
  return ofNamespace ? "namespace" : "configuration";
}

function titleOf(root: JsonObject, place: number): string {
  const metadata = asObject(root["metadata"]);
  const name = metadata?.["name"] ?? metadata?.["generateName"];
  const kind = typeof root["kind"] === "string" ? root["kind"] : "";
  if (kind === "" || typeof root["apiVersion"] !== "string") {
    throw new BadRequest(`document ${place} must have an apiVersion and a kind: send the whole manifest.`);
  }
  return typeof name === "string" ? `${kind} ${JSON.stringify(name)}` : kind;
}

function groupOf(root: JsonObject): string {
  const [group, version] = String(root["apiVersion"]).split("/");
  return version === undefined ? "" : (group ?? "");
}
