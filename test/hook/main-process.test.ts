import t from "tap";
import type { MainProcess } from "../../src/hook/main-process/main-process.ts";
import { PROGRAMS } from "../../src/hook/programs/table.ts";
import { hookReader } from "../../src/hook/reader.ts";
import { MAIN_PROCESS_CASES, mainProcess, readCommand, readShell, UNITS } from "./main-process-cases.ts";

const said = (...given: Parameters<typeof readCommand>): string =>
  readCommand(...given)?.certainty ?? "silent";
const saidOf = (text: string, more?: Partial<MainProcess>): string =>
  readShell(text, more)?.certainty ?? "silent";

t.test("the finding for each text that was run as PID 1", async (t) => {
  for (const { text, sh, bash } of MAIN_PROCESS_CASES) {
    t.equal(saidOf(text), sh, `sh: ${text}`);
    t.equal(said(["/bin/bash", "-c", text]), bash, `bash: ${text}`);
  }
});

t.test("findings for programs, inits and unknown programs", async (t) => {
  const rows: readonly (readonly [string, readonly string[], Partial<MainProcess>?])[] = [
    ["may-end", ["tail", "-F", "-n", "0", "/var/log/web.log"]],
    ["may-end", ["/usr/bin/tail", "--follow=name", "--retry", "/var/log/web.log"]],
    ["silent", ["/app/sleep", "infinity"]],
    ["may-end", ["tail", "-f", "/var/log/web.log", "--pid=7"]],
    ["silent", ["tail", "/var/log/web.log"]],
    ["sure", ["sleep"], { args: ["infinity"] }],
    ["may-end", ["sleep", "3600"]],
    ["silent", ["sleep", "1x"]],
    ["silent", ["cat"]],
    ["sure", ["cat"], { tty: true }],
    ["may-end", ["cat"], { tty: true, stdin: true }],
    ["sure", ["busybox", "sh", "-c", "sleep infinity"]],
    ["silent", ["sh", "-c", "echo | cat; exec app"], { tty: true }],
    ["may-end", ["bash"], { tty: true, stdin: true }],
    ["silent", ["bash"]],
    ["silent", ["sh", "/entrypoint.sh"]],
    ["silent", ["/app"]],
    ["silent", [], { args: ["sleep", "infinity"] }],
    ...["tini", "dumb-init", "catatonit", "/init"].map((init): readonly [string, readonly string[]] => [
      "silent",
      [init, "--", "sh", "-c", "app | tee log"],
    ]),
    ["silent", ["sleep", "infinity"], { env: new Map([["LD_PRELOAD", "/lib/traps.so"]]) }],
    ["silent", ["sleep", "infinity"], { env: new Map([["PATH", "/opt/bin"]]) }],
    ["silent", ["sh", "-c", `sleep infinity;${" ".repeat(4 * UNITS)}`]],
  ];
  for (const [wanted, command, more] of rows) t.equal(said(command, more), wanted, command.join(" "));
});

