import { ENDLESS_SECONDS, isKnown } from "../../hook/interval.ts";
import { isEndless, shutdownLeft } from "../assess/build-facts.ts";
import { graceNote } from "../messages/names.ts";
import { printable, quote } from "../messages/quote.ts";
import { inSeconds, plainNumber, printedGrace } from "../messages/seconds.ts";
import type { Fix, FixText, Rule, Violation } from "../model/finding.ts";
import { HOOK_SECONDS } from "../model/keys.ts";
import type { HookedContainer, PodFacts } from "../model/pod-facts.ts";
import { hookPath, removeHook } from "./containers.ts";
import { declarationPath, isUnread, listed, soundDeclarations } from "./fix/declaration.ts";
import { graceFixes, LONGEST_ADVISED_SECONDS, setGrace } from "./fix/grace-fix.ts";

interface UnknownEvidence {
  /** A short name of the hook. */
  readonly label: string;
  readonly graceSeconds: number;
  /** Set if the fix declares how long the hook runs. */
  readonly declaration: Declaration | undefined;
}

/** The items to write into the annotation gracekeeper.dev/hook-seconds. */
interface Declaration {
  readonly path: string;
  readonly container: string;
  /**
   * `kept` is the part of the annotation that the fix keeps. `adds` is true if the fix keeps the whole annotation and
   * adds an item.
   */
  readonly kept: string;
  readonly adds: boolean;
  /** The longest time that can be declared, in seconds; undefined without a limit. */
  readonly most: number | undefined;
  /**
   * Set if the grace period must grow with the declared time, and must be `more` seconds longer than the declared time.
   */
  readonly grace: { readonly path: string; readonly more: number } | undefined;
}

/**
 * hook-length-unknown: the pod does not show how long the hook runs.
 *
 * Fields:  lifecycle.preStop, annotation gracekeeper.dev/hook-seconds.
 * Allowed: a hook whose longest run can be read, or is declared by the annotation.
 * Unset:   nothing to find.
 * Default: Audit, because most hooks of unknown length are fine, and a warning for each would be noise.
 * Source:  pkg/kubelet/lifecycle/handlers.go `Run` (1.29 to 1.36): exec and httpGet have no time limit of their own.
 */
export const hookLengthUnknown: Rule<UnknownEvidence> = {
  id: "hook-length-unknown",
  action: "Audit",
  when: "the pod does not show how long the hook runs",
  why: "A script, an httpGet or a loop has no time limit; only the end of the grace period stops the hook. Most hooks of this kind are fine, so the finding is only in the audit log. gracekeeper never guesses the time of a hook.",
  advice:
    "If you know how long the hook runs, declare the time with the annotation gracekeeper.dev/hook-seconds. Or limit the hook: `timeout 20 ./drain.sh`.",
  find: (pod) => {
    const found = pod.hookRuns.filter(
      (one) => !isKnown(one.hook.seconds) && !isEndless(one.hook) && !one.runsUntilKill,
    );
    if (found.length === 0) return [];
    const [kept, time] = [keptDeclarations(pod), graceFixes(pod)];
    return found.map((container): Violation<UnknownEvidence> => {
      const { label } = container.hook.reading;
      const about = { container, path: hookPath(container) };
      const shorter = shortened(container, time(container));
      const declared = shorter === undefined ? declaredFix(container, kept, pod) : undefined;
      const fix = shorter ?? declared?.fix ?? removeHook(container);
      const evidence = { label, graceSeconds: pod.graceSeconds, declaration: declared?.declaration };
      return { ...about, fix, evidence };
    });
  },
  describe: (found) => {
    const { label, graceSeconds } = found.evidence;
    return {
      problem: `cannot tell how long preStop ${quote(label)} runs`,
      consequence: `, so it cannot be shown to fit the ${inSeconds(graceSeconds)} grace${graceNote(graceSeconds)}`,
      brief: "cannot tell hook time",
      ...declarationText([found]),
    };
  },
  summarize: (all) => ({ headline: "have a preStop of unknown length", ...declarationText(all) }),
};

/**
 * The longest hook duration that the pod can declare within its grace period. The result is undefined if the duration
 * that the hook's author seems to intend does not fit: then the grace period must grow.
 */
function atMost({ hook }: HookedContainer, pod: PodFacts): number | undefined {
  const grace = Math.min(pod.graceSeconds, pod.settings.limit?.seconds ?? ENDLESS_SECONDS, ENDLESS_SECONDS);
  const seconds = grace - shutdownLeft(pod.settings);
  return seconds >= shortest(hook) ? seconds : undefined;
}

