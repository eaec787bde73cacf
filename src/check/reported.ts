import { asObject } from "../json.ts";
import type { KubernetesObject } from "../manifest/identify.ts";
import type { Location } from "../manifest/location.ts";
import type { ManifestItem } from "../manifest/objects.ts";
import type { Finding } from "../policy/model/finding.ts";
import { hookPath } from "../policy/rules/containers.ts";
import type { CheckedFinding, CheckedObject, ObjectName, PlacedEdit } from "./finding.ts";
import type { IgnoreComments } from "./ignore-comments.ts";

/** An object with its text and its options. */
export interface About {
  readonly object: ObjectName;
  readonly item: ManifestItem;
  readonly text: string;
  readonly editsOf?: EditsOf | undefined;
  readonly comments: IgnoreComments;
  readonly hidesAudits?: boolean;
}

/** The edits that fix a finding in the text; undefined if a program cannot fix it. */
export type EditsOf = (
  item: ManifestItem,
  finding: Pick<Finding, "id" | "fix">,
) => readonly PlacedEdit[] | undefined;

/** A finding whose message is built only if the finding is shown. */
export interface ToldFinding extends Finding {
  readonly message: () => string;
}

interface Reported {
  readonly findings: readonly CheckedFinding[];
  readonly hidden: number;
  readonly ignored: number;
  readonly objects: readonly CheckedObject[];
}

export function nameOf({ root, kind, title, namespace }: KubernetesObject): ObjectName {
  const { name, generateName } = asObject(root["metadata"]) ?? {};
  return { kind, name: textOf(name ?? generateName), namespace, title };
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** Locates findings, and leaves out those that a comment silences or whose action is Off. */
export function reported(findings: readonly ToldFinding[], about: About): Reported {
  const { comments, hidesAudits = false } = about;
  const told: CheckedFinding[] = [];
  let ignored = 0;
  let hidden = 0;
  for (const finding of findings) {
    const { id, action } = finding;
    if (action === "Off") continue;
    const isHidden = action === "Audit" && hidesAudits;
    // Locating a finding is slow, so a hidden finding is located only if a comment may silence it.
    const places = isHidden && comments.isEmpty ? undefined : placesOf(finding, about.item);
    if (places !== undefined && comments.silences(id, linesOf(places))) ignored++;
    else if (places === undefined || isHidden) hidden++;
    else told.push(checkedFinding({ ...finding, action }, places[0], about));
  }
  return { findings: told, hidden, ignored, objects: [{ object: about.object }] };
}

function linesOf(places: readonly Location[]): readonly number[] {
  return places.map(({ line }) => line);
}

/**
 * The locations of the field and of the hook. If the manifest lacks the field, such as the grace period, the location
 * of the hook comes first.
 */
function placesOf({ path, container }: Finding, item: ManifestItem): readonly [Location, ...Location[]] {
  const field = item.locate(path);
  const hook = container && item.locate(hookPath(container));
  if (hook?.exact !== true) return [field];
  return field.exact ? [field, hook] : [hook, field];
}

function checkedFinding(
  { id, action, container, path, message, fix }: ToldFinding & Pick<CheckedFinding, "action">,
  location: Location,
  { object, item, text, editsOf }: About,
): CheckedFinding {
  return {
    id,
    action,
    object,
    container: container?.container.name,
    path,
    message: message(),
    fix,
    location,
    source: lineAt(text, location.start),
    fingerprint: fingerprintOf({ id, path, container }, object),
    ...(editsOf !== undefined && { edits: editsOf(item, { id, fix }) }),
  };
}

function lineAt(text: string, offset: number): string {
  const end = text.indexOf("\n", offset);
  const line = text.slice(text.lastIndexOf("\n", offset - 1) + 1, end < 0 ? text.length : end);
  return line.replace(/^\uFEFF|\r$/g, "");
}

/** The path has the name of the container instead of its index, so the order of containers does not matter. */
function fingerprintOf(
  { id, path, container }: Pick<Finding, "id" | "path" | "container">,
  { kind, namespace, name }: ObjectName,
): string {
  const field =
    container !== undefined && path.startsWith(container.path) ? path.slice(container.path.length) : path;
  return [id, kind, namespace, name, container?.container.name ?? "", field].join("/");
}