t.test("findings and fixes for realistic command lines", async (t) => {
  const rows: readonly (readonly [string, string, string?])[] = [
    ["some-shells", "npm start", "exec npm start"],
    ["some-shells", "java $JAVA_OPTS -jar /app.jar", "exec java $JAVA_OPTS -jar /app.jar"],
    [
      "some-shells",
      "envsubst < /a > /b && nginx -g 'daemon off;'",
      "envsubst < /a > /b && exec nginx -g 'daemon off;'",
    ],
    [
      "some-shells",
      "until nc -z db 5432; do sleep 1; done\npython manage.py migrate\npython app.py\n",
      "until nc -z db 5432; do sleep 1; done\npython manage.py migrate\nexec python app.py\n",
    ],
    [
      "some-shells",
      "cat > /web.conf <<EOF\nlisten 80\nEOF\nnode server.js",
      "cat > /web.conf <<EOF\nlisten 80\nEOF\nexec node server.js",
    ],
    ["some-shells", 'if [ -n "$DEBUG" ]; then node --inspect server.js; else node server.js; fi'],
    ["may-end", "java -jar /app.jar 2>&1 | tee /var/log/app.log"],
    ["may-end", "nginx && tail -f /var/log/nginx/access.log"],
    ["sure", "while true; do python /job.py; sleep 300; done;"],
    ["sure", "cp -r /plugins /shared; sleep infinity"],
    [
      "sure",
      "echo started; while :; do sleep 3600; done",
      "trap exit TERM; echo started; while :; do sleep 3600; done & wait",
    ],
    ["silent", "envsubst < /a > /b && exec nginx -g 'daemon off;'"],
    ["silent", "trap : TERM INT; sleep infinity & wait"],
    ["some-shells", "trap '' TERM; npm start"],
    ["sure", "case $MODE in debug) sleep infinity;; esac; tail -f /dev/null"],
    ["silent", "exec tini -- node server.js"],
  ];
  for (const [wanted, text, instead] of rows) {
    t.equal(saidOf(text), wanted, text);
    t.equal(readShell(text)?.instead?.[2], instead, text);
  }
  t.equal(readShell("trap '' TERM; npm start")?.ignored, true, "an ignored signal stays ignored over exec");
  t.equal(said(["/bin/bash", "-c", "--"], { args: ["while true; do sleep 30; done;"] }), "sure");
  t.equal(said(["bash", "-ec", "npm ci && npm start"]), "silent");
  t.equal(said(["sh", "-exc", "npm start"]), "some-shells");
});

t.test("in a newer busybox, a signal with a trap interrupts sleep", async (t) => {
  t.equal(saidOf("trap 'exit 0' TERM; sleep 3600"), "silent");
  t.equal(said(["bash", "-c", "trap 'exit 0' TERM; sleep 3600"]), "may-end");
  t.equal(saidOf("trap 'exit 0' INT; sleep infinity"), "sure", "another signal");
  t.equal(saidOf("trap 'echo stop' TERM; sleep infinity"), "may-end");
  t.equal(saidOf("trap 'echo stop' TERM; exec sleep infinity"), "sure");
});

t.test("texts with constructs that the reader does not follow have no finding", async (t) => {
  for (const text of [
    ". /etc/profile; sleep infinity",
    "stop() { exit 0; }; trap stop TERM; sleep infinity & wait",
    "$START; sleep infinity",
    'exec "$@"',
    "eval app; sleep infinity",
    "set -m; sleep infinity",
    "alias sleep=app; sleep infinity",
    "PATH=/opt/bin; sleep infinity",
    "sleep infinity & kill $!",
    "(sleep 60; pkill sleep) & sleep infinity",
    "sleep infinity >1; exec app",
    "sleep infinity >&3; exec app",
    "if ! sleep infinity <$FILE; then exec app; fi",
    "if [ -f /trap ]; then trap 'exit 0' TERM; fi; sleep infinity & wait",
    "[[ -f /a ]] && sleep infinity",
    "trap 'echo stop' TERM; sleep infinity & wait",
    "for i in 1 2",
  ])
    t.equal(saidOf(text), "silent", text);
});

t.test("the stop signal of the container decides which handlers count", async (t) => {
  const usr1 = { stopSignal: "SIGUSR1" };
  t.equal(saidOf("trap 'exit 0' TERM; sleep infinity & wait", usr1), "sure");
  t.equal(saidOf("trap 'exit 0' USR1; sleep infinity & wait", usr1), "silent");
  t.equal(saidOf("trap 'exit 0' 10; sleep infinity & wait", usr1), "silent");
  t.equal(readShell("sleep infinity", usr1)?.signal, "SIGUSR1");
  for (const stopSignal of ["SIGKILL", "SIGINT", "SIGRTMIN+3"])
    t.equal(said(["sleep", "infinity"], { stopSignal }), "silent", stopSignal);
});

