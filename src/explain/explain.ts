import { BadRequest } from "../admission/bad-request.ts";
import { decideManifest, type ManifestContext } from "../admission/manifest-decision.ts";
import { readTemplates } from "../admission/pods/read-pod.ts";
import { workloadOf } from "../admission/pods/workloads.ts";
import { type Interval, isKnown, NO_TIME } from "../hook/interval.ts";
import type { Unheard } from "../hook/main-process/main-process.ts";
import { type ReadingText, readingText } from "../hook/reason-text.ts";
import { identify, type KubernetesObject } from "../manifest/identify.ts";
import { objectsOf } from "../manifest/objects.ts";
import type { PodAssessment } from "../policy/assess/assess.ts";
import { injectionOf } from "../policy/assess/expected-pods.ts";
import { type Injected, recordedInjection } from "../policy/injection/record.ts";
import { explained } from "../policy/messages/messages.ts";
import { meantRunNote } from "../policy/messages/run-text.ts";
import { skipText } from "../policy/messages/skip-text.ts";
import type { RequestContext } from "../policy/model/context.ts";
import type { Finding } from "../policy/model/finding.ts";
import { PRESTOP_SLEEP_SECONDS } from "../policy/model/keys.ts";
import type { LocatedPod } from "../policy/model/pod.ts";
import type { PodFacts, RunningContainer } from "../policy/model/pod-facts.ts";
import { groupOf } from "../policy/model/workload.ts";
import type { Limit, Settings } from "../policy/settings/resolve.ts";
import { graceOf } from "../termination/pod.ts";
import { type Ending, isPlainDelete, PLAIN_DELETE } from "./ending.ts";
import { type LostField, lostFields } from "./lost-fields.ts";
import { type OtherEnding, otherEndings } from "./other-endings.ts";
import { type StoppedContainer, stopOn, stoppablePod } from "./stop.ts";
import { type WhyUnfound, whyUnfound } from "./unfound.ts";

/**
 * The explanation of all YAML documents of one manifest, as data. Times are in seconds; in JSON, null means "cannot
 * tell".
 */
export interface Explanation {
  readonly documents: readonly DocumentExplanation[];
}

export type DocumentExplanation = PodExplanation | NothingToExplain | DocumentError;

/** The explanation of a YAML document without a pod. */
export interface NothingToExplain {
  readonly document: string;
  readonly nothing: string;
  readonly lostFields: readonly LostField[];
}

export interface DocumentError {
  /** `document 2 (Deployment "web")`. */
  readonly document: string;
  readonly error: string;
}

export interface PodExplanation {
  /** `Deployment "web"`. */
  readonly document: string;
  readonly specPath: string;
  /** How the pod is stopped: by a delete, a drain, an eviction and so on. */
  readonly ending: Ending;
  /** The grace period of the pod, which a drain or an eviction may replace. */
  readonly graceSeconds: number;
  /** True if the grace period in the manifest is negative; the API server makes it 1 in the pods. */
  readonly graceNegative: boolean;
  readonly shutdownSeconds: number;
  readonly shutdownFrom: Settings["shutdownFrom"];
  /** The longest grace period that is allowed; undefined without a limit. */
  readonly limit: Limit | undefined;
  /** The containers that are stopped; empty if no container is stopped. */
  readonly containers: readonly ContainerExplanation[];
  /** The seconds until the last container has ended. */
  readonly stoppedAt: Interval;
  /** The shortest grace period that cuts off no hook and kills no app; undefined if it is not known. */
  readonly neededGraceSeconds: number | undefined;
  /** The effects of a drain, an eviction and so on; empty unless the pod is stopped by a plain delete. */
  readonly otherEndings: readonly OtherEnding[];
  /** Fields that Kubernetes ignores, because they are misspelt or in the wrong place. */
  readonly lostFields: readonly LostField[];
  /** The findings, which always assume a delete of the pod, even if `ending` is a drain or an eviction. */
  readonly findings: readonly ExplainedFinding[];
  readonly injection: InjectionExplanation;
}

/** Where a setting comes from. */
export type Source = "pod" | "namespace" | "configuration";

