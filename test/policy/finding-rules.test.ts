import t from "tap";
import type { JsonObject } from "../../src/json.ts";
import type { Injected } from "../../src/policy/injection/record.ts";
import { denial } from "../../src/policy/messages/messages.ts";
import type { Context } from "../../src/policy/model/context.ts";
import type { Finding } from "../../src/policy/model/finding.ts";
import { namespaceOf } from "../../src/policy/model/namespace.ts";
import { CONTEXT, evaluate, factsOf, findingsIn, judgedOf, podOf, shellHook, subjectOf } from "../reviews.ts";

/** Tests the boundary of each rule: a pod that just has a finding, and a pod that just has none. */

const GRACE = "terminationGracePeriodSeconds";

interface Around {
  readonly annotations?: Record<string, string>;
  readonly configuration?: Partial<Context["configuration"]>;
  readonly namespace?: Record<string, string>;
  readonly settled?: boolean;
}

function found(spec: JsonObject, { annotations, configuration, namespace, settled = true }: Around = {}) {
  const context = {
    ...CONTEXT,
    configuration: { ...CONTEXT.configuration, ...configuration },
    namespace: namespace && namespaceOf("shop", {}, namespace),
  };
  const object = podOf(spec, annotations && { annotations });
  const pod = factsOf(subjectOf(object), context, settled);
  return { pod, findings: evaluate(pod, context.configuration, "manifest").findings };
}

function ids(spec: JsonObject, around?: Around): readonly string[] {
  return [...new Set(found(spec, around).findings.map(({ id }) => id))];
}

const exec = (...command: string[]): JsonObject => ({ preStop: { exec: { command } } });
const web = (lifecycle?: JsonObject, more: JsonObject = {}): JsonObject => ({
  name: "web",
  ...(lifecycle && { lifecycle }),
  ...more,
});
const PORTS = { ports: [{ containerPort: 80 }] };

const asked = (seconds: number): Around => ({
  annotations: { "gracekeeper.dev/shutdown-seconds": `${seconds}` },
});
const declaring = (value: string): Around => ({ annotations: { "gracekeeper.dev/hook-seconds": value } });

function record(sleepSeconds: number, graceBefore: number, graceAfter: number): Record<string, string> {
  const injected: Injected = { sleepSeconds, containers: ["web"], graceBefore, graceAfter };
  return { "gracekeeper.dev/injected": JSON.stringify(injected) };
}

t.test("hook-over-grace and no-shutdown-time compare the hook with the grace period", async (t) => {
  const of = (command: string) =>
    ids({ [GRACE]: 30, containers: [shellHook(command)] }, { configuration: { shutdownSeconds: 0 } });
  t.same(of("sleep 29; true"), []);
  t.same(of("sleep 30; true"), ["no-shutdown-time"]);
  t.same(of("sleep 31; true"), ["hook-over-grace"]);
  t.same(of("timeout 29 /a"), []);
  t.same(of("timeout 30 /a"), ["hook-may-exceed"]);
  t.same(of("sleep 29; timeout 1 /a"), ["hook-may-exceed"]);
  t.same(of("sleep 30; timeout 1 /a"), ["no-shutdown-time"]);
  t.same(of("sleep 29; /a"), ["hook-length-unknown"]);
  t.same(of("sleep 31; /a"), ["hook-over-grace", "hook-length-unknown"]);
  t.same(of("sleep infinity"), ["hook-over-grace"]);
});

