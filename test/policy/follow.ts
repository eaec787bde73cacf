import type { Finding, FixValue } from "../../src/policy/model/finding.ts";
import type { PodFacts } from "../../src/policy/model/pod-facts.ts";
import { RULE_INFO } from "../../src/policy/rules/registry.ts";
import type { Situation } from "../arbitraries/situations.ts";

/** A change of a fix: a field and its new value. */
interface Change {
  readonly path: string;
  readonly value: FixValue | undefined;
  /** A word to insert at the beginning of the existing list. */
  readonly beginWith?: string;
  /** Whether `value` is added to the existing items. */
  readonly adds?: boolean;
}

/** Applies the data of a finding's fix to a situation. */
export function followFix(situation: Situation, { fix: fixes }: Finding): Situation {
  return changed(
    situation,
    fixes.map((fix) => ({
      path: fix.target === "namespace" ? fix.path.replace("metadata", "namespace") : fix.path,
      ...("beginWith" in fix
        ? { value: undefined, beginWith: fix.beginWith }
        : { value: "shortenTo" in fix ? sleepFor(fix.shortenTo) : fix.value }),
    })),
  );
}

/** Changes a situation as a person would who only knows the message and the hook. */
export function followText(situation: Situation, text: string, pod: PodFacts): Situation {
  return changed(
    situation,
    segments(text).flatMap((segment) => changesIn(segment, pod)),
  );
}

/** Whether a message leaves something out, so that following it does not fix everything. */
export function isCut(text: string): boolean {
  return / and \d+ more|\.\.\.[",]/.test(text);
}

const IDS = RULE_INFO.map(({ id }) => id).join("|");

/** Splits a message into its parts. Each part is about one kind of finding and ends with the finding's id. */
function segments(text: string): readonly string[] {
  return [...text.matchAll(new RegExp(`(.*?) \\[(${IDS})\\](?: |$)`, "g"))].map(([segment]) => segment);
}

/** The target of a fix: a field of the sent object, or a limit. */
const PATH =
  '(namespace annotation gracekeeper\\.dev/max-grace-seconds|maxGraceSeconds of the gracekeeper configuration|[a-zA-Z]+(?:\\.\\w+|\\[\\d+\\]|\\["[^"]+"\\])+)';

/** The forms of a printed fix (messages/fix-text.ts), and what a person does for each form. */
const GRAMMAR: readonly (readonly [form: string, follow: Follow])[] = [
  [
    `set ${PATH}: (\\d+|\\[".*?"\\]|"[^"]*")(?![\\w+])`,
    (path, value) => [{ path, value: JSON.parse(value) }],
  ],
  [`set ${PATH} to at least (\\d+)`, (path, value) => [{ path, value: Number(value) }]],
  [`use ${PATH}: (\\d+|\\[".*?"\\])`, (path, value) => [replaced(path, JSON.parse(value))]],
  [`begin ${PATH} with "([\\w-]+)"`, (path, beginWith) => [{ path, value: undefined, beginWith }]],
  [`begin \\S+ with "([\\w-]+)"(?: and begin \\S+ with \\S+)* and \\d+ more likewise`, beginAll],
  [`remove ${PATH}`, (path) => [{ path, value: undefined }]],
  [`shorten ${PATH} to (\\d+)s`, (path, seconds) => [{ path, value: sleepFor(Number(seconds)) }]],
  [`shorten \\S+ to (\\d+)s(?: and shorten \\S+ to \\d+s)* and \\d+ more likewise`, shortenAll],
  ["shorten the hook to (\\d+)s", shortenTheHook],
  [`add (--\\S+) to ${PATH}`, addArgument],
  ['(set it to|correct it or remove it|correct or remove them)(?: ("[^"]*"))?', correct],
  ["([\\w=,-]+=N)\\b", declare],
];

type Follow = (first: string, second: string, message: Message) => readonly Change[];

/** The part of a message that is about one rule, and the pod that the message is about. */
interface Message {
  readonly text: string;
  readonly pod: PodFacts;
}

/** The second of two alternative fixes in a message. A person follows only the first fix. */
const OTHER_WAY =
  /(give the hook a limit of \d+s|correct the commands?|write each command on a line of its own|put the whole command into the text of -c), or |, or (shorten|remove|ask) .*$/gi;

function changesIn(segment: string, pod: PodFacts): readonly Change[] {
  const text = segment.replace(OTHER_WAY, "");
  return GRAMMAR.flatMap(([form, follow]) =>
    [...text.matchAll(new RegExp(`(?<!\\w)${form}`, "gi"))].flatMap(([, first = "", second = ""]) =>
      follow(first, second, { text, pod }),
    ),
  );
}

/** `shorten PATH to 10s and 2 more likewise`: shortens every hook that is longer. */
function shortenAll(limit: string, _: string, { pod }: Message): readonly Change[] {
  const seconds = Number(limit);
  return pod.containers
    .filter(({ hook }) => hook && hook.known > seconds)
    .map(({ path }) => ({ path: `${path}.lifecycle.preStop`, value: sleepFor(seconds) }));
}

/** Follows `add --max-sigterm-delay=20s to spec.containers[1].args`. */
function addArgument(argument: string, path: string, { pod }: Message): readonly Change[] {
  const proxy = pod.running.find((one) => path === `${one.path}.args`);
  return [{ path, value: [...(proxy?.container.args ?? []), argument] }];
}

/** `begin PATH with "dumb-init" and 2 more likewise`: changes every container with this finding. */
function beginAll(beginWith: string, _: string, { pod }: Message): readonly Change[] {
  return pod.containers
    .filter(({ unheard }) => unheard !== undefined)
    .map(({ path }) => ({ path: `${path}.command`, value: undefined, beginWith }));
}

function shortenTheHook(seconds: string, _: string, { text, pod }: Message): readonly Change[] {
  const [, name] = /"([^"]+)"/.exec(text) ?? [];
  const container = pod.containers.find((one) => one.container.name === name);
  if (container === undefined) throw new Error(`which container? ${text}`);
  return [{ path: `${container.path}.lifecycle.preStop`, value: sleepFor(Number(seconds)) }];
}

