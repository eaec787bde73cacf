import { intersection } from "../../../hook/interval.ts";
import type { NeverRun } from "../../../hook/reading.ts";
import { isEndless } from "../../assess/build-facts.ts";
import { fixText } from "../../messages/fix-text.ts";
import { printable } from "../../messages/quote.ts";
import type { Fix, FixText, Violation } from "../../model/finding.ts";
import type { HookedContainer, PodFacts } from "../../model/pod-facts.ts";
import { PRE_STOP, removeHook, setField } from "../containers.ts";
import { fixForNewHook } from "./grace-fix.ts";

/**
 * The most characters of a command in a fix: a message would cut a longer command, and nobody must copy a cut command.
 */
const LONGEST_COMMAND = 50;

/**
 * The fix that sets the command which the author probably intended, and the grace period that this command needs. If
 * the intended command cannot be used, the fix removes the hook.
 */
export function intendedFix(
  container: HookedContainer,
  { instead, insteadSeconds, insteadKnown: known = 0 }: Pick<NeverRun, `instead${string}` & keyof NeverRun>,
  pod: PodFacts,
): readonly Fix[] {
  const printed = JSON.stringify(instead) ?? "";
  const usable = printed.length <= LONGEST_COMMAND && printed === printable(printed);
  if (instead === undefined || insteadSeconds === undefined || !usable) return removeHook(container);
  const declared = pod.settings.hookSeconds.get(container.container.name) ?? insteadSeconds;
  if (intersection(insteadSeconds, declared) === undefined) return removeHook(container);
  const room = isEndless({ known }) ? undefined : fixForNewHook(container, known, pod);
  if (room === undefined) return removeHook(container);
  return [setField(container, `${PRE_STOP}.exec.command`, instead), ...room];
}

/**
 * The text `correct the command, or remove ...`. The text is used if the only known fix is to remove a hook, although
 * its author intended a command.
 */
export function orRemove(way: string, violations: readonly Violation[]): { readonly fix?: FixText } {
  const isRemoval = ({ fix }: Violation): boolean =>
    fix.every((one) => "value" in one && one.value === undefined);
  if (!violations.every(isRemoval)) return {};
  const text = `${way}, or ${fixText(violations).denial}`;
  return { fix: { denial: text, warning: text, names: "container" } };
}
