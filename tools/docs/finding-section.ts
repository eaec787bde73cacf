import { structuredPatch } from "diff";
import { applyPatch } from "rfc6902";
import { Document, isScalar, visit } from "yaml";
import { mutate } from "../../src/admission/mutate.ts";
import { readReview } from "../../src/admission/review.ts";
import { denial, warnings } from "../../src/policy/messages/messages.ts";
import { namespaceDenial } from "../../src/policy/messages/namespace-messages.ts";
import type { Context } from "../../src/policy/model/context.ts";
import type { Finding, RuleInfo } from "../../src/policy/model/finding.ts";
import type { PodFacts } from "../../src/policy/model/pod-facts.ts";
import { FINDING_EXAMPLES, type FindingExample } from "../../test/policy/finding-examples.ts";
import { CONTEXT, evaluate, judgedOf, patchIn, reviewOf } from "../../test/reviews.ts";
import { type Picture, pictureOf, type View } from "./finding-picture.ts";
import { followed } from "./follow-fix.ts";
import { codeBlock } from "./page.ts";

/** How the pod is stopped in the pictures before and after the fix. Findings without an entry use a plain delete. */
const VIEWS: Readonly<Record<string, readonly [before: View, after: View]>> = {
  "probe-grace-short": ["liveness-restart", "liveness-restart"],
  "sidecar-delays-job": ["completion", "completion"],
  "use-native-sleep": ["no-sleep-program", "no-sleep-program"],
  "sleep-unsupported": [{ none: "the API server refuses the pod, so there is nothing to stop" }, "delete"],
  "poststart-holds-stop": [
    { none: "the picture would begin with the stop, and here the stop has to wait for the postStart hook" },
    "delete",
  ],
  "proxy-stops-first": ["delete", { none: "the proxy is then a sidecar, which stops after the app" }],
  "bad-namespace-value": [
    { none: "the pods stop as without the invalid value" },
    { none: "the picture would depend on the intended value" },
  ],
};

const LINES_AROUND = 2;

/** The section of a finding: an example, its message, its timeline, the fix, and the timeline after the fix. */
export function exampleOf(about: RuleInfo): readonly string[] {
  const examples = FINDING_EXAMPLES.filter(({ id }) => id === about.id);
  const [first, ...others] = examples;
  if (first === undefined) throw new Error(`${about.id} has no example`);
  return first.id === "sleep-added" ? added(first, about) : wrong(first, others, about);
}

function wrong(
  example: FindingExample,
  others: readonly FindingExample[],
  { id, advice }: RuleInfo,
): readonly string[] {
  const { pod, finding } = seen(example);
  const mended = { ...example, manifest: followed(example.manifest, finding.fix) };
  const [before, after] = VIEWS[id] ?? ["delete", "delete"];
  return [
    ...manifestOf(example),
    ...(id === "bad-namespace-value" ? namespaceMessages(finding, pod) : messages(finding, pod)),
    ...picture("How the pod stops", pictureOf(pod, before)),
    `**Fix.** ${advice} Here:`,
    fixOf(example, mended),
    ...picture("After the fix", pictureOf(podOf(mended), after)),
    ...(others.length === 0 ? [] : [alsoSaid(others)]),
  ];
}

/** The section of the finding `sleep-added`, which comes from `/mutate` and not from a rule. */
function added(example: FindingExample, { advice }: RuleInfo): readonly string[] {
  const decision = mutate(readReview(reviewOf(example.manifest)), contextOf(example));
  const [text = ""] = decision.response.response.warnings ?? [];
  const manifest = structuredClone(example.manifest);
  applyPatch(manifest, patchIn(decision) as Parameters<typeof applyPatch>[1]);
  return [
    ...manifestOf(example),
    "The user that creates the pod reads:",
    codeBlock("", `Warning: ${text}`),
    ...picture("How the pod would stop without the sleep", pictureOf(podOf(example), "delete")),
    ...picture("How the pod stops", pictureOf(podOf({ ...example, manifest }), "delete")),
    advice,
  ];
}

function contextOf({ namespace, configuration }: FindingExample): Context {
  return { ...CONTEXT, configuration: { ...CONTEXT.configuration, ...configuration }, namespace };
}

function podOf(example: FindingExample): PodFacts {
  const { apiVersion, kind } = example.manifest as { apiVersion: string; kind: string };
  const group = apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : "";
  return judgedOf(example.manifest, contextOf(example), group, kind);
}

