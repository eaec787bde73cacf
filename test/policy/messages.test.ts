import t from "tap";
import type { Mapping } from "../../src/admission/review.ts";
import { FINDING_KINDS } from "../../src/policy/findings/index.ts";
import type { JudgedPod } from "../../src/policy/judged-pod.ts";
import { compose, denial, warnings } from "../../src/policy/messages.ts";
import { CONTEXT, findingsIn, judgedOf, podOf, shellHook } from "../reviews.ts";

/** The texts are API. What stands here is what a person sees, letter by letter. */

const TEXTS: readonly { id: string; pod: Mapping; deny: string; warn: string }[] = [
  {
    id: "hook-over-grace",
    pod: podOf({ terminationGracePeriodSeconds: 30, containers: [shellHook("sleep 45")] }),
    deny: 'container "web": preStop takes 45s but the pod has 30s to stop, so it is killed mid-hook. Set spec.terminationGracePeriodSeconds: 55 (45 hook + 10 shutdown), or shorten the hook to 20s. [hook-over-grace]',
    warn: 'container "web": preStop 45s does not fit grace 30s; set spec.terminationGracePeriodSeconds: 55 [hook-over-grace]',
  },
  {
    id: "hook-over-grace",
    pod: podOf({ containers: [shellHook("sleep 45"), shellHook("sleep 40", "worker")] }),
    deny: '2 containers do not fit the 30s grace: "web" preStop 45s, "worker" preStop 40s. Set spec.terminationGracePeriodSeconds: 55. [hook-over-grace]',
    warn: '2 containers do not fit grace 30s ("web" preStop 45s, "worker" preStop 40s); set spec.terminationGracePeriodSeconds: 55 [hook-over-grace]',
  },
  {
    id: "hook-over-grace",
    pod: podOf({
      containers: [{ name: "web", lifecycle: { preStop: { exec: { command: ["sleep", "infinity"] } } } }],
    }),
    deny: 'container "web": preStop never ends but the pod has 30s to stop, so it is killed mid-hook. Remove spec.containers[0].lifecycle.preStop, or shorten the hook to 20s. [hook-over-grace]',
    warn: 'container "web": preStop without end does not fit grace 30s; remove spec.containers[0].lifecycle.preStop [hook-over-grace]',
  },
  {
    id: "no-shutdown-time",
    pod: podOf({ containers: [{ name: "web", lifecycle: { preStop: { sleep: { seconds: 30 } } } }] }),
    deny: 'container "web": preStop 30s fills the whole 30s grace; the API accepts this, but the stop signal comes only as the time runs out. Set spec.terminationGracePeriodSeconds: 40, or shorten the hook to 20s. [no-shutdown-time]',
    warn: 'container "web": preStop fills the whole 30s grace; set spec.terminationGracePeriodSeconds: 40 [no-shutdown-time]',
  },
  {
    id: "hook-may-exceed",
    pod: podOf({ containers: [shellHook("timeout 60 /drain.sh")] }),
    deny: 'container "web": preStop may take up to 60s but the pod has 30s to stop, so a slow run is killed mid-hook. Set spec.terminationGracePeriodSeconds: 70 (60 hook + 10 shutdown), or shorten the hook to 20s. [hook-may-exceed]',
    warn: 'container "web": preStop may take up to 60s, grace is 30s; set spec.terminationGracePeriodSeconds: 70 [hook-may-exceed]',
  },
  {
    id: "shutdown-too-short",
    pod: podOf(
      { containers: [shellHook("sleep 29")] },
      { annotations: { "gracekeeper.dev/shutdown-seconds": "10" } },
    ),
    deny: 'container "web": preStop uses 29s of the 30s grace, leaving 1s to shut down after the stop signal (this pod asks for 10s). Set spec.terminationGracePeriodSeconds: 40. [shutdown-too-short]',
    warn: 'container "web": preStop leaves 1s of 30s for shutdown (want 10s); set spec.terminationGracePeriodSeconds: 40 [shutdown-too-short]',
  },
  {
    id: "hook-cannot-run",
    pod: podOf({
      containers: [{ name: "web", lifecycle: { preStop: { exec: { command: ["sleep 20"] } } } }],
    }),
    deny: 'container "web": preStop cannot run: there is no program called "sleep 20": each word must be an item of its own. The stop signal comes at once. Set spec.containers[0].lifecycle.preStop.exec.command: ["sleep","20"]. [hook-cannot-run]',
    warn: 'container "web": preStop cannot run; set spec.containers[0].lifecycle.preStop.exec.command: ["sleep","20"] [hook-cannot-run]',
  },
  {
    id: "hook-length-unknown",
    pod: podOf({
      containers: [{ name: "web", lifecycle: { preStop: { exec: { command: ["/drain.sh"] } } } }],
    }),
    deny: 'container "web": cannot tell how long preStop "/drain.sh" runs, so it cannot be shown to fit the 30s grace. Set metadata.annotations["gracekeeper.dev/hook-seconds"] to "web=N", N its longest run, at most 20. [hook-length-unknown]',
    warn: 'container "web": cannot tell how long preStop "/drain.sh" runs; set annotation gracekeeper.dev/hook-seconds: web=N (at most 20) [hook-length-unknown]',
  },
  {
    id: "hook-length-unknown",
    pod: podOf(
      { containers: [shellHook("sleep 25; /drain.sh")] },
      { annotations: { "gracekeeper.dev/hook-seconds": "log=3" } },
    ),
    deny: 'container "web": cannot tell how long preStop "sleep 25; /drain.sh" runs, so it cannot be shown to fit the 30s grace. Add "web=N" to metadata.annotations["gracekeeper.dev/hook-seconds"], N its longest run, and set spec.terminationGracePeriodSeconds: N + 10. [hook-length-unknown]',
    warn: "cannot tell how long preStop runs; add to gracekeeper.dev/hook-seconds: web=N and set spec.terminationGracePeriodSeconds: N + 10 [hook-length-unknown]",
  },
  {
    id: "grace-zero",
    pod: podOf({ terminationGracePeriodSeconds: 0, containers: [shellHook("sleep 10")] }),
    deny: 'pod: spec.terminationGracePeriodSeconds: 0 means an immediate kill, so the preStop of container "web" never runs. Set spec.terminationGracePeriodSeconds: 20, or remove spec.containers[0].lifecycle.preStop. [grace-zero]',
    warn: 'container "web": preStop never runs under grace 0; set spec.terminationGracePeriodSeconds: 20 [grace-zero]',
  },
  {
    id: "bad-annotation",
    pod: podOf(
      { containers: [{ name: "web" }] },
      { annotations: { "gracekeeper.dev/hook-seconds": "web=20sec" } },
    ),
    deny: 'metadata.annotations["gracekeeper.dev/hook-seconds"]: "web=20sec": "20sec" is not a whole number of seconds or a range such as 5-20. Set it to "web=20". [bad-annotation]',
    warn: 'metadata.annotations["gracekeeper.dev/hook-seconds"]: "web=20sec": "20sec" is not a whole number of seconds or a range such as 5-20. Set it to "web=20" [bad-annotation]',
  },
];