t.test("a hook that may stop or unblock the main process suppresses the finding", async (t) => {
  const withHook = (preStop: MainProcess["preStop"]): string => said(["sleep", "infinity"], { preStop });
  const shell = (text: string): string => withHook({ kind: "exec", command: ["sh", "-c", text] });
  t.equal(withHook({ kind: "sleep", seconds: 5 }), "sure");
  t.equal(withHook({ kind: "tcpSocket" }), "sure");
  t.equal(withHook({ kind: "exec", command: ["sleep", "5"] }), "sure");
  t.equal(shell("echo stopping 2>&1 >/dev/null; sleep 5"), "sure");
  t.equal(withHook({ kind: "httpGet", path: "/", port: 80 }), "silent");
  t.equal(withHook({ kind: "exec", command: ["/drain.sh"] }), "silent");
  for (const text of [
    "touch /stop",
    "echo > /stop",
    "echo > 1",
    "kill 1",
    "sleep $(/drain.sh)",
    "pkill sleep; sleep 5",
    "sleep 5 | tee /stop",
    "echo(",
  ])
    t.equal(shell(text), "silent", text);
});

t.test("the kubelet expands $(VAR) in the command and its arguments", async (t) => {
  const env = new Map([
    ["APP", "exec app"],
    ["WAIT", "sleep infinity"],
    ["SECRET", undefined],
  ]);
  t.equal(saidOf("$(APP)", { env }), "silent");
  t.equal(saidOf("$(WAIT)", { env }), "sure");
  t.equal(saidOf("$(SECRET)", { env }), "silent", "a value that is not known");
  t.equal(saidOf("$(FROM_ENV)", { env }), "silent", "a name that envFrom may set");
  t.equal(saidOf("echo $(date); sleep infinity", { env }), "sure", "any other name is left to the shell");
  t.equal(saidOf("echo $$(WAIT); sleep infinity", { env }), "sure", "$$ is a plain $");
  t.equal(said(["sleep", "$(N)"], { env: new Map([["N", "infinity"]]) }), "sure");
  t.equal(readShell("$(WAIT)", { env })?.instead, undefined, "a value is never written");
  const large = new Map([["BIG", "x".repeat(4000)]]);
  t.equal(saidOf(`sleep infinity; ${"$(BIG)".repeat(500)}`, { env: large }), "silent", "and it is bounded");
});

t.test(
  "main processes and hooks of a request share one budget, and results do not depend on their order",
  async (t) => {
    const text = `${"true;".repeat(100)} sleep infinity`;
    const many = (count: number): readonly MainProcess[] =>
      Array.from({ length: count }, (_, index) => mainProcess(["sh", "-c", `${text} ${index}`]));
    const unheard = (all: readonly MainProcess[]): number => {
      const readings = hookReader(PROGRAMS)([], all);
      return all.filter((one) => readings.unheard(one) !== undefined).length;
    };
    t.equal(unheard(many(100)), 100);
    t.equal(unheard(many(10_000)), 0, "too many to read");
    const read = hookReader(PROGRAMS);
    const [one = mainProcess([])] = many(1);
    t.ok(read([], [one]).unheard(one));
    t.notOk(read([], [...many(10_000), one]).unheard(one), "a remembered reading costs what it did");
    t.notOk(read([], []).unheard(one), "a process that was not listed");
    const handler = { kind: "exec", command: ["sh", "-c", "sleep 45; nginx -s quit"] } as const;
    const env = new Map();
    const costly = Array.from({ length: 1000 }, (_, index) => ({
      handler: { kind: "exec", command: ["sh", "-c", `sleep ${index}; ${"true;".repeat(1000)}`] } as const,
      env,
    }));
    t.ok(read([{ handler, env }], [one]).unheard(one));
    t.notOk(read(costly, [one]).unheard(one), "hooks leave it too little");
    t.equal(read([{ handler, env }], many(10_000)).of(handler, env).known, 45, "it leaves a hook enough");
  },
);
