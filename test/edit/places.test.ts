import t from "tap";
import "../patience.ts";
import { begin, edited, remove, set } from "./edit.ts";

/** Tests where an edit is placed in a text, and in which style it is written. */

const GRACE = "spec.terminationGracePeriodSeconds";
const SLEEP = "spec.containers[0].lifecycle.preStop.sleep.seconds";
const HOOK = "spec.containers[0].lifecycle.preStop";
const NOTE = 'metadata.annotations["gracekeeper.dev/hook-seconds"]';

function pod(spec: string): string {
  return `kind: Pod\nspec:\n${spec}`;
}

t.test("a changed number keeps its spaces, comments and anchor", async (t) => {
  t.equal(
    edited(pod("  terminationGracePeriodSeconds:   10   # why\n"), set(GRACE, 45)),
    pod("  terminationGracePeriodSeconds:   45   # why\n"),
  );
  t.equal(
    edited(pod("  terminationGracePeriodSeconds: &own 10"), set(GRACE, 45)),
    pod("  terminationGracePeriodSeconds: &own 45"),
  );
  t.equal(
    edited(pod("  ? terminationGracePeriodSeconds\n  : 10\n"), set(GRACE, 45)),
    pod("  ? terminationGracePeriodSeconds\n  : 45\n"),
  );
  t.equal(
    edited(pod("  terminationGracePeriodSeconds: # why\n"), set(GRACE, 45)),
    pod("  terminationGracePeriodSeconds: 45 # why\n"),
  );
  t.equal(
    edited(pod("  terminationGracePeriodSeconds: ~\n"), set(GRACE, 45)),
    pod("  terminationGracePeriodSeconds: 45\n"),
  );
  t.equal(
    edited(pod("  terminationGracePeriodSeconds: 010\r\n  hostPID: on\r\n"), set(GRACE, 45)),
    pod("  terminationGracePeriodSeconds: 45\r\n  hostPID: on\r\n"),
  );
});

t.test("a new number is placed before the first list and the list's comments", async (t) => {
  const list = "    containers:\n    - name: web\n";
  t.equal(edited(pod(list), set(GRACE, 45)), pod(`    terminationGracePeriodSeconds: 45\n${list}`));
  t.equal(
    edited(pod(`    # the app\n\n    # really\n${list}`), set(GRACE, 45)),
    pod(`    # the app\n\n    terminationGracePeriodSeconds: 45\n    # really\n${list}`),
  );
  t.equal(
    edited(pod(`  hostPID: true # all\n  # the app\n${list.replace(/^ {2}/gm, "")}`), set(GRACE, 45)),
    pod(
      `  hostPID: true # all\n  terminationGracePeriodSeconds: 45\n  # the app\n${list.replace(/^ {2}/gm, "")}`,
    ),
  );
  t.equal(
    edited("kind: Pod\nspec: # here\n    hostPID: true", set(GRACE, 45)),
    "kind: Pod\nspec: # here\n    hostPID: true\n    terminationGracePeriodSeconds: 45",
  );
  t.equal(
    edited("items:\n- - spec:\n    - a: [1]\n", set("items[0][0].spec[0].b", 2)),
    "items:\n- - spec:\n    - b: 2\n      a: [1]\n",
  );
});

t.test("a new mapping is placed last, with the usual indentation", async (t) => {
  const two = pod("  containers:\n  - name: web\n    # none yet\n  - name: log\n");
  t.equal(
    edited(two, set(SLEEP, 5)),
    pod(
      "  containers:\n  - name: web\n    lifecycle:\n      preStop:\n        sleep:\n          seconds: 5\n    # none yet\n  - name: log\n",
    ),
  );
  const four =
    "kind: Pod\nspec:\n    containers:\n        -   name: web\n            resources:\n                limits: {}\n                # requests: {}";
  t.equal(
    edited(four, set(SLEEP, 5)),
    `${four}\n            lifecycle:\n                preStop:\n                    sleep:\n                        seconds: 5`,
  );
  t.equal(
    edited(
      pod("  containers:\n  - name: web\n    args:\n    - |+\n      text\n\n  hostPID: true\n"),
      set(SLEEP, 5),
    ),
    pod(
      "  containers:\n  - name: web\n    args:\n    - |+\n      text\n\n    lifecycle:\n      preStop:\n        sleep:\n          seconds: 5\n  hostPID: true\n",
    ),
  );
  t.equal(
    edited(pod("  containers:\r\n  - name: web\r\n    command: [a,\r\n      b]\r\n"), set(SLEEP, 5)),
    pod(
      "  containers:\r\n  - name: web\r\n    command: [a,\r\n      b]\r\n    lifecycle:\r\n      preStop:\r\n        sleep:\r\n          seconds: 5\r\n",
    ),
  );
});