t.test("shutdown-too-short compares the remaining time with the shutdown time", async (t) => {
  const of = (command: string, around: Around = {}) =>
    ids({ [GRACE]: 30, containers: [shellHook(command)] }, around);
  t.same(of("sleep 20; true"), []);
  t.same(of("sleep 21; true"), ["shutdown-too-short"]);
  const actionOf = (findings: readonly Finding[]) =>
    findings.find(({ id }) => id === "shutdown-too-short")?.action;
  const action = (command: string, around: Around = {}) =>
    actionOf(found({ [GRACE]: 30, containers: [shellHook(command)] }, around).findings);
  t.equal(action("sleep 21; true"), "Audit", "no shutdown time is set, and 9 s are left");
  t.equal(action("sleep 21; true", asked(10)), "Deny");
  t.equal(action("sleep 21; true", { namespace: { "gracekeeper.dev/shutdown-seconds": "10" } }), "Deny");
  t.equal(action("timeout 21 /a", asked(10)), "Warn", "a short run leaves enough");
  t.equal(action("sleep 21; /a", asked(10)), "Deny", "even the shortest run leaves less");
  t.same(ids({ containers: [web()] }), [], "without a hook nobody asked");
  t.same(ids({ containers: [web()] }, asked(30)), []);
  t.same(ids({ containers: [web()] }, asked(31)), ["shutdown-too-short"]);
  t.same(ids({ containers: [web()] }, { ...asked(31), settled: false }), [], "its hook may still be added");
  t.same(ids({ containers: [web({ preStop: { tcpSocket: { port: 80 } } })] }, asked(31)), [
    "shutdown-too-short",
    "hook-cannot-run",
  ]);
  const injected = { annotations: record(10, 9, 19) };
  t.same(
    ids({ [GRACE]: 19, containers: [web({ preStop: { sleep: { seconds: 10 } } })] }, injected),
    [],
    "ours",
  );
  const both = { annotations: { ...record(10, 10, 20), "gracekeeper.dev/shutdown-seconds": "15" } };
  t.same(ids({ [GRACE]: 20, containers: [web({ preStop: { sleep: { seconds: 10 } } })] }, both), [
    "shutdown-too-short",
  ]);
});

t.test("sidecars stop last", async (t) => {
  const sidecar = (lifecycle?: JsonObject) => ({
    name: "proxy",
    restartPolicy: "Always",
    ...(lifecycle && { lifecycle }),
  });
  const spec = (grace: number, lifecycle: JsonObject) => ({
    [GRACE]: grace,
    containers: [shellHook("sleep 5; true")],
    initContainers: [sidecar(lifecycle)],
  });
  t.same(ids(spec(25, exec("true"))), [], "5 hook + 10 shutdown + 10 shutdown");
  t.same(ids(spec(24, exec("true"))), ["shutdown-too-short"]);
  const job = (restartPolicy: string, lifecycle: JsonObject) =>
    ids({ restartPolicy, containers: [web()], initContainers: [sidecar(lifecycle)] });
  t.same(job("Never", exec("sh", "-c", "sleep 1; true")), ["sidecar-delays-job"]);
  t.same(job("OnFailure", exec("sh", "-c", "sleep 1; true")), ["sidecar-delays-job"]);
  t.same(job("Always", exec("sh", "-c", "sleep 1; true")), []);
  t.same(job("Never", exec("true")), [], "it returns at once");
  t.same(ids({ restartPolicy: "Never", containers: [shellHook("sleep 1; true")] }), [], "no sidecar");
});

t.test("findings for a grace period of 0", async (t) => {
  let serving: JsonObject = { ports: [{ containerPort: 80 }] };
  const without = (grace: number, metadata?: JsonObject, group?: string, kind?: string) => {
    const inner = { metadata, spec: { [GRACE]: grace, containers: [web(undefined, serving)] } };
    const object = kind === undefined ? inner : { spec: { template: inner } };
    return findingsIn(judgedOf(object, CONTEXT, group, kind)).map(({ id, action }) => `${id} ${action}`);
  };
  const ownedBy = (apiVersion: string, kind: string) => ({
    ownerReferences: [{ apiVersion, kind, name: "web", controller: true }],
  });
  t.same(without(0), ["grace-zero Audit"]);
  t.same(without(1), []);
  t.same(without(0, ownedBy("apps/v1", "ReplicaSet")), ["grace-zero Audit"]);
  t.same(without(0, ownedBy("apps/v1", "StatefulSet")), ["grace-zero Warn"], "two pods of one name");
  t.same(without(0, ownedBy("apps.kruise.io/v1beta1", "StatefulSet")), ["grace-zero Warn"]);
  t.same(without(0, {}, "apps", "StatefulSet"), ["grace-zero Warn"]);
  t.same(without(0, {}, "apps", "Deployment"), ["grace-zero Audit"]);
  serving = { readinessProbe: { tcpSocket: { port: 80 } } };
  t.same(without(0, {}, "apps", "StatefulSet"), ["grace-zero Warn"]);
  serving = { readinessProbe: { exec: { command: ["ls"] } } };
  t.same(without(0, {}, "apps", "StatefulSet"), ["grace-zero Audit"]);
  serving = {};
  t.same(without(0, {}, "apps", "StatefulSet"), ["grace-zero Audit"], "no requests to lose");
  t.same(without(-1, {}, "apps", "StatefulSet"), [], "its pods have 1 s");
  t.same(ids({ [GRACE]: 0, containers: [web({ preStop: { tcpSocket: { port: 80 } } })] }), ["grace-zero"]);
  const { findings } = found({
    [GRACE]: 0,
    containers: [web({ preStop: { tcpSocket: { port: 80 } } })],
  });
  t.match(
    denial(findings),
    /Remove spec\.containers\[0\]\.lifecycle\.preStop and set spec\.terminationGracePeriodSeconds: 10\./,
    "no grace makes that hook run",
  );
});

