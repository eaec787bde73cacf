/**
 * The engine as a library: the results of `gracekeeper check` and `gracekeeper explain` for a manifest, as data. The
 * functions depend only on their arguments, and do not use modules of Node.
 */
import { byName, type ManifestContext } from "./admission/manifest-decision.ts";
import { check as checkText } from "./check/check.ts";
import type { CheckedFinding, Remark } from "./check/finding.ts";
import { namespacesIn } from "./check/namespaces.ts";
import { type DocumentExplanation, explain as explainObjects } from "./explain/explain.ts";
import { type Parameters, readEnding } from "./explain/read-ending.ts";
import { readDocuments } from "./manifest/read.ts";
import { DEV_CONFIGURATION, NEWEST_KUBERNETES_MINOR } from "./policy/configuration/defaults.ts";
import { ConfigurationError } from "./policy/configuration/errors.ts";
import { minorVersion } from "./policy/configuration/minor-version.ts";
import { readConfiguration } from "./policy/configuration/parse.ts";
import { readerOf } from "./policy/configuration/reader.ts";
import type { Configuration } from "./policy/model/configuration.ts";

export { explanationSvg } from "./explain/picture/svg.ts";
export type { CheckedFinding, DocumentExplanation, Remark };
export { ConfigurationError };

export interface Options {
  /** A GracekeeperConfiguration, parsed from YAML or JSON. Default: the default of every field. */
  readonly configuration?: unknown;
  /** Version of the cluster, such as `1.29`. Default: the version in the configuration, or else the newest. */
  readonly kubernetesVersion?: string;
}

export interface CheckResult {
  /** All findings, also those with the action Audit: filter by `action`. */
  readonly findings: readonly CheckedFinding[];
  /** Documents of the manifest that cannot be read or checked. All other documents are checked. */
  readonly faults: readonly Remark[];
  readonly notes: readonly Remark[];
}

/**
 * Checks manifests in YAML or JSON.
 *
 * @throws ConfigurationError for a configuration that is not valid.
 */
export function check(text: string, options: Options = {}): CheckResult {
  const configuration = configurationOf(options);
  const { findings, faults, notes, repeated } = checkText(text, contextFor(text, configuration));
  return { findings, faults, notes: [...repeated, ...notes] };
}

export interface ExplainOptions extends Options {
  /**
   * How the pods are stopped, as the query parameters of `POST /explain`: `{ on: "spot", notice: "30" }`. Default: a
   * plain delete.
   */
  readonly ending?: Parameters;
}

/**
 * Explains how the pods of manifests in YAML or JSON terminate.
 *
 * @throws ConfigurationError for a configuration that is not valid, BadRequest if nothing can be explained.
 */
export function explain(
  text: string,
  { ending = {}, ...options }: ExplainOptions = {},
): readonly DocumentExplanation[] {
  const context = contextFor(text, configurationOf(options));
  const values = [...readDocuments(text)].map(({ value }) => value);
  return explainObjects(values, context, readEnding(ending)).documents;
}

function contextFor(text: string, configuration: Configuration): ManifestContext {
  return { configuration, readHooks: readerOf(configuration), namespaces: byName(namespacesIn(text)) };
}

function configurationOf({ configuration: given, kubernetesVersion }: Options): Configuration {
  const configuration = given === undefined ? DEV_CONFIGURATION : readConfiguration(given);
  const minor = kubernetesVersion === undefined ? configuration.kubernetesMinor : minorOf(kubernetesVersion);
  return { ...configuration, kubernetesMinor: minor ?? NEWEST_KUBERNETES_MINOR };
}

function minorOf(version: string): number {
  const minor = minorVersion(version);
  if (minor !== undefined) return minor;
  throw new ConfigurationError(`kubernetesVersion must be a version such as "1.37", not "${version}"`);
}
