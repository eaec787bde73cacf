/**
 * Makes the PrometheusRule of components/monitoring from manifests/monitoring/rules.yaml: `node
 * tools/docs/prometheus-rule.ts --write`. kustomize cannot insert the content of a file into an object. Without
 * `--write` it prints the object.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { runPage } from "./page.ts";

const MANIFESTS = new URL("../../manifests/", import.meta.url);

export const RULES_FILE = fileURLToPath(new URL("monitoring/rules.yaml", MANIFESTS));
export const OBJECT_FILE = fileURLToPath(new URL("components/monitoring/prometheus-rule.yaml", MANIFESTS));

export function prometheusRule(): string {
  const rules = readFileSync(RULES_FILE, "utf8");
  const groups = rules.slice(rules.indexOf("groups:\n")).trimEnd();
  return `# Generated from ../../monitoring/rules.yaml by tools/docs/prometheus-rule.ts: do not edit by hand.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: gracekeeper
  namespace: gracekeeper
  labels:
    app.kubernetes.io/name: gracekeeper
spec:
${groups.replaceAll(/^(?=.)/gm, "  ")}
`;
}

runPage(import.meta.url, { file: OBJECT_FILE, text: prometheusRule });