/** `use ...preStop.sleep.seconds: 10`: replaces the existing handler. */
function replaced(path: string, value: number | string[]): Change {
  const [, hook = "", handler = ""] = /^(.*)\.(sleep\.seconds|exec\.command)$/.exec(path) ?? [];
  return handler.startsWith("sleep")
    ? { path: hook, value: { sleep: { seconds: Number(value) } } }
    : { path: hook, value: { exec: { command: value as string[] } } };
}

function sleepFor(seconds: number): FixValue {
  return { exec: { command: ["sleep", `${seconds}`] } };
}

/** A label or annotation in a message: by its path, or by its key on the pod or the namespace. */
const PLACE =
  /([\w.[\]]+)\["(gracekeeper\.dev\/[^"]*)"\]|(namespace )?(?:(annotation|label) )?(gracekeeper\.dev\/[\w-]+)(?=[: ])/g;

function correct(_: string, meant: string, { text, pod }: Message): readonly Change[] {
  const value = meant === "" ? undefined : JSON.parse(meant);
  return [...text.matchAll(PLACE)].map(([, at, key, short, kind, bare = ""]) => {
    if (key !== undefined) return { path: `${at}["${key}"]`, value };
    const metadata = short || text.startsWith("namespace ") ? "namespace" : pod.subject.metadataPath;
    const where = kind ?? (/\/(validate|inject)$/.test(bare) ? "label" : "annotation");
    return { path: `${metadata}.${where}s["${bare}"]`, value };
  });
}

/**
 * The test assumes that a hook of unknown length takes this many seconds longer than its author seems to intend (the
 * known run).
 */
const LONGER = 7;

/**
 * Declares a hook's length, as in `set PATH to "web=N", N its longest run, at most 20` or `add to
 * gracekeeper.dev/hook-seconds: web=N and ...: N + 10`.
 */
