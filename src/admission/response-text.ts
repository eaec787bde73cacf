import type { PodAssessment } from "../policy/assess/assess.ts";
import { denial, warnings } from "../policy/messages/messages.ts";
import { printable } from "../policy/messages/quote.ts";
import { plainNumber } from "../policy/messages/seconds.ts";
import type { Finding } from "../policy/model/finding.ts";
import { HOOK_SECONDS } from "../policy/model/keys.ts";
import type { Cause, Verdict } from "./response.ts";

/** Builds the messages of a response within fixed length limits, even for a job with 200 roles. */

/**
 * The most characters of all warnings in one response. Above a total of 4096 characters, the API server cuts each
 * warning to 256 characters and drops the warnings that still do not fit
 * (staging/src/k8s.io/apiserver/pkg/endpoints/filters/warning.go, 1.36).
 */
const MOST_WARNED = 4096;

/** The most characters of a denial. */
const LONGEST_MESSAGE = 4096;

/** The most characters of an audit annotation. An audit backend may cut a long event at any character. */
const LONGEST_ANNOTATION = 4096;

/** The most causes in `status.details` of a denial. Further violations are only in the message of the denial. */
const MOST_CAUSES = 20;

/** The most characters of a field path. Only a path with a very long annotation key is cut. */
const LONGEST_FIELD = 300;

/** The most characters of a list such as `web=60,worker=5`: more than the hooks of an ordinary pod need. */
const LONGEST_DECLARED = 120;

/** The warnings of one response, without duplicates. */
export function inOneAnswer(all: readonly string[]): readonly string[] {
  const { texts, left } = fitting([...new Set(all)], MOST_WARNED, "");
  return left === 0 ? texts : [...texts, `and ${left} more warnings about this object`];
}

export function deniedVerdict(
  denied: readonly PodAssessment[],
  auditAnnotations: Verdict["auditAnnotations"],
): Verdict {
  const causes = denied
    .flatMap(({ findings }) => findings.slice(0, MOST_CAUSES).map(causeOf))
    .slice(0, MOST_CAUSES);
  const { texts, left } = fitting(
    denied.map(({ findings }) => denial(findings)),
    LONGEST_MESSAGE,
    " ",
  );
  const message = [...texts, ...(left === 0 ? [] : [`And ${left} more pod templates.`])].join(" ");
  return { kind: "denied", message, causes, warnings: [], auditAnnotations };
}

function causeOf(finding: Finding): Cause {
  const field = printable(finding.path, LONGEST_FIELD);
  return { reason: "FieldValueInvalid", message: denial([finding]), field };
}

export function idsOf(findings: readonly Finding[]): readonly string[] {
  return [...new Set(findings.map(({ id }) => id))];
}

/** The hook times that the pod declares, which are recorded because the findings depend on them. */
function declaredOf({ pod: { containers, settings, subject } }: PodAssessment): string {
  const used = containers.some(
    ({ container, hook }) => hook !== undefined && settings.hookSeconds.has(container.name),
  );
  return used ? printable(subject.annotations.get(HOOK_SECONDS) ?? "", LONGEST_DECLARED) : "";
}

/**
 * The duration in seconds that the author of a hook seems to intend, for each hook with a finding, sorted by container:
 * `web=60,worker=5`.
 */
export function knownOf(assessed: readonly PodAssessment[]): string {
  const hooks = new Set<string>();
  for (const { container } of assessed.flatMap(({ findings }) => findings))
    if (container?.hook !== undefined)
      hooks.add(`${container.container.name}=${plainNumber(container.hook.known)}`);
  return printable([...hooks].sort().join(","), LONGEST_DECLARED);
}

/** The audit annotations: findings, ids of ignored findings, declared hook times. */
export function auditOf(assessed: readonly PodAssessment[]): Verdict["auditAnnotations"] {
  const findings = new Set(assessed.flatMap(({ findings, pod }) => warnings(findings, pod)));
  const ignored = idsOf(assessed.flatMap((one) => one.ignored));
  const declared = new Set(assessed.map(declaredOf).filter((text) => text !== ""));
  return {
    ...(findings.size > 0 && { findings: listed(findings) }),
    ...(ignored.length > 0 && { ignored: ignored.join(",") }),
    ...(declared.size > 0 && { "hook-seconds": listed(declared) }),
  };
}

const BETWEEN = " | ";

function listed(all: ReadonlySet<string>): string {
  const { texts, left } = fitting([...all], LONGEST_ANNOTATION, BETWEEN);
  return [...texts, ...(left === 0 ? [] : [`and ${left} more`])].join(BETWEEN);
}

/** The most characters of a note such as `and 3 more warnings about this object`. */
const COUNT_CHARACTERS = 60;

/**
 * The first messages that fit into `most` characters, and the number of messages that are left out. The first message
 * is never left out.
 */
function fitting(
  all: readonly string[],
  most: number,
  separator: string,
): { readonly texts: readonly string[]; readonly left: number } {
  let length = 0;
  const over = all.findIndex((text) => {
    length += text.length + separator.length;
    return length > most - COUNT_CHARACTERS;
  });
  const texts = over === -1 ? all : all.slice(0, Math.max(1, over));
  return { texts, left: all.length - texts.length };
}