t.test("an empty or null mapping is filled in place", async (t) => {
  const web = "  containers:\n  - name: web\n";
  t.equal(
    edited(pod(`${web}    lifecycle: # none\n    image: a\n`), set(SLEEP, 5)),
    pod(`${web}    lifecycle: # none\n      preStop:\n        sleep:\n          seconds: 5\n    image: a\n`),
  );
  t.equal(
    edited(pod(`${web}    lifecycle: {} # none\n`), set(SLEEP, 5)),
    pod(`${web}    lifecycle: {preStop: {sleep: {seconds: 5}}} # none\n`),
  );
  t.equal(
    edited(pod(`${web}    lifecycle: null\n`), set(SLEEP, 5)),
    pod(`${web}    lifecycle: {preStop: {sleep: {seconds: 5}}}\n`),
  );
  t.equal(
    edited("{kind: Pod, spec: {containers: [{name: web, lifecycle}]}}", set(SLEEP, 5)),
    "{kind: Pod, spec: {containers: [{name: web, lifecycle: {preStop: {sleep: {seconds: 5}}}}]}}",
  );
});

t.test("a replaced hook keeps its comment", async (t) => {
  const exec = (hook: string): string =>
    pod(`  containers:\n  - name: web\n    lifecycle:\n      preStop:${hook}\n    image: a\n`);
  const sleep = { sleep: { seconds: 5 } };
  t.equal(
    edited(exec(' # wait\n        exec: # by hand\n          command: ["sleep", "5"] # s'), set(HOOK, sleep)),
    exec(" # wait\n        sleep:\n          seconds: 5 # s"),
  );
  t.equal(edited(exec(" {exec: {command: [sleep, '5']}}"), set(HOOK, sleep)), exec(" {sleep: {seconds: 5}}"));
  t.equal(
    edited(
      exec(
        "\n        exec:\n          command:\n          - sh\n          - -c\n          - >-\n            sleep\n            5",
      ),
      set(HOOK, sleep),
    ),
    exec("\n        sleep:\n          seconds: 5"),
  );
  t.equal(
    edited(exec("\n        sleep:\n          seconds: 70 # s"), set(HOOK, sleep)),
    exec("\n        sleep:\n          seconds: 5 # s"),
  );
  t.equal(
    edited(exec("\n        sleep: {seconds: 5}"), set(HOOK, { exec: { command: ["sleep", "5"] } })),
    exec('\n        exec:\n          command: ["sleep", "5"]'),
  );
});

t.test("in a list only the necessary items change", async (t) => {
  const argv = (text: string): string =>
    pod(`  containers:\n  - name: web\n    command:${text}\n    image: a\n`);
  const path = "spec.containers[0].command";
  t.equal(
    edited(
      argv(" [sh, '-c', \"sleep 15\", '&&', 'nginx -s quit']"),
      set(path, ["sh", "-c", "sleep 15 && nginx -s quit"]),
    ),
    argv(" [sh, '-c', \"sleep 15 && nginx -s quit\"]"),
  );
  t.equal(
    edited(argv('\n    - "sleep 20" # one word\n    - x'), set(path, ["sleep", "20", "x"])),
    argv('\n    - "sleep" # one word\n    - "20"\n    - x'),
  );
  t.equal(
    edited(
      argv("\n      - sh\n      - -c\n      - |\n        sleep 45\n        exit"),
      set(path, ["sh", "-c", "sleep 20\nexit\n"]),
    ),
    argv("\n      - sh\n      - -c\n      - |\n        sleep 20\n        exit"),
  );
  t.equal(
    edited(argv("\n    - sh # shell\n    - -c\n    - a"), set(path, ["b", "a"])),
    argv("\n    - b # shell\n    - a"),
  );
  t.equal(edited(argv("\n    - a"), begin(path, "dumb-init")), argv("\n    - dumb-init\n    - a"));
  t.equal(edited(argv(' [ "a" ]'), begin(path, "dumb-init")), argv(' [ "dumb-init", "a" ]'));
  t.equal(edited(argv(" []"), set(path, ["a", "b"])), argv(' ["a", "b"]'));
});

t.test("a changed string keeps its quotes, and keeps its folding if one word changes", async (t) => {
  const note = (text: string): string =>
    `kind: Pod\nmetadata:\n  annotations:\n    gracekeeper.dev/hook-seconds:${text}\n    a: b\n`;
  t.equal(edited(note(" 'web=20s' # s"), set(NOTE, "web=20")), note(" 'web=20' # s"));
  t.equal(edited(note(' "20 s"'), set(NOTE, "20")), note(' "20"'));
  t.equal(edited(note(" web=20s"), set(NOTE, "web=20")), note(" web=20"));
  t.equal(edited(note(" x"), set(NOTE, "20")), note(' "20"'));
  t.equal(edited(note(" 'x y'"), set(NOTE, "it's")), note(" 'it''s'"));
  t.equal(
    edited(note(" >- # folded\n      web=20s\n"), set(NOTE, "web=20")),
    note(" >- # folded\n      web=20\n"),
  );
  t.equal(edited(note(" >- # folded\n      a b\n"), set(NOTE, "1,2")), note(' "1,2" # folded\n'));
  t.equal(
    edited("kind: Pod\nmetadata:\n  labels: {a: 'b'}\n", set(NOTE, "web=20")),
    "kind: Pod\nmetadata:\n  labels: {a: 'b'}\n  annotations:\n    gracekeeper.dev/hook-seconds: \"web=20\"\n",
  );
});

