import { BadRequest } from "../admission/bad-request.ts";
import { readTemplates } from "../admission/pods/read-pod.ts";
import { workloadOf } from "../admission/pods/workloads.ts";
import { exactly, type Interval, isKnown } from "../hook/interval.ts";
import { type ReadingText, readingText } from "../hook/reason-text.ts";
import { asObject, type JsonObject, typeName } from "../json.ts";
import { assess, type PodAssessment, readAllHooks } from "../policy/assess/assess.ts";
import { stoppingContainer } from "../policy/assess/build-facts.ts";
import { injectionInto } from "../policy/assess/expected-pods.ts";
import { type Injected, recordedInjection } from "../policy/injection/record.ts";
import { explained } from "../policy/messages/messages.ts";
import { quote } from "../policy/messages/quote.ts";
import { meantRunNote } from "../policy/messages/run-text.ts";
import { skipText } from "../policy/messages/skip-text.ts";
import type { Action } from "../policy/model/action.ts";
import type { Context, RequestContext } from "../policy/model/context.ts";
import type { Finding, Fix } from "../policy/model/finding.ts";
import { PRESTOP_SLEEP_SECONDS } from "../policy/model/keys.ts";
import { namespaceOf } from "../policy/model/namespace.ts";
import { groupOf } from "../policy/model/owner.ts";
import type { LocatedPod } from "../policy/model/pod.ts";
import type { PodFacts, RunningContainer } from "../policy/model/pod-facts.ts";
import { graceZero } from "../policy/rules/grace-zero.ts";
import { hookLengthUnknown } from "../policy/rules/hook-length-unknown.ts";
import { hookMayExceed } from "../policy/rules/hook-may-exceed.ts";
import { hookOverGrace } from "../policy/rules/hook-over-grace.ts";
import { noShutdownTime } from "../policy/rules/no-shutdown-time.ts";
import { shutdownTooShort } from "../policy/rules/shutdown-too-short.ts";
import { isShutdownAsked, type Limit, type Settings } from "../policy/settings/resolve.ts";
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
  /** True where the manifest's grace is negative, which becomes 1 in the pods. */
  readonly graceNegative: boolean;
  readonly shutdownSeconds: number;
  readonly shutdownFrom: Settings["shutdownFrom"];
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
  /** How long the hook is meant to run, by what was read and declared. */
  readonly hookKnownSeconds: number | undefined;
  /** What that comes from: `60s of sleep; curl has no limit`. Undefined where the longest run is known. */
  readonly hookKnownBecause: string | undefined;
  /** Why it has no finding although it is killed, or may be. */
  readonly unfound: string | undefined;
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
  | AdditionExplanation
  | { readonly does: "nothing"; readonly because: string; readonly before: Injected | undefined };

export interface AdditionExplanation {
  readonly does: "add";
  /** The containers that would get the sleep now; none where only the grace period is raised, for sleeps that are there. */
  readonly containers: readonly string[];
  readonly sleepSeconds: number;
  readonly sleepFrom: Source;
  /** The grace period as it is, and as it would be. */
  readonly graceBefore: number;
  readonly graceAfter: number;
}

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
  const workload = workloadOf(
    groupOf(String(root["apiVersion"])),
    String(root["kind"]),
    context.configuration,
  );
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
  const unfound = whyUnfound(assessed[0]);
  return {
    document,
    specPath: subject.specPath,
    graceSeconds: pod.graceSeconds,
    graceNegative: (subject.spec.graceSeconds ?? 0) < 0,
    shutdownSeconds: pod.settings.shutdownSeconds,
    shutdownFrom: pod.settings.shutdownFrom,
    limit: pod.settings.limit,
    containers: stop.containers.flatMap((ended, index) => {
      const container = pod.running[index];
      return container === undefined ? [] : [explainContainer(ended, container, unfound(ended, container))];
    }),
    stoppedAt: stop.stoppedAt,
    neededGraceSeconds: neededGrace(stopping),
    findings: assessed.flatMap((one) => one.findings.map(explainFinding)),
    injection: explainInjection(subject, pod, context),
  };
}