function declare(list: string, _: string, { text, pod }: Message): readonly Change[] {
  const path = `${pod.subject.metadataPath}.annotations["gracekeeper.dev/hook-seconds"]`;
  const items = list.split(",");
  const hooks = pod.containers.filter(({ container }) => items.includes(`${container.name}=N`));
  const least = Math.max(1, ...hooks.map(({ hook }) => Math.ceil(hook?.known ?? 0)));
  const most = Number(/at most (\d+)/.exec(text)?.[1] ?? least + LONGER);
  const before = /\badd /i.test(text) ? [pod.subject.annotations.get("gracekeeper.dev/hook-seconds")] : [];
  const value = [...before, ...items].join(",").replaceAll("=N", `=${most}`);
  const grace = [...text.matchAll(new RegExp(`${PATH}: N \\+ (\\d+)`, "g"))];
  return [
    { path, value, adds: before.length > 0 },
    ...grace.map(([, at = "", more]) => ({ path: at, value: most + Number(more) })),
  ];
}

/** The seconds of a handler that only sleeps; NaN for other values. */
function secondsOf(value: FixValue | undefined): number {
  if (typeof value !== "object" || Array.isArray(value)) return Number.NaN;
  const { sleep, exec } = value as { sleep?: { seconds: number }; exec?: { command: readonly string[] } };
  return sleep?.seconds ?? Number(exec?.command[1]);
}

/** Merges two lists such as `web=10,app=5`. If both lists name a container, the item of the first list is used. */
function merged(first: string, second: string): string {
  const items = [second, first]
    .flatMap((list) => list.split(","))
    .map((item) => [item.replace(/=.*/, ""), item] as const);
  return [...new Map(items).values()].join(",");
}

/**
 * A value that satisfies two messages: the longer grace period, or the shorter sleep. The sleep is a sleep action if
 * one of the messages asks for a sleep action.
 */
function both(one: FixValue | undefined, { path, value: other, adds = false }: Change): FixValue | undefined {
  if (one === undefined && path.includes(".lifecycle.")) return one;
  if (typeof one === "number" && typeof other === "number") return Math.max(one, other);
  if (typeof one === "string" && typeof other === "string" && adds) return merged(one, other);
  const seconds = Math.min(secondsOf(one), secondsOf(other));
  if (Number.isNaN(seconds)) return other;
  const native = [one, other].some((value) => typeof value === "object" && "sleep" in value);
  return native ? { sleep: { seconds } } : sleepFor(seconds);
}

/** Applies the changes. Several changes of one field are combined. */
function changed(situation: Situation, changes: readonly Change[]): Situation {
  const largest = new Map<string, Change>();
  for (const change of changes) {
    const { path } = change;
    const before = largest.get(path);
    largest.set(path, before === undefined ? change : { path, value: both(before.value, change) });
  }
  const after = structuredClone(situation);
  let { maxGraceSeconds } = after;
  for (const { path, value, beginWith } of largest.values()) {
    if (beginWith !== undefined) put(after.object, path, (old: readonly string[]) => [beginWith, ...old]);
    else if (path.startsWith("maxGraceSeconds")) maxGraceSeconds = Number(value);
    else if (path.startsWith("namespace annotation "))
      put(after, `namespace.annotations["${path.slice(21)}"]`, `${value}`);
    else if (path.startsWith("namespace.")) put(after, path, value);
    else put(after.object, path, value);
  }
  return { ...after, maxGraceSeconds };
}

function put(object: object, path: string, value: unknown): void {
  const steps = [...path.matchAll(/\["([^"]+)"\]|\[(\d+)\]|([^.[\]]+)/g)].map(
    ([, key, index, name]) => key ?? index ?? name ?? "",
  );
  const last = steps.pop() ?? "";
  let here = object as Record<string, unknown>;
  for (const step of steps) {
    here[step] ??= {};
    here = here[step] as Record<string, unknown>;
  }
  if (value === undefined) delete here[last];
  else here[last] = typeof value === "function" ? value(here[last]) : value;
}