t.test("a removed field takes its lines with it, and its parent if that would be empty", async (t) => {
  const two =
    "kind: Pod\nmetadata:\n  annotations: # all\n    # ours\n    gracekeeper.dev/hook-seconds: a # bad\n      # more of it\n    b: c\n";
  t.equal(edited(two, remove(NOTE)), "kind: Pod\nmetadata:\n  annotations: # all\n    # ours\n    b: c\n");
  t.equal(
    edited(
      "kind: Pod\nmetadata:\n  name: web\n  annotations:\n    gracekeeper.dev/hook-seconds: a",
      remove(NOTE),
    ),
    "kind: Pod\nmetadata:\n  name: web",
  );
  t.equal(
    edited(`{"metadata":{"annotations":{"gracekeeper.dev/hook-seconds":"a"},"name":"b"}}`, remove(NOTE)),
    `{"metadata":{"name":"b"}}`,
  );
  t.equal(
    edited(
      "metadata:\n  name: a\n  annotations: {x: y, gracekeeper.dev/hook-seconds: a, z: 1}\n",
      remove(NOTE),
    ),
    "metadata:\n  name: a\n  annotations: {x: y, z: 1}\n",
  );
  t.equal(
    edited(
      "metadata:\n  annotations:\n    gracekeeper.dev/hook-seconds: a\n",
      remove(NOTE),
      set('metadata.annotations["b"]', "1"),
    ),
    'metadata:\n  annotations:\n    b: "1"\n',
  );
  t.equal(
    edited("spec:\n  containers:\n  - args: [a]\n    name: web\n", remove("spec.containers[0].args")),
    "spec:\n  containers:\n  - name: web\n",
  );
  t.equal(
    edited(
      "spec:\n  containers:\n  - name: web\n    args: [a]\n",
      remove("spec.containers[0].args"),
      set(SLEEP, 5),
    ),
    "spec:\n  containers:\n  - name: web\n    lifecycle:\n      preStop:\n        sleep:\n          seconds: 5\n",
  );
});

t.test("new braces have the padding of the surrounding braces", async (t) => {
  t.equal(
    edited("kind: Pod\nspec: { containers: [{ name: web }] }\n", set(SLEEP, 5), set(GRACE, 45)),
    "kind: Pod\nspec: { containers: [{ name: web, lifecycle: { preStop: { sleep: { seconds: 5 } } } }], terminationGracePeriodSeconds: 45 }\n",
  );
  t.equal(
    edited("spec: { containers: [ { lifecycle: {} } ] }\n", set(SLEEP, 5)),
    "spec: { containers: [ { lifecycle: { preStop: { sleep: { seconds: 5 } } } } ] }\n",
  );
});

t.test("an edited JSON text stays JSON in the same style", async (t) => {
  const object = {
    kind: "Pod",
    metadata: { name: "web" },
    spec: { containers: [{ name: "web", lifecycle: {} }] },
  };
  const after = {
    ...object,
    metadata: { name: "web", annotations: { "gracekeeper.dev/hook-seconds": "web=5" } },
    spec: {
      containers: [{ name: "web", lifecycle: { preStop: { sleep: { seconds: 5 } } } }],
      terminationGracePeriodSeconds: 45,
    },
  };
  for (const indent of [undefined, 1, 2, 4, "\t"]) {
    const text = JSON.stringify(object, null, indent);
    const wanted = JSON.stringify(after, null, indent);
    t.equal(
      edited(text, set(SLEEP, 5), set(GRACE, 45), set(NOTE, "web=5")),
      wanted,
      `indented by ${JSON.stringify(indent)}`,
    );
    const windows = edited(text.replaceAll("\n", "\r\n"), set(SLEEP, 5), set(GRACE, 45), set(NOTE, "web=5"));
    t.equal(windows, wanted.replaceAll("\n", "\r\n"));
  }
  t.equal(
    edited('{"spec": {"a": 1}}', set(GRACE, 45)),
    '{"spec": {"a": 1, "terminationGracePeriodSeconds": 45}}',
  );
});

t.test("an edit keeps other documents, a byte order mark and a missing final line break", async (t) => {
  const around = (grace: string): string =>
    `\uFEFF# first\nkind: List\nitems:\n- kind: Pod\n  spec: {${grace}}\n- kind: Pod\n--- # second\nkind: Pod`;
  t.equal(edited(around("a: 1"), set(GRACE, 45)), around("a: 1, terminationGracePeriodSeconds: 45"));
});
