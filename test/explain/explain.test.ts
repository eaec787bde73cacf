import fc from "fast-check";
import t from "tap";
import { explain, type PodExplanation } from "../../src/explain/explain.ts";
import { explanationText } from "../../src/explain/text.ts";
import { ENDLESS_SECONDS } from "../../src/hook/interval.ts";
import type { JsonObject } from "../../src/json.ts";
import { contextOf, situation } from "../arbitraries/situations.ts";
import { cases } from "../cases.ts";
import { CONTEXT, podOf, shellHook, type TestContext } from "../reviews.ts";
import "../patience.ts";

const SITUATIONS = cases(5000);
const SEED = 17;
const GRACE = "terminationGracePeriodSeconds";

function explained(object: JsonObject, context: TestContext = CONTEXT): readonly PodExplanation[] {
  const { documents } = explain([object], context);
  return documents.filter((one): one is PodExplanation => "containers" in one);
}

function text(spec: JsonObject, metadata: JsonObject = {}, context: TestContext = CONTEXT): string {
  return explanationText(explain([podOf(spec, metadata)], context));
}

const ABOUT_TIME = [
  ...["grace-zero", "hook-over-grace", "no-shutdown-time", "hook-may-exceed", "shutdown-too-short"],
  "hook-length-unknown",
];

t.test(`in ${SITUATIONS} pods, a killed container has a finding or a line that says why not`, async (t) => {
  let [killed, unfound] = [0, 0];
  const check = (pod: PodExplanation): void => {
    for (const container of pod.containers) {
      const isKilled = container.exitedBy === "kill" || container.exitedBy === "cannot-tell";
      const isFound =
        container.ignoredSignal !== undefined ||
        pod.findings.some(
          (one) =>
            ABOUT_TIME.includes(one.id) &&
            (one.id === "grace-zero" || one.container === undefined || one.container === container.name),
        );
      killed += isKilled ? 1 : 0;
      unfound += container.unfound === undefined ? 0 : 1;
      if ((container.unfound !== undefined) !== (isKilled && !isFound))
        throw new Error(`${container.name} ${container.exitedBy}: ${container.unfound}`);
      // By default no rule about time has the action Off. A grace period of 68 years is an exception, because it is as
      // long as the assumed time of an endless hook (ENDLESS_SECONDS).
      if (container.unfound?.startsWith("no rule") && pod.graceSeconds < ENDLESS_SECONDS)
        throw new Error(`${container.name}: why?`);
    }
  };
  fc.assert(
    fc.property(situation, (one) => explained(one.object, contextOf(one)).forEach(check)),
    { numRuns: SITUATIONS, seed: SEED },
  );
  t.comment(`${killed} killed, ${unfound} of them without a finding`);
  t.ok(killed > SITUATIONS / 10);
  t.ok(unfound > SITUATIONS / 100);
});