function explainContainer(
  ended: ContainerTimeline,
  container: RunningContainer,
  unfound: string | undefined,
): ContainerExplanation {
  const { path, shutdownSeconds, hook } = container;
  return {
    ...ended,
    path,
    shutdownSeconds,
    reading: hook && readingText(hook.reading),
    hookSeconds: hook?.seconds,
    hookKnownSeconds: hook?.known,
    hookKnownBecause: hook && !isKnown(hook.seconds) && hook.known > 0 ? meantRunNote(hook) : undefined,
    unfound,
  };
}

/** The findings that speak of a container that is killed, or may be. */
const KILLED: ReadonlySet<string> = new Set(
  [graceZero, hookOverGrace, noShutdownTime, hookMayExceed, shutdownTooShort, hookLengthUnknown].map(
    ({ id }) => id,
  ),
);

/** Why a container that is killed, or may be, has no finding; undefined where it has one. */
type WhyUnfound = (ended: ContainerTimeline, container: RunningContainer) => string | undefined;

function whyUnfound({ pod, findings, ignored }: PodAssessment): WhyUnfound {
  const checked = new Set(pod.containers.map(({ path }) => path));
  const told = findings.filter(({ id }) => KILLED.has(id));
  const found = new Set(told.map(placeOf));
  const silenced = new Map(ignored.filter(({ id }) => KILLED.has(id)).map((one) => [placeOf(one), one.id]));
  const awaited = told.find(({ container }) => container !== undefined)?.container?.container.name;
  return (ended, container) => {
    const mayBeKilled = ended.exitedBy === "kill" || ended.exitedBy === "cannot-tell";
    if (!mayBeKilled || found.has(container.path) || found.has(undefined)) return undefined;
    if (!checked.has(container.path)) return "the configuration leaves this container out of the checks";
    const id = silenced.get(container.path) ?? silenced.get(undefined);
    if (id !== undefined) return `the pod's annotation ignores ${id}`;
    return withoutFinding(container, pod) ?? elsewhere(ended, awaited);
  };
}

/** The path of the container that it is about; undefined where it is about the pod, as a grace of 0 is. */
function placeOf({ id, container }: Finding): string | undefined {
  return id === graceZero.id ? undefined : container?.path;
}

/** Why no rule looks at the container. */
function withoutFinding({ hook }: RunningContainer, pod: PodFacts): string | undefined {
  if (hook !== undefined && !hook.addedByUs && hook.reading.cannotRun === undefined) return undefined;
  if (!isShutdownAsked(pod.settings))
    return "it has no hook of its own, and neither pod nor namespace says how long the app needs";
  return pod.settled ? undefined : "its pods may still get a hook";
}

/** Where the finding is instead; `awaited` is the name of a container that has one. */
function elsewhere({ exitedBy, role }: ContainerTimeline, awaited: string | undefined): string {
  if (role === "sidecar" && awaited !== undefined) return `it waits for ${quote(awaited)}, which has one`;
  return exitedBy === "cannot-tell"
    ? "it is killed only if a hook of the pod runs longer than it is meant to"
    : "no rule looks at it, or the configuration switches the finding off";
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
  const { hooksBy } = subject.place;
  const before = recordedInjection(subject);
  if (hooksBy !== undefined)
    return { does: "nothing", because: `${hooksBy} gives every container a hook of its own`, before };
  const result = injectionInto(pod, context);
  if (result.kind === "skipped") return { does: "nothing", because: skipText(result), before };
  const { sleepSeconds, graceAfter } = result.injected;
  const bare = new Set(
    subject.spec.containers.flatMap(({ name, preStop }) => (preStop === undefined ? [name] : [])),
  );
  return {
    does: "add",
    containers: result.containers.filter((name) => bare.has(name)),
    sleepSeconds,
    sleepFrom: sleepFrom(pod, context),
    graceBefore: pod.graceSeconds,
    graceAfter,
  };
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
