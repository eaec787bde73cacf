import { actionOf } from "../policy/assess/evaluate.ts";
import {
  exemptNamespace,
  namespaceDenial,
  namespaceWarning,
  type Preview,
  previewWarning,
  unreadNamespace,
} from "../policy/messages/namespace-messages.ts";
import type { Action } from "../policy/model/action.ts";
import type { Context } from "../policy/model/context.ts";
import { badNamespaceValue, namespaceViolation } from "../policy/rules/bad-namespace-value.ts";
import { type Decision, decision, type Untouched, untouched } from "./decision.ts";
import type { NamespaceWrite } from "./namespace-write.ts";
import { requestedName } from "./requester.ts";
import type { Verdict } from "./response.ts";
import type { Review } from "./review.ts";

/** What gracekeeper has to know for the answer, in addition to the namespace itself. */
export interface NamespaceFacts {
  /** The effect of the write on the running pods; undefined if it was not computed in time. */
  readonly preview: Preview | undefined;
  /** Whether gracekeeper can read the annotations of namespaces, which needs access to the API server. */
  readonly readsNamespaces: boolean;
}

/**
 * Answers the write of a namespace that has a gracekeeper label.
 *
 * | request                                            | answer                                                    |
 * |----------------------------------------------------|-----------------------------------------------------------|
 * | no Namespace object, or an exempt user             | allowed, untouched                                        |
 * | an exempt namespace                                | allowed with a warning: its labels do nothing             |
 * | an invalid value that was not there before         | denied                                                    |
 * | an invalid value that was there before             | allowed with a warning                                    |
 * | a key without effect                               | allowed with a warning                                    |
 * | the mode is switched to enforce or warn            | allowed; how many of the running pods would be denied     |
 * | an annotation that gracekeeper cannot read         | allowed with a warning                                    |
 */
export function validateNamespace(
  review: Review,
  write: NamespaceWrite | Untouched,
  facts: NamespaceFacts,
  { configuration }: Context,
): Decision {
  if (write.kind === "untouched") return untouched(review, "namespace", write);
  if (write.kind === "exempt") {
    const { kind, name } = write.exemption;
    return untouched(review, "namespace", write, kind === "namespace" ? [exemptNamespace(name)] : []);
  }
  const action = actionOf(badNamespaceValue, undefined, configuration);
  const wrong = write.introduced.filter(({ harmless }) => !harmless);
  if (action === "Deny" && wrong.length > 0) return denied(review, wrong);
  return allowed(review, write, facts, action);
}

function allowed(review: Review, write: NamespaceWrite, facts: NamespaceFacts, action: Action): Decision {
  const invalid = action === "Off" ? [] : [...write.introduced, ...write.standing];
  const warned = action === "Audit" ? [] : invalid.map((value) => namespaceWarning([value]));
  const warnings = [...warned, ...warningsFor(write, facts)];
  const found = invalid.length > 0;
  const auditAnnotations = found ? { findings: namespaceWarning(invalid) } : {};
  return decision(
    review,
    "namespace",
    { kind: "allowed", warnings, auditAnnotations },
    {
      name: requestedName(review),
      findings: found ? [badNamespaceValue.id] : [],
      action: warnings.length > 0 ? "warned" : found ? "audited" : "allowed",
    },
  );
}

/** The warnings for the author of the write, except those about invalid values. */
function warningsFor(
  { annotations, namespace, preview: mode }: NamespaceWrite,
  { preview, readsNamespaces }: NamespaceFacts,
): readonly string[] {
  const unread = readsNamespaces || annotations.length === 0 ? [] : [unreadNamespace(annotations)];
  if (preview === undefined || mode === undefined) return unread;
  return [...unread, previewWarning(namespace.name, mode, preview)];
}

function denied(review: Review, wrong: NamespaceWrite["introduced"]): Decision {
  const message = namespaceDenial(wrong);
  const causes = wrong.map((value) => ({
    reason: "FieldValueInvalid" as const,
    message: namespaceDenial([value]),
    field: namespaceViolation(value).path,
  }));
  const verdict: Verdict = {
    kind: "denied",
    message,
    causes,
    warnings: [],
    auditAnnotations: { findings: message },
  };
  return decision(review, "namespace", verdict, {
    name: requestedName(review),
    findings: [badNamespaceValue.id],
    action: "denied",
  });
}
