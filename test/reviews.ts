import type { Decision, DecisionRecord } from "../src/admission/decision.ts";
import type { ManifestContext } from "../src/admission/manifest-decision.ts";
import { readSubjects } from "../src/admission/pods/read-pod.ts";
import { workloadOf } from "../src/admission/pods/workloads.ts";
import { PROGRAMS } from "../src/hook/programs/table.ts";
import { hookReader } from "../src/hook/reader.ts";
import type { JsonObject } from "../src/json.ts";
import { readAllHooks } from "../src/policy/assess/assess.ts";
import { buildFacts } from "../src/policy/assess/build-facts.ts";
import {
  applicableRules,
  type Evaluation,
  evaluation,
  type Stage,
  toFinding,
} from "../src/policy/assess/evaluate.ts";
import { DEFAULT_CONFIGURATION } from "../src/policy/configuration/defaults.ts";
import type { Configuration } from "../src/policy/model/configuration.ts";
import type { Context } from "../src/policy/model/context.ts";
import type { Finding } from "../src/policy/model/finding.ts";
import type { PodOrTemplate } from "../src/policy/model/pod.ts";
import type { PodFacts } from "../src/policy/model/pod-facts.ts";
import { resolveSettings } from "../src/policy/settings/resolve.ts";

/** A context for decisions about reviews and about manifests. */
export interface TestContext extends Context, ManifestContext {}

/** The default configuration on the newest Kubernetes. */
export const CONTEXT: TestContext = {
  configuration: { ...DEFAULT_CONFIGURATION, kubernetesMinor: 37 },
  readHooks: hookReader(PROGRAMS),
  namespace: undefined,
  namespaces: new Map(),
};

/** The only pod or pod template of an object. */
export function subjectOf(object: unknown, group = "", kind = "Pod"): PodOrTemplate {
  const workload = workloadOf(group, kind, CONTEXT.configuration);
  const [subject] = workload === undefined ? [] : readSubjects(object, workload);
  if (subject === undefined) throw new Error("no pod");
  return subject;
}

/** The facts about a pod, by default in the context CONTEXT. */
export function judgedOf(
  object: unknown,
  context: Context = CONTEXT,
  group?: string,
  kind?: string,
): PodFacts {
  return factsOf(subjectOf(object, group, kind), context);
}

/** The facts about a pod or template. The hooks of this pod or template have the whole budget of a request. */
export function factsOf(subject: PodOrTemplate, context: Context = CONTEXT, settled = true): PodFacts {
  const settings = resolveSettings(subject, context.namespace, context.configuration);
  return buildFacts({ subject, settings, settled }, readAllHooks(context, [subject]));
}

/** Applies every rule to these facts. */
export function evaluate(facts: PodFacts, configuration: Configuration, stage: Stage): Evaluation {
  const found = applicableRules(facts, stage).flatMap((rule) =>
    rule.find(facts).map((one) => toFinding(rule, one, configuration)),
  );
  return evaluation(facts, found);
}

/** The findings for a pod that has passed the API server's validation. */
export function findingsIn(pod: PodFacts, { configuration }: Context = CONTEXT): readonly Finding[] {
  return evaluate(pod, configuration, "after-validation").findings;
}

/** The AdmissionReview that an API server would send for an object. */
export function reviewOf(object: unknown, request: JsonObject = {}): JsonObject {
  const { apiVersion = "v1", kind = "Pod" } = (object ?? request["oldObject"] ?? {}) as {
    apiVersion?: string;
    kind?: string;
  };
  const [group, version] = apiVersion.includes("/") ? apiVersion.split("/") : ["", apiVersion];
  const resource = `${kind.toLowerCase()}s`;
  return {
    apiVersion: "admission.k8s.io/v1",
    kind: "AdmissionReview",
    request: {
      uid: "5f0c8d6e-6f0a-4c2a-9d7b-2f6a3c1e9b10",
      kind: { group, version, kind },
      resource: { group, version, resource },
      operation: "CREATE",
      namespace: "shop",
      userInfo: { username: "ann", groups: ["system:authenticated"] },
      dryRun: false,
      object,
      oldObject: null,
      ...request,
    },
  };
}

/** A pod with this spec, as the API server would send it. */
export function podOf(spec: unknown, metadata: JsonObject = {}): JsonObject {
  return { apiVersion: "v1", kind: "Pod", metadata: { name: "web", ...metadata }, spec };
}

/** A container whose hook is `sh -c TEXT`. */
export function shellHook(text: string, name = "web"): JsonObject {
  return { name, lifecycle: { preStop: { exec: { command: ["sh", "-c", text] } } } };
}

export interface Patched {
  readonly op: string;
  readonly path: string;
  readonly value: unknown;
}

/** The decoded patch of a decision; empty if there is none. */
export function patchIn({ response }: Decision): Patched[] {
  const { patch } = response.response;
  return patch === undefined ? [] : JSON.parse(Buffer.from(patch, "base64").toString("utf8"));
}

/** The log record of a decision without a finding. */
export const RECORD: DecisionRecord = {
  uid: "u",
  mode: "enforce",
  operation: "CREATE",
  namespace: "shop",
  kind: "Pod",
  name: "web",
  owner: "",
  user: "ann",
  dryRun: false,
  findings: [],
  wouldDeny: [],
  ignored: [],
  declared: "",
  known: "",
  action: "allowed",
  reason: "",
};