export interface ContainerExplanation extends StoppedContainer {
  readonly path: string;
  /** How long the app of the container takes after the stop signal. */
  readonly shutdownSeconds: number;
  readonly reading: ReadingText | undefined;
  /** How long the hook takes, from its `HookReading` and the pod's declaration. */
  readonly hookSeconds: Interval | undefined;
  /**
   * The duration in seconds that the hook's author seems to intend, from the `HookReading` and the pod's declaration.
   */
  readonly hookKnownSeconds: number | undefined;
  /**
   * The explanation of `hookKnownSeconds`, such as `60s of sleep; curl has no limit`; undefined if the duration of the
   * hook has an upper bound.
   */
  readonly hookKnownBecause: string | undefined;
  /** Why no finding reports the container, although it is or may be killed; undefined for other containers. */
  readonly unfound: string | undefined;
  /** The stop signal, if the main process certainly ignores it. */
  readonly ignoredSignal: string | undefined;
  /** The stop signal, if the main process may ignore it. */
  readonly maybeIgnoredSignal: string | undefined;
}

export interface ExplainedFinding extends Pick<Finding, "id" | "action" | "path" | "fix"> {
  readonly container: string | undefined;
  readonly message: string;
}

/** What `/mutate` would do with this pod, or with the pods of this template. */
export type InjectionExplanation =
  | AdditionExplanation
  | { readonly does: "nothing"; readonly because: string; readonly before: Injected | undefined };

export interface AdditionExplanation {
  readonly does: "add";
  /**
   * The containers that would get a sleep. The list is empty if all sleeps are already there, and only the grace period
   * is raised.
   */
  readonly containers: readonly string[];
  readonly sleepSeconds: number;
  readonly sleepFrom: Source;
  /** The grace period before and after the injection. */
  readonly graceBefore: number;
  readonly graceAfter: number;
  /** Whether the timeline includes the added sleep, because the pods of this template certainly get it. */
  readonly drawn: boolean;
}

/**
 * Explains every YAML document of a manifest, after the YAML or JSON is parsed. A `List` is replaced by its items.
 *
 * Every decision is the same as that of the webhook. A namespace that the input does not declare is read as one without
 * labels, so nothing is injected there; the explanation says so. Unlike the validating webhook, an explanation also
 * reports what API server validation refuses (`sleep-unsupported`).
 *
 * An `Unreadable` is a YAML document that cannot be parsed. All other documents are still explained.
 *
 * @throws BadRequest that names the YAML document and the field, if no document can be explained.
 */
export function explain(
  documents: readonly unknown[],
  context: ManifestContext,
  ending: Ending = PLAIN_DELETE,
): Explanation {
  const objects = objectsOf(documents);
  if (objects.length === 0)
    throw new BadRequest("the manifest has no document: send a Kubernetes object as YAML or JSON.");
  const explained = objects.flatMap((object, index) =>
    explainOne(object, `document ${index + 1}`, { context, ending }),
  );
  const errors = explained.filter((one) => "error" in one);
  const [first] = errors;
  if (first === undefined || errors.length < explained.length) return { documents: explained };
  const more = errors.length > 1 ? ` (Other documents with errors: ${errors.length - 1}.)` : "";
  throw new BadRequest(`${first.document}: ${first.error}${more}`);
}

interface Asked {
  readonly context: ManifestContext;
  readonly ending: Ending;
}

function explainOne(object: unknown, place: string, asked: Asked): readonly DocumentExplanation[] {
  let document = place;
  try {
    const read = identify(object);
    if (!read.ok) return [{ document, error: read.problem }];
    document = `${place} (${read.title})`;
    return explainObject(read, asked);
  } catch (error) {
    if (error instanceof BadRequest) return [{ document, error: error.message }];
    throw error;
  }
}

function explainObject(object: KubernetesObject, asked: Asked): readonly DocumentExplanation[] {
  const { root, title, apiVersion, kind } = object;
  if (kind === "AdmissionReview")
    throw new BadRequest(
      "this document is an AdmissionReview: POST the review to /validate/warn, or send a manifest.",
    );
  const workload = workloadOf(groupOf(apiVersion), kind, asked.context.configuration);
  const nothing = (why: string, lost: readonly LostField[] = []): NothingToExplain => ({
    document: title,
    nothing: why,
    lostFields: lost,
  });
  if (kind === "Namespace" && apiVersion === "v1")
    return [
      nothing("a Namespace has no pod; its labels and annotations apply to the objects in the namespace"),
    ];
  if (workload === undefined) return [nothing("this kind has no pods to explain")];
  const { subjects, unread } = readTemplates(root, workload);
  const lost = lostFields(root, workload);
  if (subjects.length === 0 && unread === undefined) return [nothing("the object has no pod template", lost)];
  const more = unread === undefined ? [] : [nothing(`no pod template: ${unread}`)];
  const explained = explainSubjects(object, subjects, asked);
  return [...explained.map((one, index) => (index === 0 ? { ...one, lostFields: lost } : one)), ...more];
}