t.test("findings for probes with their own grace period", async (t) => {
  const of = (grace: number, command = "sleep 5; true", around?: Around) =>
    ids({ containers: [{ ...shellHook(command), livenessProbe: { [GRACE]: grace } }] }, around);
  t.same(of(15), []);
  t.same(of(14), ["probe-grace-short"]);
  t.same(of(5, "/a", declaring("web=0-5")), ["probe-grace-short"]);
  t.same(ids({ containers: [web(undefined, { livenessProbe: { [GRACE]: 1 } })] }), [], "without a hook");
  const ours = {
    [GRACE]: 40,
    containers: [web({ preStop: { sleep: { seconds: 10 } } }, { startupProbe: { [GRACE]: 5 } })],
  };
  t.same(
    ids(ours, { annotations: record(10, 30, 40) }),
    [],
    "our sleep was not written with the probe in mind",
  );
});

t.test("findings for a grace period above the limit", async (t) => {
  const of = (grace: number) =>
    ids({ [GRACE]: grace, containers: [web()] }, { configuration: { maxGraceSeconds: 60 } });
  t.same(of(60), []);
  t.same(of(61), ["grace-over-limit"]);
});

t.test("findings for a missing hook", async (t) => {
  const of = (spec: JsonObject, around?: Around) =>
    ids({ containers: [web(undefined, PORTS)], ...spec }, around);
  t.same(of({}), ["hook-missing"]);
  t.same(of({ containers: [web(undefined, { readinessProbe: {} })] }), ["hook-missing"]);
  t.same(of({ containers: [web()] }), []);
  t.same(of({ restartPolicy: "OnFailure" }), []);
  t.same(of({ restartPolicy: "Never" }), []);
  t.same(of({ [GRACE]: 2 }), ["hook-missing"]);
  t.same(of({ [GRACE]: 1 }), [], "it asks to be killed at once");
  t.same(of({}, { settled: false }), [], "it may still be added");
  t.same(
    of({ containers: [web()], initContainers: [{ name: "proxy", restartPolicy: "Always", ...PORTS }] }),
    [],
    "a sidecar",
  );
});

t.test("findings for postStart hooks", async (t) => {
  const of = (...command: string[]) => ids({ containers: [web({ postStart: { exec: { command } } })] });
  t.same(of("sh", "-c", "sleep 30; true"), []);
  t.same(of("sh", "-c", "sleep 31; true"), ["poststart-holds-stop"]);
  t.same(of("/warm-up.sh"), ["poststart-holds-stop"]);
  t.same(of("sleep 31"), [], "it fails at once");
});

t.test("findings for the sleep action in each Kubernetes version", async (t) => {
  const of = (seconds: number, kubernetesMinor: number | undefined) =>
    ids({ containers: [web({ preStop: { sleep: { seconds } } })] }, { configuration: { kubernetesMinor } });
  for (const minor of [22, 28, 29]) t.same(of(5, minor), ["sleep-unsupported"], `1.${minor}`);
  for (const minor of [30, 32, 33, 37, undefined]) t.same(of(5, minor), [], `1.${minor}`);
  for (const minor of [29, 30, 31, 32]) t.same(of(0, minor), ["sleep-unsupported"], `0 on 1.${minor}`);
  for (const minor of [33, 37, undefined]) t.same(of(0, minor), [], `0 on 1.${minor}`);
  const command = (text: string, kubernetesMinor: number | undefined, grace = 30) =>
    ids(
      { [GRACE]: grace, containers: [shellHook(text)] },
      { configuration: { kubernetesMinor, shutdownSeconds: 0 } },
    );
  t.same(command("sleep 5", 32), []);
  t.same(command("sleep 5", undefined), []);
  t.same(command("sleep 5", 33), ["use-native-sleep"]);
  t.same(command("sleep 0.5", 33), [], "whole seconds only");
  t.same(command("sleep 5; true", 33), [], "something else runs too");
  t.same(command("sleep 5", 33, 5), ["no-shutdown-time", "use-native-sleep"]);
  t.same(command("sleep 6", 33, 5), ["hook-over-grace"], "the API server would refuse it");
  const ours = { annotations: record(10, 30, 40), configuration: { kubernetesMinor: 37 } };
  t.same(
    ids({ [GRACE]: 40, containers: [web(exec("sleep", "10"))] }, ours),
    [],
    "that is what sleepAction: Exec adds",
  );
});

