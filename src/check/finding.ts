import type { Location } from "../manifest/location.ts";
import type { Action } from "../policy/model/action.ts";
import type { Fix } from "../policy/model/finding.ts";

/** A finding about a field of a manifest. */
export interface CheckedFinding {
  readonly id: string;
  /** The action of the webhook in the namespace of the object. */
  readonly action: Exclude<Action, "Off">;
  readonly object: ObjectName;
  /** The name of the container; undefined if the finding is about the whole object. */
  readonly container: string | undefined;
  /** Field path in the object. */
  readonly path: string;
  /** One line with the problem, the advice and the id. */
  readonly message: string;
  readonly fix: readonly Fix[];
  /** The location of the field. If the manifest lacks the field, the location of the hook or of the nearest parent. */
  readonly location: Location;
  /** The text of the line in which the location begins. */
  readonly source: string;
  /** An identifier of the finding that stays the same if the file moves or if the line numbers change. */
  readonly fingerprint: string;
  /** The edits that fix the finding; absent if they were not requested, or if only a person can fix it. */
  readonly edits?: readonly PlacedEdit[] | undefined;
}

/** A range of the text and its replacement. */
export interface PlacedEdit extends Pick<Location, "line" | "column" | "endLine" | "endColumn"> {
  readonly text: string;
}

export interface ObjectName {
  readonly kind: string;
  /** `metadata.name` or `metadata.generateName`; empty if the object has neither. */
  readonly name: string;
  /** Empty if the object has no namespace. */
  readonly namespace: string;
  /** `Deployment "web"`. */
  readonly title: string;
}

/** A message about a position in the text. */
export interface Remark {
  readonly line: number;
  readonly column: number;
  /** The problem and the advice. */
  readonly text: string;
}

/** An object that was checked. Some reports also list objects without findings. */
export interface CheckedObject {
  readonly object: ObjectName;
}

/** Everything that was found in one text. */
export interface Checked {
  readonly findings: readonly CheckedFinding[];
  /** The number of audit findings, if the options hide them. */
  readonly hidden: number;
  /** Findings that an annotation or a comment silences. */
  readonly ignored: number;
  /** YAML documents that cannot be read or checked. */
  readonly faults: readonly Remark[];
  /** Messages that are no findings: about a comment that silences nothing, or a field that has no effect. */
  readonly notes: readonly Remark[];
  /** Keys that a YAML mapping repeats. The check uses the last value, as kubectl does. */
  readonly repeated: readonly Remark[];
  readonly objects: readonly CheckedObject[];
  /** The kind of each Kubernetes object that has no pods, or is in an exempt namespace. */
  readonly skipped: readonly string[];
  /** YAML documents that are not Kubernetes objects. */
  readonly foreign: number;
}