function explainSubjects(
  { title: document, namespace: name }: KubernetesObject,
  subjects: readonly LocatedPod[],
  { context, ending }: Asked,
): readonly (PodExplanation | NothingToExplain)[] {
  const { request, assessed, ceiling } = decideManifest(subjects, name, context);
  const namespace = context.namespaces.get(name);
  return subjects.map((subject) => {
    const title = subjects.length > 1 ? `${document}, ${subject.specPath}` : document;
    const own = assessed.filter(({ pod }) => pod.subject.specPath === subject.specPath);
    const [first, ...others] = own;
    const empty = subject.spec.containers.length === 0 && own.every(({ findings }) => findings.length === 0);
    return first === undefined || empty
      ? { document: title, nothing: `no containers at ${subject.specPath}`, lostFields: [] }
      : explainSubject(
          { document: title, subject, ending, isSilent: ceiling === "Off" },
          [first, ...others],
          {
            ...request,
            namespace,
          },
        );
  });
}

/** A pod or template to explain, and how its pods are stopped (delete, drain, eviction). */
interface ToExplain {
  readonly document: string;
  readonly subject: LocatedPod;
  readonly ending: Ending;
  /** Whether all findings are switched off in the namespace. */
  readonly isSilent: boolean;
}

function explainSubject(
  { document, subject, ending, isSilent }: ToExplain,
  assessed: readonly [PodAssessment, ...PodAssessment[]],
  context: RequestContext,
): PodExplanation {
  const [{ pod }] = assessed;
  const stoppable = stoppablePod(pod);
  const stop = stopOn(ending, stoppable);
  const unfound: WhyUnfound = isPlainDelete(ending) ? whyUnfound(assessed[0], isSilent) : () => undefined;
  return {
    document,
    specPath: subject.specPath,
    ending,
    graceSeconds: pod.graceSeconds,
    graceNegative: (subject.spec.graceSeconds ?? 0) < 0,
    shutdownSeconds: pod.settings.shutdownSeconds,
    shutdownFrom: pod.settings.shutdownFrom,
    limit: pod.settings.limit,
    containers: (stop?.containers ?? []).flatMap((ended) => {
      const container = pod.running[ended.index];
      return container === undefined ? [] : [explainContainer(ended, container, unfound(ended, container))];
    }),
    stoppedAt: stop?.stoppedAt ?? NO_TIME,
    neededGraceSeconds: stop?.neededSeconds,
    otherEndings: isPlainDelete(ending) ? otherEndings(stoppable) : [],
    lostFields: [],
    findings: assessed.flatMap((one) => one.findings.map(explainFinding)),
    injection: explainInjection(subject, pod, context),
  };
}

function explainContainer(
  ended: StoppedContainer,
  container: RunningContainer,
  unfound: string | undefined,
): ContainerExplanation {
  const { path, shutdownSeconds, hook, unheard, runsUntilKill } = container;
  return {
    ...ended,
    path,
    shutdownSeconds,
    reading: hook && readingText(hook.reading),
    hookSeconds: hook?.seconds,
    hookKnownSeconds: hook?.known,
    hookKnownBecause: hook && !isKnown(hook.seconds) && hook.known > 0 ? meantRunNote(hook) : undefined,
    unfound,
    ignoredSignal: runsUntilKill ? unheard?.signal : undefined,
    maybeIgnoredSignal: runsUntilKill || mayEndFirst(ended, unheard) ? undefined : unheard?.signal,
  };
}

/** Whether the main process may end by itself before the kill, so that it does not need a stop signal. */
function mayEndFirst({ killAt }: StoppedContainer, unheard: Unheard | undefined): boolean {
  return unheard?.endsAfter !== undefined && unheard.endsAfter <= killAt.min;
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

/**
 * Explains what injection would add. Nothing is added to the pods of a controller that gives every container a hook.
 */
function explainInjection(subject: LocatedPod, pod: PodFacts, context: RequestContext): InjectionExplanation {
  const { hooksBy } = subject.place;
  const before = recordedInjection(subject);
  if (hooksBy !== undefined)
    return { does: "nothing", because: `${hooksBy} adds a preStop hook to every container`, before };
  const result = injectionOf(subject, pod.settings, context);
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
    graceBefore: graceOf(subject.spec),
    graceAfter,
    drawn: recordedInjection(pod.subject) !== undefined && before === undefined,
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