t.test("findings for the annotation hook-seconds", async (t) => {
  const script = { containers: [web(exec("/a"))] };
  t.same(ids(script, declaring("web=20")), []);
  t.same(
    ids(script, declaring("log=20")),
    ["bad-annotation", "hook-length-unknown"],
    "a container that is not there",
  );
  t.same(
    ids({ containers: [shellHook("sleep 5; true")] }, declaring("web=6")),
    ["bad-annotation"],
    "contradicts",
  );
  t.same(ids({ containers: [shellHook("sleep 5; true")] }, declaring("web=6s")), ["bad-annotation"]);
  const contradicted = found({ containers: [shellHook("sleep 5; true")] }, declaring("web=6s"));
  t.equal(
    contradicted.findings.length,
    1,
    "what is meant by an invalid value is not held against the hook as well",
  );
  t.match(denial(contradicted.findings), /Correct it or remove it\./, "what contradicts is not proposed");
  const mixed = found(
    { containers: [web(exec("/a")), { ...web(exec("/a")), name: "log" }] },
    declaring("log=5s"),
  );
  const unknown = mixed.findings.filter(({ id }) => id === "hook-length-unknown");
  t.match(
    denial(unknown),
    /Set metadata\.annotations\["gracekeeper.dev\/hook-seconds"\] to "log=5,web=N"/,
    "not added to what cannot be read",
  );
});

