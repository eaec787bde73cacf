import type { CheckedFinding, CheckedObject, ObjectName, Remark } from "../check/finding.ts";
import type { Action } from "../policy/model/action.ts";

/** Adds the name of the file: the path from the command line, or `stdin`. */
export type InFile<Thing> = Thing & { readonly file: string };

/**
 * An error about a file or YAML document that could not be read or checked, with the line and column if they are known.
 */
export interface Fault extends Partial<Pick<Remark, "line" | "column">>, Pick<Remark, "text"> {
  readonly file: string;
}

/** The result of one run of `gracekeeper check`. Every output format shows this result. */
export interface Report {
  /** The findings to show. */
  readonly findings: readonly InFile<CheckedFinding>[];
  readonly faults: readonly Fault[];
  readonly notes: readonly InFile<Remark>[];
  /** As in `Checked`. Printed on standard error. */
  readonly repeated: readonly InFile<Remark>[];
  /** All checked objects, with or without findings. */
  readonly objects: readonly InFile<CheckedObject>[];
  readonly summary: Summary;
}

export interface Summary {
  readonly files: number;
  readonly objects: number;
  readonly deny: number;
  readonly warn: number;
  readonly audit: number;
  /** The number of findings that an annotation or a comment silences. */
  readonly ignored: number;
  /** How many Kubernetes objects of each kind have no pods or are in an exempt namespace. */
  readonly skipped: Readonly<Record<string, number>>;
  /** The number of YAML or JSON documents that are not Kubernetes objects. */
  readonly foreign: number;
}

/** The word that an output format uses for each action. */
export type Words<Word extends string> = Readonly<Record<Exclude<Action, "Off">, Word>>;

/** A position such as `deploy.yaml:3:1`, or the file name if there is no line. */
export function placeText({ file, line, column }: Omit<Fault, "text">): string {
  return [file, line, column].filter((part) => part !== undefined).join(":");
}

/**
 * `Deployment "web" in shop`. The text contains the namespace, because objects in several namespaces may have the same
 * name.
 */
export function objectText({ title, namespace }: ObjectName): string {
  return namespace === "" ? title : `${title} in ${namespace}`;
}

/** A path as a relative URI: without `./`, and with each segment escaped. */
export function uriOf(file: string): string {
  const path = file
    .replace(/^(?:\.\/+)+/, "")
    .split("/")
    .map(encodeURIComponent)
    .join("/");
  return path.startsWith("/") ? `file://${path}` : path;
}