/**
 * The shortest time that can be declared. A declaration is in whole seconds, and 0 would declare that there is no hook.
 */
function shortest({ known }: HookedContainer["hook"]): number {
  return Math.max(1, Math.ceil(known));
}

/** The correct part of the annotation, and whether the whole annotation is correct. */
function keptDeclarations(pod: PodFacts): Pick<Declaration, "kept" | "adds"> {
  const sound = soundDeclarations(pod);
  const isWhole = !isUnread(pod) && sound.size === pod.settings.hookSeconds.size;
  return { kept: listed(sound), adds: isWhole && sound.size > 0 };
}

/**
 * Declares the longest hook duration that is allowed; undefined if even the shortest duration that can be declared is
 * above the limit. An author who knows the hook may write a smaller number.
 */
function declaredFix(
  container: HookedContainer,
  keeping: Pick<Declaration, "kept" | "adds">,
  pod: PodFacts,
): { readonly fix: readonly Fix[]; readonly declaration: Declaration } | undefined {
  const { limit } = pod.settings;
  const more = shutdownLeft(pod.settings);
  const most = atMost(container, pod);
  const seconds = most ?? shortest(container.hook);
  const needed = seconds + more;
  if (most === undefined && needed > Math.min(limit?.seconds ?? needed, LONGEST_ADVISED_SECONDS))
    return undefined;
  const path = declarationPath(pod);
  const { name } = container.container;
  const value = [...(keeping.kept === "" ? [] : [keeping.kept]), `${name}=${seconds}`].join(",");
  const declared: Fix = { target: "pod", path, value };
  const about = { path, container: name, ...keeping };
  if (most !== undefined) return { fix: [declared], declaration: { ...about, most, grace: undefined } };
  const longer = setGrace(pod, Math.min(printedGrace(needed), limit?.seconds ?? Number.POSITIVE_INFINITY));
  const grace = { path: pod.subject.gracePath, more };
  return { fix: [declared, longer], declaration: { ...about, most: limit && limit.seconds - more, grace } };
}

/**
 * The fix that shortens the hook, if a declaration would not help: the duration that the hook's author seems to intend
 * does not fit the limit.
 */
function shortened(container: HookedContainer, time: readonly Fix[]): readonly Fix[] | undefined {
  const path = hookPath(container);
  return time.some((fix) => "shortenTo" in fix && fix.path === path) ? time : undefined;
}

const LONGEST_DECLARATION = 80;
const MOST_DECLARED = 10;

/**
 * The text `set PATH to "web=N", N its longest run, at most 20`, because only the author knows N. If a violation has
 * another kind of fix, the text is made from the fixes as usual.
 */
function declarationText(all: readonly Violation<UnknownEvidence>[]): { readonly fix?: FixText } {
  const declarations = all.flatMap(({ evidence }) => evidence.declaration ?? []);
  const [first] = declarations;
  if (first === undefined || declarations.length < all.length) return {};
  const { path, adds } = first;
  const value = declaredItems(first, declarations);
  const { most, grace } = declarations.find((one) => one.grace !== undefined) ?? first;
  const write = adds ? `add "${value}" to ${path}` : `set ${path} to "${value}"`;
  const key = `${adds ? "add to" : "set"} ${grace ? "" : "annotation "}${HOOK_SECONDS}`;
  const denial = [
    `${write}, N its longest run`,
    ...(most === undefined ? [] : [`at most ${plainNumber(most)}`]),
  ];
  const bound = most === undefined ? "" : ` (at most ${plainNumber(most)})`;
  return {
    fix: {
      denial: [...denial, ...(grace ? [`and set ${longerGrace(grace)}`] : [])].join(", "),
      warning: `${key}: ${value}${grace ? ` and ${longerGrace(grace)}` : ""}${bound}`,
      names: "container",
    },
  };
}

/** The declared items: `web=N,worker=N`. If the new items replace the annotation, the valid old items come first. */
function declaredItems({ kept, adds }: Declaration, all: readonly Declaration[]): string {
  const names = all.slice(0, MOST_DECLARED).map(({ container }) => `${printable(container)}=N`);
  const items = [...(adds || kept === "" ? [] : [kept]), ...names].join(",");
  return names.length === all.length && items.length <= LONGEST_DECLARATION ? items : `${names[0]},...`;
}

function longerGrace({ path, more }: NonNullable<Declaration["grace"]>): string {
  return `${path}: N + ${more}`;
}