t.test("the fix for a command that cannot run", async (t) => {
  const fixOf = (word: string, around: Around = {}) => {
    const { findings } = found({ containers: [web(exec(word))] }, around);
    return denial(findings.filter(({ id }) => id === "hook-cannot-run"));
  };
  t.match(fixOf("sleep 20"), /Set .*\["sleep","20"\]\. \[/);
  t.match(fixOf("sleep 45"), /Set .*\["sleep","45"\] and set spec\.terminationGracePeriodSeconds: 55\./);
  t.match(
    fixOf("sleep 45", { configuration: { maxGraceSeconds: 40 } }),
    /Correct the command, or remove /,
    "it has no room",
  );
  t.match(fixOf("sleep infinity"), /Correct the command, or remove /);
  t.match(
    fixOf("sleep 20", declaring("web=5")),
    /Correct the command, or remove /,
    "it would contradict what is declared",
  );
  t.match(fixOf("[sleep, 20]"), /Set .*\["sleep","20"\]\. \[/);
  t.match(fixOf('["sleep", "20"]'), /Set .*\["sleep","20"\]\. \[/);
  t.match(fixOf("['sleep','20']"), /Set .*\["sleep","20"\]\. \[/);
  t.match(fixOf('["sh","-c","sleep 5, 6"]'), /Set .*\["sh","-c","sleep 5, 6"\]/);
  t.match(fixOf("[sleep,, 20]"), /Correct the command/, "a word is missing");
  t.match(fixOf("sleep 604800"), /Correct the command, or remove /, "it needs more than a day");
  t.match(
    fixOf(`nginx -c /${"x".repeat(30)} -s quit`),
    /Correct the command, or remove /,
    "cut it must not be followed",
  );
});

t.test("printed values suit all containers of the pod", async (t) => {
  const said = (id: string, spec: JsonObject, around?: Around) => {
    const { findings } = found(spec, around);
    return denial(findings.filter((one) => one.id === id));
  };
  const meant = (seconds: number, name = "web") => ({ ...web(exec(`sleep ${seconds}`)), name });
  const sidecar = (lifecycle?: JsonObject) => ({ ...web(lifecycle), name: "proxy", restartPolicy: "Always" });
  t.match(
    said(
      "hook-cannot-run",
      { [GRACE]: 100, containers: [meant(45)] },
      { configuration: { maxGraceSeconds: 40 } },
    ),
    /Correct the command, or remove /,
    "the grace has room, and is above the limit",
  );
  for (const [first, second] of [
    [45, 40],
    [40, 45],
  ] as const) {
    const text = said("hook-cannot-run", { containers: [meant(first), meant(second, "log")] });
    t.match(text, /and set spec\.terminationGracePeriodSeconds: 55\./, "the longer of two graces");
  }
  t.match(
    said("hook-cannot-run", { [GRACE]: 40, containers: [meant(25)], initContainers: [sidecar()] }),
    /terminationGracePeriodSeconds: 45\./,
    "25 hook + 10 shutdown + 10 shutdown of the sidecar",
  );
  const late = said("hook-over-grace", {
    containers: [web()],
    initContainers: [sidecar(exec("sleep", "45"))],
  });
  t.match(
    late,
    /Set spec\.terminationGracePeriodSeconds: 55 \(45 hook \+ 10 shutdown\)\. \[/,
    "a shorter hook alone is not enough for a sidecar",
  );
});

t.test("unknown keys are listed in a fixed order", async (t) => {
  const text = (keys: readonly string[]) => {
    const annotations = Object.fromEntries(keys.map((key) => [`gracekeeper.dev/${key}`, "x"]));
    const { findings } = found({ containers: [web()] }, { annotations });
    return denial(findings);
  };
  t.equal(text(["a", "b", "c"]), text(["c", "b", "a"]));
});

t.test("a known run above the grace period warns, and never denies", async (t) => {
  const strict = { configuration: { actions: new Map([["hook-may-exceed", "Deny"] as const]) } };
  const action = (command: string, around: Around = {}, id = "hook-may-exceed", grace = 30) =>
    found({ [GRACE]: grace, containers: [shellHook(command)] }, around).findings.find((one) => one.id === id)
      ?.action;
  t.equal(action("kill -QUIT 1; sleep 29; /opt/x"), undefined);
  t.equal(action("kill -QUIT 1; sleep 30; /opt/x"), "Warn");
  t.equal(action("kill -QUIT 1; sleep 30; /opt/x", strict), "Warn", "its longest run is not known");
  t.equal(action("timeout 30 /a", strict), "Deny", "a limit that is known");
  t.equal(action("kill -QUIT 1; sleep infinity"), "Warn");
  t.equal(action("sleep 45; /opt/x"), undefined, "even the shortest run is too long");
  const short = "shutdown-too-short";
  const asks = { namespace: { "gracekeeper.dev/shutdown-seconds": "10" } };
  const strictly = { configuration: { actions: new Map([[short, "Deny"] as const]) } };
  t.equal(action("test -e /a || sleep 20; curl http://x", {}, short), undefined);
  t.equal(action("test -e /a || sleep 21; curl http://x", {}, short), "Audit");
  t.equal(action("test -e /a || sleep 21; curl http://x", asks, short), "Warn", "it may be shorter");
  t.equal(action("test -e /a || sleep 21; curl http://x", strictly, short), "Warn");
  t.equal(action("sleep 21; curl http://x", asks, short), "Deny", "even the shortest run leaves less");
  t.equal(action("kill -QUIT 1; sleep 21; /opt/x", {}, short), "Audit", "the app shuts down meanwhile");
  t.equal(action("test -e /a || sleep 30; curl http://x", {}, short), undefined, "hook-may-exceed says it");
  const probed = { ...shellHook("test -e /a || sleep 20; /x"), livenessProbe: { [GRACE]: 29 } };
  const probe = found(
    { containers: [probed] },
    { configuration: { actions: new Map([["probe-grace-short", "Deny"] as const]) } },
  ).findings.find(({ id }) => id === "probe-grace-short");
  t.equal(probe?.action, "Warn");
  const { findings, pod } = found({ containers: [shellHook("kill -QUIT 1; sleep 60; /opt/x")] });
  t.same(
    findings.map(({ id, action: one }) => [id, one]),
    [
      ["hook-may-exceed", "Warn"],
      ["hook-length-unknown", "Audit"],
    ],
  );
  t.equal(pod.graceNeeded, 70);
  t.match(denial(findings), /N its longest run, and set spec\.terminationGracePeriodSeconds: N \+ 10/);
  const never = found({ containers: [shellHook("kill -QUIT 1; sleep infinity")] });
  t.match(denial(never.findings), /preStop may never end; .* Remove spec/, "no grace is long enough");
});

t.test("a deliberately short shutdown time is only audited", async (t) => {
  const action = (grace: number, sleep: number, around: Around = {}) =>
    found({ [GRACE]: grace, containers: [shellHook(`sleep ${sleep}; true`)] }, around).findings.find(
      ({ id }) => id === "shutdown-too-short",
    )?.action;
  t.equal(action(20, 12), "Audit");
  t.equal(action(20, 18), "Audit", "2 s, which the kubelet always gives");
  t.equal(action(20, 18.5), "Warn", "less than 2 s");
  t.equal(action(30, 28), "Audit");
  t.equal(action(30, 29), "Warn");
  t.equal(action(20, 12, { configuration: { shutdownSeconds: 10 } }), "Warn", "the configuration asks");
  t.equal(action(20, 12, asked(10)), "Deny", "the pod asks");
  const late = found({
    [GRACE]: 29,
    containers: [shellHook("sleep 10; true")],
    initContainers: [{ ...shellHook("sleep 1; true", "proxy"), restartPolicy: "Always" }],
  });
  t.same(
    late.findings.map(({ id, action: one, container }) => [id, one, container?.container.name]),
    [["shutdown-too-short", "Warn", "proxy"]],
    "9 s of 29 are left, but a sidecar's rest is no choice",
  );
  const untold = { [GRACE]: 5, containers: [web({ preStop: { httpGet: { path: "/", port: 80 } } })] };
  t.same(
    found(untold).findings.map(({ id, action: one }) => [id, one]),
    [
      ["shutdown-too-short", "Audit"],
      ["hook-length-unknown", "Audit"],
    ],
    "nothing is known of the hook, so it counts as short",
  );
  t.equal(action(20, 12, { namespace: { "gracekeeper.dev/shutdown-seconds": "10" } }), "Deny");
});

t.test("findings for script text that never runs", async (t) => {
  const of = (...command: string[]) => ids({ containers: [web(exec(...command))] });
  const NOTHING = ["hook-does-nothing"];
  t.same(of("sh", "-c", "# sleep 15 nginx -s quit"), NOTHING);
  t.same(of("sh", "-c", "\n  # sleep 15\n\n# nginx -s quit\n"), NOTHING);
  t.same(of("sh", "-c", "exec", "sleep 15"), NOTHING);
  t.same(of("sh", "-c", "exec", "drain"), NOTHING);
  t.same(of("bash", "-c", "sleep 15; true", "&&", "nginx -s quit"), NOTHING);
  t.same(of("sh", "-c", "sleep 15", "&&", "nginx -s quit"), NOTHING, "the sleep action cannot replace it");
  t.same(of("sh", "-ec", "sleep 15; true", "nginx -s quit"), NOTHING);
  t.same(of("bash", "-c", "--", "echo", "-n", "x", ">/dev/tcp/localhost/9001"), NOTHING);
  const optOuts = [
    ...[
      ["sh", "-c", ""],
      ["sh", "-c", " \n"],
      ["sh", "-c", "true"],
      ["sh", "-c", ":"],
      ["sh", "-c", "echo bye"],
    ],
    ...[["sh", "-c", "exec"], ["true"], ["sleep", "0"], ["sh", "-c", "# no\ntrue"]],
  ];
  for (const command of optOuts)
    t.same(
      of(...command).filter((id) => id === NOTHING[0]),
      [],
      `${command}`,
    );
  const uses = [
    ['sleep "$1"; true', "_", "5"],
    ["sleep $0", "5"],
    ['exec "$@"', "sh", "sleep", "5"],
    ["exec $*", "sleep", "5", "6"],
    ["for i; do sleep 1; done", "a", "b c"],
    ["for i do sleep 1; done", "a", "b c"],
    ["shift; true", "a", "b c"],
    [". /drain.sh", "a", "b c"],
    ["sleep $5", "a", "5"],
    ["sleep 5; true", "sh"],
    ["sleep 5; true", "--"],
    ["sleep 5; true", "_"],
    ["sleep 5; true", "/bin/bash"],
    ["sleep 5; true", "prestop"],
  ];
  for (const words of uses)
    t.same(
      of("sh", "-c", ...words).filter((id) => id === NOTHING[0]),
      [],
      `${words} are used, or a name`,
    );
  t.same(ids({ containers: [web({ preStop: { sleep: { seconds: 0 } } })] }), []);
  const { findings } = found({ containers: [web(exec("sh", "-c", "exec", "sleep 35"))] });
  t.match(denial(findings), /\["sh","-c","exec sleep 35"\] and set spec.terminationGracePeriodSeconds: 45/);
  const unclear = found({ containers: [web(exec("sh", "-c", "sleep 5; true", "--all", "x"))] });
  t.match(denial(unclear.findings), /Put the whole command into the text of -c, or remove /);
});

t.test("no fix proposes a grace period above a day", async (t) => {
  const text = (spec: JsonObject, around?: Around) => denial(found(spec, around).findings);
  const hook = shellHook("sleep 604800");
  t.match(text({ containers: [hook] }), /Shorten the hook to 20s\. \[hook-over-grace\]/);
  t.match(
    text({ [GRACE]: 604_800, containers: [hook] }),
    /Shorten the hook to 604790s\. \[no-shutdown-time\]/,
  );
  t.match(
    text({ [GRACE]: 5, containers: [hook] }),
    /Shorten the hook to 86390s and set spec\.terminationGracePeriodSeconds: 86400\. \[hook-over-grace\]/,
    "5 s have no room for a hook",
  );
  t.match(
    text({ containers: [hook] }, asked(86_400)),
    /terminationGracePeriodSeconds: 691200/,
    "the pod asks for a day",
  );
  t.match(
    text({ containers: [{ ...hook, livenessProbe: { [GRACE]: 10 } }] }),
    /Remove spec\.containers\[0\]\.livenessProbe\.terminationGracePeriodSeconds to use the pod value\./,
  );
});

t.test("a printed grace period shows the terms of its sum", async (t) => {
  const text = (spec: JsonObject, around?: Around) => denial(found(spec, around).findings);
  const sidecar = (lifecycle?: JsonObject, name = "proxy") => ({
    ...web(lifecycle),
    name,
    restartPolicy: "Always",
  });
  const both = { containers: [shellHook("sleep 35; true")], initContainers: [sidecar()] };
  t.match(text(both), /: 55 \(35 hook \+ 10 shutdown \+ 10 sidecar\)/);
  const two = { ...both, initContainers: [sidecar(), sidecar(undefined, "log")] };
  t.match(text(two), /: 65 \(35 hook \+ 10 shutdown \+ 20 sidecars\)/);
  const last = { containers: [web()], initContainers: [sidecar(exec("sh", "-c", "sleep 45; true"))] };
  t.match(text(last), /: 55 \(45 hook \+ 10 shutdown\)/);
});

t.test("stop-signal-unheard needs a main process that the pod declares and that is PID 1", async (t) => {
  const sure = { command: ["tail", "-f", "/dev/null"], ports: [{ containerPort: 80 }] };
  const of = (container: JsonObject, spec: JsonObject = {}): string =>
    found({ ...spec, containers: [web(undefined, { ...sure, ...container })] })
      .findings.map(({ id, action }) => `${id} ${action}`)
      .join();
  const [warn, audit] = ["stop-signal-unheard Warn", "stop-signal-unheard Audit"];
  t.equal(of({}), warn);
  for (const probe of ["httpGet", "tcpSocket", "grpc"])
    t.equal(of({ ports: [], readinessProbe: { [probe]: { port: 80 } } }), warn, probe);
  t.equal(of({ ports: [], readinessProbe: { exec: { command: ["ls"] } } }), audit, "a placeholder");
  t.equal(of({ ports: [] }), audit, "no requests come");
  t.equal(of({ command: ["sh", "-c", "/app | tee log"], ports: [] }), audit, "the app may end");
  t.equal(of({ command: ["sh", "-c", "/app"], ports: [] }), audit, "it depends on the shell");
  t.equal(of({ command: ["sleep", "31"], ports: [] }), audit);
  t.equal(of({ command: ["sleep", "30"], ports: [] }), "", "it ends within the grace");
  t.equal(of({ command: undefined, args: sure.command, ports: [] }), "", "the image's ENTRYPOINT is PID 1");
  t.equal(of({ lifecycle: { stopSignal: "SIGUSR1" } }), warn);
  t.equal(of({ lifecycle: { stopSignal: "SIGKILL" }, ports: [] }), "");
  t.equal(of({ lifecycle: { preStop: { sleep: { seconds: 5 } } } }), warn);
  t.match(of({ lifecycle: exec("/drain.sh") }), /^hook-length-unknown Audit$/, "the hook may stop it");
  for (const spec of [{ shareProcessNamespace: true }, { hostPID: true }, { os: { name: "windows" } }])
    t.equal(of({}, spec), "hook-missing Audit", JSON.stringify(spec));
  t.equal(of({}, { nodeSelector: { "kubernetes.io/os": "windows" } }), "hook-missing Audit");
  t.equal(of({}, { nodeSelector: { "kubernetes.io/os": "linux" }, os: { name: "linux" } }), warn);
  t.equal(of({}, { restartPolicy: "OnFailure" }), "");
  t.equal(of({}, { [GRACE]: 1 }), "", "a stop is a kill in any case");
  const sidecar = web(undefined, { ...sure, name: "log", restartPolicy: "Always" });
  const { findings } = found({ containers: [web()], initContainers: [sidecar] });
  t.same(
    findings.map(({ id, action }) => [id, action]),
    [["stop-signal-unheard", "Audit"]],
    "a sidecar serves its pod only",
  );
});

t.test("a hook that may never end is denied only for its certain minimum", async (t) => {
  const asks = { annotations: { "gracekeeper.dev/shutdown-seconds": "10" } };
  for (const text of ["sleep 25; curl x", "sleep 25; curl x && sleep infinity"]) {
    const { findings } = found({ containers: [web(exec("sh", "-c", text))] }, asks);
    const actions = findings.filter(({ id }) => id === "shutdown-too-short").map(({ action }) => action);
    t.same(actions, ["Deny"], text);
  }
});

t.test("no fix proposes a longer grace period for an app that ignores the stop signal", async (t) => {
  const deaf = { command: ["sleep", "infinity"], ports: [{ containerPort: 80 }] };
  const livenessProbe = { [GRACE]: 5 };
  t.same(ids({ containers: [web(exec("sleep", "25"), { ...deaf, livenessProbe })] }), [
    "stop-signal-unheard",
    "use-native-sleep",
  ]);
  for (const sleep of ["30", "45"]) {
    const { findings } = found({ containers: [web(exec("sleep", sleep), deaf)] });
    const [first] = findings;
    t.equal(first?.action, "Deny", `a hook of ${sleep}s still does not fit`);
    t.same(first?.fix, [
      { target: "pod", path: "spec.containers[0].lifecycle.preStop", container: "web", shortenTo: 20 },
    ]);
    t.match(denial(findings), / Shorten the hook to 20s\. /);
  }
});

t.test("a main process that ignores its signal does not suppress a denial", async (t) => {
  const asks = (seconds: number) => ({ annotations: { "gracekeeper.dev/shutdown-seconds": `${seconds}` } });
  const deaf = { command: ["sleep", "infinity"], ports: [{ containerPort: 80 }] };
  const short = (seconds: number, lifecycle?: JsonObject, command = deaf) =>
    found({ containers: [web(lifecycle, command)] }, asks(seconds)).findings.find(
      ({ id }) => id === "shutdown-too-short",
    );
  const hook = exec("sh", "-c", "sleep 25");
  for (const command of [deaf, { ...deaf, command: ["/app"] }])
    t.equal(short(10, hook, command)?.action, "Deny", `${command.command[0]}`);
  const path = "spec.containers[0].lifecycle.preStop";
  t.same(short(10, hook)?.fix, [{ target: "pod", path, container: "web", shortenTo: 20 }]);
  t.same(short(30, hook)?.fix, [{ target: "pod", path, container: "web", value: undefined }]);
  t.match(
    short(60)?.fix,
    [{ path: "spec.terminationGracePeriodSeconds", value: 60 }],
    "nothing else is enough",
  );
  t.notOk(short(30), "what is asked for is there");
  const { findings } = found({ [GRACE]: 2, containers: [web(exec("sleep", "2"), deaf)] }, asks(3));
  t.match(findings[0], { id: "no-shutdown-time", fix: [{ value: 5 }] }, "a removed hook would not be enough");
});
