import { readSubjects } from "../admission/pods/read-pod.ts";
import { workloadOf } from "../admission/pods/workloads.ts";
import type { Remark } from "../check/finding.ts";
import { ignoreComments } from "../check/ignore-comments.ts";
import { checkItem } from "../check/item.ts";
import type { CheckOptions } from "../check/options.ts";
import type { Change, Json } from "../edit/change.ts";
import { editsOf, type Source, sourceOf } from "../edit/edits.ts";
import { asObject } from "../json.ts";
import { identify, type KubernetesObject } from "../manifest/identify.ts";
import { itemsOf, type ManifestItem } from "../manifest/objects.ts";
import { type Step, stepsOfPath } from "../manifest/path.ts";
import { readDocuments } from "../manifest/read.ts";
import { readAllHooks } from "../policy/assess/assess.ts";
import { injectionInto } from "../policy/assess/expected-pods.ts";
import type { Injection } from "../policy/injection/decide.ts";
import { skipText } from "../policy/messages/skip-text.ts";
import { INJECT_LABEL, INJECTED } from "../policy/model/keys.ts";
import { type Namespace, SILENT_NAMESPACE } from "../policy/model/namespace.ts";
import type { LocatedPod } from "../policy/model/pod.ts";
import { groupOf } from "../policy/model/workload.ts";
import { addedStatement } from "../policy/rules/sleep-added.ts";
import { resolveSettings } from "../policy/settings/resolve.ts";
import type { RewrittenText } from "./rewritten.ts";
import { type Plan, settle, type TextWithObjects } from "./settle.ts";

/** A text with the additions that the webhook would make to its pods. */
export interface InjectedText extends RewrittenText {
  /** A message for each pod with an addition, at its position in the original text. */
  readonly added: readonly Remark[];
  readonly skipped: readonly Remark[];
}

/**
 * Writes the sleep and the grace period that `/mutate` would add to pods into the text, also into pod templates.
 * `inject` adds no annotation that records the injection: the hook now belongs to the author, and the webhook does not
 * change containers with a hook.
 *
 * The API server calls the webhook only in namespaces with the label `gracekeeper.dev/inject: enabled`. The command
 * `inject` works in all namespaces except those with `gracekeeper.dev/inject: disabled`.
 */
export function inject(text: string, options: CheckOptions): InjectedText {
  const before = readText(text, options);
  const source = sourceOf(text);
  const refused = new Map<number, string>();
  const plan = (index: number): InjectionPlan => planFor(index, before, { source, refused });
  const { after, plans, edits } = settle<ReadText, InjectionPlan>(before, {
    plan,
    reject: (index, reason) => refused.set(index, reason),
    read: (next) => readText(next, options),
  });
  return {
    text: after.text,
    edits,
    added: plans.flatMap(({ added }) => added),
    skipped: plans.flatMap(({ skipped }) => skipped),
    faults: before.faults,
    hasObjects: before.hasObjects,
  };
}

interface ReadText extends TextWithObjects {
  readonly objects: readonly ObjectToInject[];
  readonly faults: readonly Remark[];
  readonly hasObjects: boolean;
}

interface ObjectToInject {
  readonly item: ManifestItem;
  /** The injection for each pod or pod template in the object. */
  readonly decisions: readonly Decision[];
}

interface Decision {
  readonly title: string;
  readonly subject: LocatedPod;
  readonly injection: Extract<Injection, { readonly kind: "added" }> | NotAdded;
}

interface NotAdded {
  readonly kind: "skipped";
  /** A clause. */
  readonly because: string;
}

function readText(text: string, options: CheckOptions): ReadText {
  const comments = ignoreComments(text, options.configuration.ignorable);
  const faults: Remark[] = [];
  const objects: ObjectToInject[] = [];
  let hasObjects = false;
  for (const document of readDocuments(text, { keepSourceTokens: true }))
    for (const item of itemsOf(document)) {
      const {
        faults: own = [],
        foreign,
        objects: checked = [],
      } = checkItem(item, { ...options, text, comments });
      faults.push(...own);
      hasObjects ||= foreign !== true;
      const object = checked.length > 0 ? identify(item.value) : undefined;
      objects.push({ item, decisions: object?.ok ? decisionsOn(object, options) : [] });
    }
  return { text, objects, faults, hasObjects };
}

