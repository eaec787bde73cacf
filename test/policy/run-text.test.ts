import t from "tap";
import { meantRun, meantRunBrief, meantRunNote } from "../../src/policy/messages/run-text.ts";
import { judgedOf, podOf, shellHook } from "../reviews.ts";

/**
 * The texts about a hook whose length has no known limit. The texts must not claim an order or a certainty that the
 * hook does not have.
 */
function textsOf(text: string): readonly (string | undefined)[] {
  const [container] = judgedOf(podOf({ containers: [shellHook(text)] })).containers;
  const hook = container?.hook;
  return hook === undefined ? [] : [meantRun(hook), meantRunBrief(hook), meantRunNote(hook)];
}

const ROWS: readonly (readonly [text: string, run: string, brief: string, note: string])[] = [
  [
    "kill -QUIT 1; sleep 60; curl http://x",
    "sleeps 60s, and then runs curl, which has no time limit",
    "sleeps 60s, curl has no limit",
    "60s of sleep; curl has no limit",
  ],
  [
    "curl localhost:8080/shutdown; sleep 60",
    "runs curl, which has no time limit, and then sleeps 60s",
    "sleeps 60s, curl has no limit",
    "60s of sleep; curl has no limit",
  ],
  [
    "/a || sleep 60",
    "runs /a, which has no time limit, and then may sleep 60s",
    "may sleep 60s, /a has no limit",
    "60s of sleep; /a has no limit",
  ],
  [
    "/a; sleep 40; /b; sleep 20",
    "sleeps 60s and runs /a and /b, which have no time limit",
    "sleeps 60s, /a and /b have no limit",
    "60s of sleep; /a and /b have no limit",
  ],
  [
    "sleep 40; /a; /b; /a; /c",
    "sleeps 40s, and then runs /a and 2 more, which have no time limit",
    "sleeps 40s, /a and 2 more have no limit",
    "40s of sleep; /a and 2 more have no limit",
  ],
  [
    "timeout 60 /a; /b",
    "may take 60s, and then runs /b, which has no time limit",
    "may take 60s, /b has no limit",
    "/b has no limit",
  ],
  [
    'sleep 40; "$PROGRAM"; /a',
    "sleeps 40s, and nothing limits the rest of the hook",
    "sleeps 40s, the rest has no limit",
    "40s of sleep; the rest has no limit",
  ],
  [
    "TOKEN=secret /a; sleep 40",
    "sleeps 40s, and nothing limits the rest of the hook",
    "sleeps 40s, the rest has no limit",
    "40s of sleep; the rest has no limit",
  ],
  [
    "f() { sleep 40; }; /a; f",
    "sleeps 40s and runs /a, which has no time limit",
    "sleeps 40s, /a has no limit",
    "40s of sleep; /a has no limit",
  ],
  [
    "trap 'sleep 40' EXIT; /a",
    "sleeps 40s and runs /a, which has no time limit",
    "sleeps 40s, /a has no limit",
    "40s of sleep; /a has no limit",
  ],
  [
    "/a & sleep 40; wait",
    "sleeps 40s and runs /a, which has no time limit",
    "sleeps 40s, /a has no limit",
    "40s of sleep; /a has no limit",
  ],
  [
    `sleep 40; /a; ${"true; ".repeat(20)}`,
    "sleeps 40s and runs /a, which has no time limit",
    "sleeps 40s, /a has no limit",
    "40s of sleep; /a has no limit",
  ],
  [
    "if /a; then sleep 10; else sleep 50; fi",
    "runs /a, which has no time limit, and then may take 50s",
    "may take 50s, /a has no limit",
    "/a has no limit",
  ],
  [
    // biome-ignore lint/suspicious/noTemplateCurlyInString: shell text.
    "sleep ${DELAY:-45}",
    "may sleep 45s or longer",
    "may sleep 45s or longer",
    "45s of sleep, or longer",
  ],
];

t.test("texts name the known part of a hook and the command without a limit", async (t) => {
  for (const [text, ...said] of ROWS) t.same(textsOf(text), said, text);
});