/**
 * The finding of an example. The fix must remove the finding, except for a finding on a namespace, which is not in the
 * manifest.
 */
function seen(example: FindingExample): { readonly pod: PodFacts; readonly finding: Finding } {
  const found = (one: FindingExample): readonly Finding[] =>
    evaluate(podOf(one), contextOf(one).configuration, "manifest").findings.filter(({ id }) => id === one.id);
  const [finding] = found(example);
  if (finding === undefined) throw new Error(`${example.id}, ${example.title}: it is not found`);
  const mended = { ...example, manifest: followed(example.manifest, finding.fix) };
  if (example.id !== "bad-namespace-value" && found(mended).length > 0)
    throw new Error(`${example.id}, ${example.title}: the fix does not mend it`);
  return { pod: podOf(example), finding };
}

/** The manifest of an example. The namespace and the configuration come first if the finding needs them. */
function manifestOf({ manifest, namespace, configuration }: FindingExample): readonly string[] {
  const where =
    namespace === undefined
      ? []
      : [
          {
            apiVersion: "v1",
            kind: "Namespace",
            metadata: Object.fromEntries([
              ["name", namespace.name],
              ...Object.entries({ labels: namespace.labels, annotations: namespace.annotations })
                .filter(([, values]) => values.size > 0)
                .map(([key, values]) => [key, Object.fromEntries(values)]),
            ]),
          },
        ];
  const minor = configuration?.kubernetesMinor;
  const on = minor === undefined ? "For example:" : `For example, on Kubernetes 1.${minor}:`;
  return [on, codeBlock("yaml", [...where, manifest].map(yaml).join("---\n"))];
}

/** YAML as people write it, with the words of a command on one line. */
function yaml(object: unknown): string {
  const document = new Document(object);
  visit(document, {
    Seq(_, list) {
      if (list.items.every(isScalar)) list.flow = true;
    },
  });
  return document.toString({ flowCollectionPadding: false, lineWidth: 0 });
}

function namespaceMessages(finding: Finding, pod: PodFacts): readonly string[] {
  const text = namespaceDenial(pod.settings.namespaceInvalid);
  return [
    "The user that sets the invalid value on the namespace reads:",
    codeBlock("", `admission webhook "namespace.gracekeeper.dev" denied the request: ${text}`),
    "If the invalid value was set while gracekeeper was down, the user that creates a pod in the namespace reads:",
    codeBlock("", `Warning: ${warnings([finding], pod)[0]}`),
  ];
}

function messages(finding: Finding, pod: PodFacts): readonly string[] {
  const [warning = ""] = warnings([finding], pod);
  const template = pod.subject.role === "template";
  switch (finding.action) {
    case "Deny":
      return [
        "In `enforce`, the user that creates the pod reads:",
        codeBlock(
          "",
          `admission webhook "validate.gracekeeper.dev" denied the request: ${denial([finding])}`,
        ),
        "and in `warn`:",
        codeBlock("", `Warning: ${warning}`),
      ];
    case "Warn":
      return [
        `In \`enforce\` or \`warn\`, the user that ${template ? "applies the object" : "creates the pod"} reads:`,
        codeBlock("", `Warning: ${warning}`),
      ];
    default:
      return [
        "Users get no warning. The log of gracekeeper has the id of the finding, and the API server's audit log has this text:",
        codeBlock("", warning),
      ];
  }
}

/** The fix as a diff of the two manifests, or as a command for a namespace. */
function fixOf(example: FindingExample, mended: FindingExample): string {
  if (example.id === "bad-namespace-value")
    return codeBlock("sh", "kubectl label namespace shop gracekeeper.dev/validate=enforce --overwrite");
  const { hunks } = structuredPatch("", "", yaml(example.manifest), yaml(mended.manifest), "", "", {
    context: LINES_AROUND,
  });
  return codeBlock("diff", hunks.map(({ lines }) => lines.join("\n")).join("\n ...\n"));
}

function alsoSaid(others: readonly FindingExample[]): string {
  const rows = others.map((one) => {
    const { pod, finding } = seen(one);
    return `- ${one.title}: \`${warnings([finding], pod)[0]}\``;
  });
  return ["Other forms of the message:", "", ...rows].join("\n");
}

function picture(title: string, shown: Picture): readonly string[] {
  if ("none" in shown) return [`**${title}.** There is no picture: ${shown.none}.`];
  return [`**${title}**, ${shown.when}:`, codeBlock("", shown.lines.join("\n"))];
}
