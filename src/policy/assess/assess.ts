import { keyPath } from "../messages/quote.ts";
import { weaker } from "../model/action.ts";
import type { Context, RequestContext } from "../model/context.ts";
import type { Finding } from "../model/finding.ts";
import type { LocatedPod, PodOrTemplate } from "../model/pod.ts";
import type { PodFacts } from "../model/pod-facts.ts";
import { graceZero } from "../rules/grace-zero.ts";
import { resolveSettings } from "../settings/resolve.ts";
import { buildFacts, hooksOf, mainProcessesOf } from "./build-facts.ts";
import { applicableRules, type Evaluation, evaluation, type Stage, toFinding } from "./evaluate.ts";
import { expectedPods } from "./expected-pods.ts";

/** A pod, or the expected pod of a template, with its findings. */
export interface PodAssessment extends Evaluation {
  readonly pod: PodFacts;
  /** The findings that the Kubernetes object did not have before the update. */
  readonly introduced: ReadonlySet<Finding>;
}

/** The pods or templates of one Kubernetes object, and in an update those of the old object. */
export interface ToAssess {
  readonly pods: readonly LocatedPod[];
  /** The pods or templates of the old object; empty if the findings of the old object make no difference. */
  readonly old?: readonly LocatedPod[];
  readonly stage: Stage;
}

/** Analyses every hook of a request once. One budget limits the analysis of all hooks together. */
export function readAllHooks(
  { readHooks, configuration, namespace }: Context,
  pods: readonly PodOrTemplate[],
): RequestContext {
  return {
    configuration,
    namespace,
    readings: readHooks(pods.flatMap(hooksOf), pods.flatMap(mainProcessesOf)),
  };
}

/**
 * Runs every rule on every pod and template of an object. A template with a negative grace period is assessed twice:
 * with the grace period of 1 that its pods get, and with the negative value.
 *
 * A finding denies only if it is certain. While injection may still add a sleep, a finding denies only if it exists
 * both with and without the sleep. A finding that depends on the sleep is a warning.
 */
export function assess(
  { pods, old = [], stage }: ToAssess,
  context: RequestContext,
): readonly PodAssessment[] {
  const { configuration } = context;
  const cases = [...pods, ...old].map((located) =>
    casesOf(located, context).map(({ kind, facts }) => ({
      kind,
      facts,
      ...evaluation(
        facts,
        applicableRules(facts, stage).flatMap((rule) =>
          rule.find(facts).map((found) => toFinding(rule, found, configuration)),
        ),
      ),
    })),
  );
  const [now, before] = [cases.slice(0, pods.length), cases.slice(pods.length)];
  const known = new Set(before.flatMap((one, index) => keysOf(one.flatMap(keep), old[index]?.identity)));
  return now.flatMap((one, index) => assessments(one, pods[index]?.identity ?? "", known));
}

/** One variant of a pod or template, to which the rules are applied. */
interface Case {
  /**
   * `expected` is the pod, or the pods of the template. `alternative` is the expected pod with the sleep that injection
   * may add. `stored` is a template with the negative grace period that the manifest sets.
   */
  readonly kind: "expected" | "alternative" | "stored";
  readonly facts: PodFacts;
}

type EvaluatedCase = Case & Evaluation;

function casesOf(located: LocatedPod, context: RequestContext): readonly Case[] {
  const settings = resolveSettings(located, context.namespace, context.configuration);
  const { subject, settled, alternative } = expectedPods(located, settings, context);
  const cases: Case[] = [{ kind: "expected", facts: buildFacts({ subject, settings, settled }, context) }];
  if (alternative !== undefined) {
    const facts = buildFacts({ subject: alternative, settings, settled }, context);
    cases.push({ kind: "alternative", facts });
  }
  if (located.role === "template" && (located.spec.graceSeconds ?? 0) < 0) {
    const facts = buildFacts({ subject: located, settings, settled: true }, context);
    cases.push({ kind: "stored", facts });
  }
  return cases;
}

function assessments(
  cases: readonly EvaluatedCase[],
  identity: string,
  known: ReadonlySet<string>,
): readonly PodAssessment[] {
  const alternative = cases.find(({ kind }) => kind === "alternative");
  const sure = alternative && new Set(keysOf([alternative], identity, "Deny"));
  return cases.flatMap(keep).map(({ kind, facts, findings, ignored }) => {
    const key = keyIn(facts, identity);
    const isSure = (found: Finding): boolean =>
      kind === "stored" || sure === undefined || found.action !== "Deny" || sure.has(key(found));
    const all = findings.map((found): Finding => (isSure(found) ? found : { ...found, action: "Warn" }));
    const introduced = new Set(all.filter((found) => !known.has(key(found))));
    return { pod: facts, findings: all, ignored, introduced };
  });
}

/**
 * The variants to report. The variant `alternative` is never reported: it decides whether findings of the variant
 * `expected` are certain.
 */
function keep(one: EvaluatedCase): readonly EvaluatedCase[] {
  switch (one.kind) {
    case "expected":
      return [{ ...one, findings: warnWhereMisplaced(one) }];
    case "alternative":
      return [];
    case "stored": {
      const findings = negativeGrace(one.findings);
      return findings.length === 0 ? [] : [{ ...one, findings, ignored: [] }];
    }
    default:
      return one.kind satisfies never;
  }
}

/** Gracekeeper keys on the workload itself never reach its pods, so findings about such keys only warn. */
function warnWhereMisplaced({ findings, facts }: EvaluatedCase): readonly Finding[] {
  const { misplaced } = facts.subject;
  if (misplaced.length === 0) return findings;
  const elsewhere = new Set(misplaced.map(({ path, key }) => keyPath(path, key)));
  return findings.map((found) =>
    elsewhere.has(found.path) ? { ...found, action: weaker(found.action, "Warn") } : found,
  );
}

/**
 * Keeps the finding about the negative grace period of a template, as a warning. The API server makes the grace period
 * 1 in the pods, so the pods are not denied.
 */
function negativeGrace(findings: readonly Finding[]): readonly Finding[] {
  return findings
    .filter(({ id }) => id === graceZero.id)
    .map((found) => ({ ...found, action: weaker(found.action, "Warn") }));
}

function keysOf(
  cases: readonly EvaluatedCase[],
  identity = "",
  action?: Finding["action"],
): readonly string[] {
  return cases.flatMap(({ facts, findings }) =>
    findings.filter((found) => action === undefined || found.action === action).map(keyIn(facts, identity)),
  );
}

/**
 * Makes a key that identifies a finding before and after an update, from its rule, template and container. For a
 * finding about the whole pod, the key has the field path instead of the container. The key stays the same if an update
 * reorders templates or containers.
 */
function keyIn({ subject }: PodFacts, identity: string): (finding: Finding) => string {
  const template = subject.specPath.slice(0, -"spec".length);
  const within = (path: string): string => (path.startsWith(template) ? path.slice(template.length) : path);
  return ({ id, container, path }) =>
    JSON.stringify([id, identity, container === undefined ? within(path) : container.container.name]);
}