function decisionsOn(object: KubernetesObject, options: CheckOptions): readonly Decision[] {
  const { root, title, kind, apiVersion } = object;
  const workload = workloadOf(groupOf(apiVersion), kind, options.configuration);
  if (workload === undefined) return [];
  const named = asObject(root["metadata"])?.["namespace"];
  const namespace = options.namespaces.get(typeof named === "string" ? named : "") ?? SILENT_NAMESPACE;
  const subjects = readSubjects(root, workload).filter(({ spec }) => spec.containers.length > 0);
  const request = readAllHooks({ ...options, namespace }, subjects);
  return subjects.map((subject) => {
    const because = notAsked(subject, namespace);
    if (because !== undefined) return { title, subject, injection: { kind: "skipped", because } };
    const settings = resolveSettings(subject, namespace, options.configuration);
    const injection = injectionInto({ subject, settings }, request);
    return {
      title,
      subject,
      injection: injection.kind === "added" ? injection : { kind: "skipped", because: skipText(injection) },
    };
  });
}

function notAsked({ place }: LocatedPod, { labels }: Namespace): string | undefined {
  if (place.hooksBy !== undefined) return `${place.hooksBy} adds a preStop hook to every container`;
  return labels.get(INJECT_LABEL) === "disabled" ? `namespace label ${INJECT_LABEL}: disabled` : undefined;
}

interface InjectionPlan extends Plan {
  readonly added: readonly Remark[];
  readonly skipped: readonly Remark[];
}

function planFor(
  index: number,
  { objects }: ReadText,
  { source, refused }: { readonly source: Source; readonly refused: ReadonlyMap<number, string> },
): InjectionPlan {
  const { item, decisions } = objects[index] ?? { decisions: [] };
  const changes = decisions.flatMap(changesFor);
  const none = { edits: [], tree: new Map() };
  if (item === undefined || decisions.length === 0) return { ...none, added: [], skipped: [] };
  const placed = changes.length === 0 || refused.has(index) ? undefined : editsOf(source, item, changes);
  const reason = refused.get(index) ?? placed?.refusals[0]?.reason;
  const remarks = decisions.map((one) => ({ one, remark: remarkOn(one, item, reason) }));
  return {
    ...(placed === undefined || reason !== undefined ? none : placed),
    added: remarks.flatMap(({ one, remark }) => (isAdded(one) && reason === undefined ? [remark] : [])),
    skipped: remarks.flatMap(({ one, remark }) => (isAdded(one) && reason === undefined ? [] : [remark])),
  };
}

function isAdded({ injection }: Decision): boolean {
  return injection.kind === "added";
}

/**
 * The operations of the patch, whose paths begin at the pod. The annotation that records the injection is changed only
 * if the pod already has it.
 */
function changesFor({ subject, injection }: Decision): readonly Change[] {
  if (injection.kind !== "added") return [];
  const pod = stepsOfPath(subject.specPath).slice(0, -1);
  const hasRecord = subject.annotations.has(INJECTED);
  return injection.patch
    .map(({ path, value }) => ({ way: stepsOfPointer(path), value: value as Json }))
    .filter(({ way: [first] }) => first === "spec" || hasRecord)
    .map(({ way, value }) => ({ steps: [...pod, ...way], wish: { do: "set", value } }));
}

/** The steps of a JSON pointer (RFC 6901). */
function stepsOfPointer(pointer: string): readonly Step[] {
  return pointer
    .split("/")
    .slice(1)
    .map((step) => (/^\d+$/.test(step) ? Number(step) : step.replaceAll("~1", "/").replaceAll("~0", "~")));
}

function remarkOn(
  { title, subject, injection }: Decision,
  item: ManifestItem,
  refused: string | undefined,
): Remark {
  const { line, column } = item.locate(subject.specPath);
  const at = { line, column };
  if (injection.kind === "skipped") return { ...at, text: `${title}: nothing added: ${injection.because}` };
  if (refused !== undefined)
    return {
      ...at,
      text: `${title}: nothing added: the sleep cannot be written into the manifest: ${refused}`,
    };
  const said = addedStatement(injection);
  return { ...at, text: `${title}: ${said.subject.name}: ${said.problem}` };
}
