import type { Sentence } from "./finding.ts";
import type { Addition } from "./injection.ts";
import { INJECT_LABEL } from "./keys.ts";
import { compose } from "./messages.ts";
import { printable, quote } from "./quote.ts";

const LONGEST_NAMES = 60;

/** `container "web": added preStop sleep 10s, grace 40s (30 + 10 added); opt out with ... [sleep-added]`. */
export function additionWarning(addition: Addition): string {
  return compose(sentence(addition), "sleep-added", Number.POSITIVE_INFINITY);
}

function sentence({ patch, containers, injected }: Addition): Sentence {
  const { sleepSeconds, graceBefore, graceAfter } = injected;
  const [only, ...others] = containers;
  const names = containers.map((name) => `"${printable(name)}"`).join(", ");
  const listed = names.length <= LONGEST_NAMES ? ` (${names})` : "";
  const who = others.length === 0 ? `container ${quote(only ?? "")}` : `${containers.length} containers`;
  const raised = patch.some(({ path }) => path === "/spec/terminationGracePeriodSeconds");
  const grace = `grace ${graceAfter}s${raised ? ` (${graceBefore} + ${graceAfter - graceBefore} added)` : ""}`;
  return {
    what: `${who}: added preStop sleep ${sleepSeconds}s${others.length === 0 ? "" : listed}, ${grace}`,
    fix: `; opt out with pod label ${INJECT_LABEL}: disabled`,
  };
}
