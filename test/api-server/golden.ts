import { readFileSync } from "node:fs";
import { parse } from "yaml";

/** The texts in the golden files of `test/testdata/validate` about the violating pod and its Deployment. */
const response = (name: string) =>
  parse(readFileSync(new URL(`../testdata/validate/${name}.output.yaml`, import.meta.url), "utf8")).response;

const ofPod = response("exec-sleep-longer-than-the-grace-is-denied");
const [ofDeployment]: readonly string[] = response(
  "a-deployment-in-enforce-is-warned-in-its-own-path",
).warnings;

/**
 * The form in which the API server forwards a denial (apiserver pkg/admission/plugin/webhook/errors/statuserror.go).
 */
export const DENIAL = `admission webhook "validate.gracekeeper.dev" denied the request: ${ofPod.status.message}`;

/** Longer warnings omit the source of the grace period. */
const LONGEST_WARNING = 190;

/** The warning for the violating pod spec. `specPath` is the path of the spec in the object. */
export function warningAt(specPath: string): string {
  const whole = ofPod.auditAnnotations.findings.replace("spec.", `${specPath}.`);
  return whole.length <= LONGEST_WARNING ? whole : whole.replace(" (Kubernetes' default)", "");
}

/** The beginning of a warning about a template whose pods would be denied. */
export const TEMPLATE_PREFIX = prefixOf(ofDeployment ?? "", warningAt("spec.template.spec"));

function prefixOf(text: string, end: string): string {
  if (!text.endsWith(end) || text === end) throw new Error(`"${text}" does not end with "${end}"`);
  return text.slice(0, -end.length);
}

/** The id of the rule at the end of every message. */
export function ruleOf(text: string): string {
  return /\[([a-z-]+)\]\n?$/.exec(text)?.[1] ?? "";
}