function textsOf(pod: JudgedPod, id: string): { deny: string; warn: string } {
  const findings = findingsIn(pod).filter((finding) => finding.id === id);
  return { deny: denial(findings, pod), warn: warnings(findings, pod).join("\n") };
}

t.test("every kind of finding says what it says", async (t) => {
  for (const { id, pod, deny, warn } of TEXTS) {
    t.same(textsOf(judgedOf(pod), id), { deny, warn }, id);
  }
  const tested = new Set(TEXTS.map(({ id }) => id));
  t.same(
    FINDING_KINDS.map(({ id }) => id).filter((id) => !tested.has(id)),
    [],
    "none is left out",
  );
});

t.test("a pod with short names gets at most 300 and 150 characters", async (t) => {
  for (const { id, deny, warn } of TEXTS.filter(
    ({ pod }) => (pod["spec"] as { containers: unknown[] }).containers.length === 1,
  )) {
    t.ok(deny.length <= 300, `${id}: denial has ${deny.length}`);
    const longest = id === "bad-annotation" ? 200 : 150;
    t.ok(warn.length <= longest, `${id}: warning has ${warn.length}`);
  }
});

t.test("the longest names in the deepest kind stay within 512 and 256 characters", async (t) => {
  const name = (letter: string) => letter.repeat(63);
  for (const { pod, id } of TEXTS) {
    const containers = (pod["spec"] as { containers: Mapping[] }).containers.flatMap((container) =>
      [..."abcdefgh"].map((letter) => ({ ...container, name: name(letter) })),
    );
    for (const some of [containers.slice(0, 1), containers]) {
      const template = { metadata: pod["metadata"], spec: { ...(pod["spec"] as Mapping), containers: some } };
      const object = { kind: "CronJob", metadata: {}, spec: { jobTemplate: { spec: { template } } } };
      const { deny, warn } = textsOf(judgedOf(object, CONTEXT, "batch", "CronJob"), id);
      t.ok(deny.length <= 512, `${id} x ${some.length}: denial has ${deny.length}`);
      t.ok(warn.length <= 256, `${id} x ${some.length}: warning has ${warn.length}: ${warn}`);
    }
  }
});

t.test("a text that is too long loses its clause, then its details, and never its fix and id", async (t) => {
  const sentence = { what: "what it is in full", clause: ", because", brief: "what it is", fix: "; do that" };
  const at = (longest: number) => compose(sentence, "grace-zero", longest);
  t.equal(at(100), "what it is in full, because; do that [grace-zero]");
  t.equal(at(45), "what it is in full; do that [grace-zero]");
  t.equal(at(34), "what it is; do that [grace-zero]");
  const long = compose({ what: "x".repeat(1000), fix: "; do that" }, "grace-zero", 150);
  t.ok(long.length <= 256, `${long.length}`);
  t.match(long, /^x+\.\.\.; do that \[grace-zero\]$/);
});
