import type { Location } from "../manifest/location.ts";
import type { Action } from "../policy/model/action.ts";
import type { Fix } from "../policy/model/finding.ts";

/** A finding about a field of a manifest. */
export interface CheckedFinding {
  readonly id: string;
  /** What the webhook would do in the namespace of the object. */
  readonly action: Exclude<Action, "Off">;
  readonly object: ObjectName;
  /** Name of the container; undefined if the whole object is at fault. */
  readonly container: string | undefined;
  /** Field path in the object. */
  readonly path: string;
  /** One line: what is wrong, what to do, and the id. */
  readonly message: string;
  readonly fix: readonly Fix[];
  /** The place of the field. If the field is absent, that of the hook it is about, or of its nearest parent. */
  readonly location: Location;
  /** The line of the text where the location begins. */
  readonly source: string;
  /** The same for the same finding in every run, wherever its file is and its lines are. */
  readonly fingerprint: string;
  /** The edits of the text that fix it, if edits were requested and a program can make them. */
  readonly edits?: readonly PlacedEdit[] | undefined;
}

/** A part of the text and its replacement. */
export interface PlacedEdit extends Pick<Location, "line" | "column" | "endLine" | "endColumn"> {
  readonly text: string;
}

export interface ObjectName {
  readonly kind: string;
  /** Its name, or its generateName; empty where it has none. */
  readonly name: string;
  /** Empty where it has none. */
  readonly namespace: string;
  /** `Deployment "web"`. */
  readonly title: string;
}

/** A place in the text for a person to check. */
export interface Remark {
  readonly line: number;
  readonly column: number;
  /** What is wrong, and what to do. */
  readonly text: string;
}

/** An object that was checked, for reports that count what is right as well. */
export interface CheckedObject {
  readonly object: ObjectName;
}

/** Everything that was found in one text. */
export interface Checked {
  readonly findings: readonly CheckedFinding[];
  /** Audit findings that were only counted. */
  readonly hidden: number;
  /** Findings that an annotation or a comment silences. */
  readonly ignored: number;
  /** Documents that cannot be read or checked. */
  readonly faults: readonly Remark[];
  /** Worth knowing, but nothing is wrong with how a pod ends: a comment that silences nothing, a field that does nothing. */
  readonly notes: readonly Remark[];
  /** Repeated keys. The value that kubectl applies was checked. */
  readonly repeated: readonly Remark[];
  readonly objects: readonly CheckedObject[];
  /** The kind of each Kubernetes object that has no pods, or is in an exempt namespace. */
  readonly skipped: readonly string[];
  /** Documents that are not Kubernetes objects. */
  readonly foreign: number;
}