t.test("explain says why a killed container has no finding", async (t) => {
  const why = (spec: JsonObject, metadata: JsonObject = {}, configuration: object = {}) => {
    const context = { ...CONTEXT, configuration: { ...CONTEXT.configuration, ...configuration } };
    return explained(podOf(spec, metadata), context).flatMap((pod) =>
      pod.containers.map(({ unfound }) => unfound),
    );
  };
  const late = { [GRACE]: 30, containers: [shellHook("sleep 29; true")] };
  t.same(why(late), [undefined]);
  t.match(
    why({ [GRACE]: 5, containers: [{ name: "web" }] })[0],
    /the container has no hook, and no annotation/,
  );
  t.same(why({ [GRACE]: 0, containers: [{ name: "web" }] }), [undefined], "grace-zero");
  const annotations = { "gracekeeper.dev/ignore": "shutdown-too-short" };
  t.match(why(late, { annotations })[0], /the pod's annotation ignores shutdown-too-short/);
  const actions = new Map([["shutdown-too-short", "Off"]]);
  t.match(why(late, {}, { actions })[0], /or the configuration turns the finding off/);
  t.match(text({ [GRACE]: 5, containers: [{ name: "web" }] }), /\n {2}no finding +the container has no hook/);
});

t.test("a hook without a known limit is drawn and described with its known run", async (t) => {
  const said = text({ [GRACE]: 60, containers: [shellHook("kill -QUIT 1; sleep 20; /opt/x")] });
  t.match(said, /\(cannot tell\) = about 20s \(20s of sleep; \/opt\/x has no limit\)\n/);
  t.match(said, / {2}web {2}#{19,20}\?+S=+K\n/, "# for 20 of 60 s");
  const cut = text({ containers: [shellHook("kill -QUIT 1; sleep 60; /opt/x")] });
  t.match(cut, / {2}web {2}#+S=+K\n/, "cut in the middle of the sleep");
  t.match(cut, /preStop sleeps 60s, and then runs \/opt\/x, which has no time limit; the pod has 30s/);
  t.match(
    text({ containers: [shellHook("/opt/x")] }),
    /hook +\/opt\/x \(cannot tell\)\n/,
    "nothing is meant",
  );
  // biome-ignore lint/suspicious/noTemplateCurlyInString: shell text.
  const one = text({ containers: [shellHook("sleep ${DELAY:-25}")] });
  t.match(one, /\(cannot tell\) = about 25s \(25s of sleep, or longer\)\n/, "one command");
  t.match(
    text({ containers: [shellHook("timeout 20 /a; /b; sleep 1")] }),
    /= about 21s \(\/b has no limit\)\n/,
    "not only sleep",
  );
  const [pod] = explained(podOf({ containers: [shellHook("kill -QUIT 1; sleep 60; /opt/x")] }));
  t.match(pod?.containers[0], {
    hookKnownSeconds: 60,
    hookKnownBecause: "60s of sleep; /opt/x has no limit",
    reading: { known: 60 },
  });
});

t.test("lines and comments of a script are shown as a person would quote them", async (t) => {
  const script = [
    "# wait until the load balancer has noticed",
    "if [ -e /tmp/drain ]; then",
    "  /drain.sh # slow",
    "fi",
    "for i in 1 2 3",
    "do",
    "\tsleep 5",
    "done",
  ].join("\n");
  const said = text({ containers: [shellHook(script)] });
  t.match(said, /"if \[ -e \/tmp\/drain \]; then \/drain\.sh; fi; for i in 1 2 3.../);
  t.match(said, /\/drain\.sh \(cannot tell\) \+ sleep 5 \(15s\)/);
  const comment = text({ containers: [shellHook("# first\n# second\n")] });
  t.match(comment, /hook +# first; # second \(0s\)\n/);
  t.match(text({ containers: [shellHook("sleep 20\r\n")] }), /"20\\r" is not a duration/);
  const broken = text({ containers: [shellHook("sleep 5 &&\n\n(\n")] });
  for (const one of [said, comment, broken])
    t.notMatch(one.replace(/\n {2}(web|#) .*|\/explain\?on=/g, ""), /\?/, "no character is lost");
});

t.test("explain says what injection would add now, and to which container", async (t) => {
  const annotations = {
    "gracekeeper.dev/injected": '{"sleepSeconds":10,"containers":["web"],"graceBefore":30,"graceAfter":40}',
  };
  const ours = { name: "web", lifecycle: { preStop: { sleep: { seconds: 10 } } } };
  const last = (said: string) => said.slice(said.indexOf("\nInjection "));
  t.match(
    last(text({ containers: [{ name: "web" }] })),
    /sleep 10s \(configuration\) to "web"; grace 30s -> 40s\n/,
  );
  t.match(
    last(text({ [GRACE]: 40, containers: [ours, { name: "log" }] }, { annotations })),
    /preStop sleep 10s \(configuration\) to "log"; grace stays 40s\n/,
  );
  t.match(
    last(text({ [GRACE]: 20, containers: [ours] }, { annotations })),
    /would add:\n {2}grace 20s -> 30s, for the existing preStop sleep 10s\n/,
  );
});

t.test("a grace period of 30 is called the default, even if it is written", async (t) => {
  for (const grace of [undefined, 30])
    t.match(
      text({ ...(grace && { [GRACE]: grace }), containers: [{ name: "web" }] }),
      /grace period 30s \(Kubernetes' default\), app needs 10s to shut down \(assumed\)/,
    );
  t.match(text({ [GRACE]: 31, containers: [{ name: "web" }] }), /grace period 31s, /);
  const context = { ...CONTEXT, configuration: { ...CONTEXT.configuration, shutdownSeconds: 10 } };
  t.match(text({ containers: [{ name: "web" }] }, {}, context), /10s to shut down \(configuration\)/);
});
