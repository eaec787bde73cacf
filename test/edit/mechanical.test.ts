import t from "tap";
import { BY_HAND, MECHANICAL, mechanical } from "../../src/edit/mechanical.ts";
import type { Fix } from "../../src/policy/model/finding.ts";
import { RULE_INFO } from "../../src/policy/rules/registry.ts";
import "../patience.ts";

t.test("every finding has either a mechanical fix or a fix by hand", async (t) => {
  const ids = [...MECHANICAL.keys(), ...BY_HAND.keys()].sort();
  t.same(ids, RULE_INFO.map(({ id }) => id).sort());
});

const HOOK = "spec.containers[0].lifecycle.preStop";

function podWith(preStop: unknown): unknown {
  return { spec: { containers: [{ name: "web", lifecycle: { preStop } }] } };
}

function changeFor(fix: Partial<Fix>, object: unknown = {}): unknown {
  const found = mechanical("hook-over-grace", [{ target: "pod", path: HOOK, ...fix } as Fix], object);
  if (!found.ok) return found.reason;
  const [change] = found.changes;
  return change?.wish.do === "set"
    ? { [change.steps.slice(5).join(".")]: change.wish.value }
    : change?.wish.do;
}

t.test("a hook that only sleeps can be made shorter", async (t) => {
  const shorten = (preStop: unknown) => changeFor({ shortenTo: 5 }, podWith(preStop));
  const command = (...argv: string[]) => ({ exec: { command: argv } });
  t.same(shorten({ sleep: { seconds: 9 } }), { "sleep.seconds": 5 });
  t.same(shorten(command("sleep", "9")), { "exec.command": ["sleep", "5"] });
  t.same(shorten(command("/bin/sleep", "9s")), { "exec.command": ["/bin/sleep", "5"] });
  t.same(shorten(command("sh", "-c", "exec sleep 95;")), { "exec.command": ["sh", "-c", "exec sleep 5;"] });
  for (const other of [
    command("sh", "-c", "sleep 9 && nginx -s quit"),
    command("sh", "-c", "sleep 9; sleep 9"),
    command("sleep", "9", "9"),
    command("sleep", "1m"),
    command(),
    { httpGet: { port: 80 } },
    undefined,
  ])
    t.equal(shorten(other), "only the author can shorten the hook", JSON.stringify(other));
});

t.test("a fix that only a person can make is left out, with the reason", async (t) => {
  t.equal(changeFor({ value: undefined }), "only the author knows the purpose of the hook");
  t.equal(changeFor({ value: 5, atLeast: true }), "only the author knows how long the hook runs");
  t.equal(changeFor({ beginWith: "dumb-init" }), "the image may lack dumb-init");
  t.equal(changeFor({ target: "namespace", value: 5 }), "only the owner of the limit can raise it");
  t.equal(changeFor({ target: "configuration", value: 5 }), "only the owner of the limit can raise it");
  t.same(mechanical("proxy-stops-first", [], {}), {
    ok: false,
    reason: "no change of a single field fixes the finding",
  });
  t.match(mechanical("hook-length-unknown", [], {}), { ok: false });
});

t.test("the value of an annotation is a string, even if it is a number", async (t) => {
  const path = 'metadata.annotations["a/b"]';
  t.match(mechanical("bad-annotation", [{ target: "pod", path, value: 5 }], {}), {
    changes: [{ wish: { value: "5" } }],
  });
});
