import t from "tap";
import type { Action } from "../../src/policy/model/action.ts";
import { weaker } from "../../src/policy/model/action.ts";
import { cases } from "../cases.ts";
import { grow } from "../hook/grammar.ts";
import { findingsIn, judgedOf, podOf } from "../reviews.ts";
import "../patience.ts";

/**
 * An unknown command before or after a hook must not hide the hook's findings. If the hook without the unknown command
 * is denied or gets a warning, the hook with this command gets at least a warning. If the hook without the unknown
 * command is audited, the hook with this command is also audited.
 */

/** The number of random hooks, from the grammar of the differential test. */
const HOOKS = cases(2000, 200);

/**
 * Hooks that fail completely or partly. A hook that is only a comment is not listed, because a comment after a
 * command is not a fault.
 */
const FAILING: readonly (readonly [text: string, ...behind: string[]])[] = [
  ["sleep 5x"],
  ["sleep"],
  ["sleep five || true"],
  ["sleep 1 2x; nginx -s quit"],
  ["if sleep 5x; then nginx -s quit; fi"],
  ['for i in 1 2; do sleep $i"x"; done'],
  ["if true; then sleep 5"],
  ["sleep 5; )"],
  ["sleep 5\ndone"],
  ["sleep", "10"],
  ["sleep 35", "&&", "nginx -s quit"],
  ["exec", "sleep 35"],
];

function actionOf(shell: string, text: string, behind: readonly string[] = []): Action {
  const lifecycle = { preStop: { exec: { command: [shell, "-c", text, ...behind] } } };
  const pod = podOf({ terminationGracePeriodSeconds: 20, containers: [{ name: "web", lifecycle }] });
  const actions = findingsIn(judgedOf(pod)).map(({ action }) => action);
  return (["Deny", "Warn", "Audit"] as const).find((action) => actions.includes(action)) ?? "Off";
}

/**
 * Adds an unknown command before or after the hook. Returns the changed hooks whose action is too weak; empty if there
 * are none.
 */
function hidden(shell: string, text: string, behind?: readonly string[]): readonly string[] {
  const least = weaker("Warn", actionOf(shell, text, behind));
  return [`/opt/unknown\n${text}`, `${text}\n/opt/unknown`].filter(
    (more) => weaker(least, actionOf(shell, more, behind)) !== least,
  );
}

t.test("an unknown command beside a failing hook does not hide its findings", async (t) => {
  for (const [text, ...behind] of FAILING)
    for (const shell of ["sh", "bash"]) {
      t.equal(weaker("Warn", actionOf(shell, text, behind)), "Warn", `${text}: it gets a warning alone`);
      t.same(hidden(shell, text, behind), [], text);
    }
});

t.test(`an unknown command beside ${HOOKS} generated hooks does not hide their findings`, async (t) => {
  const less: string[] = [];
  let warned = 0;
  for (let seed = 1; seed <= HOOKS; seed++) {
    const { text, bash } = grow(seed);
    // Hooks with a deadline are skipped, because `date +%s` prints whole seconds, but the known run can have fractions.
    if (text.includes("date +%s")) continue;
    const shell = bash ? "bash" : "sh";
    if (weaker("Warn", actionOf(shell, text)) === "Warn") warned += 1;
    less.push(...hidden(shell, text));
  }
  t.same(less, []);
  t.ok(warned > HOOKS / 10, `${warned} hooks get a warning`);
});
