import { test } from "tap";
import type { HookReading } from "../../src/hook/reading.ts";
import { readingText } from "../../src/hook/reason-text.ts";
import { readArgv, readBash, readOnly, readSh, shown } from "./helper.ts";

/** Commands that fail at once, and the command that the author intended. */
const CANNOT_RUN: readonly (readonly [readonly string[], readonly string[] | undefined])[] = [
  [["sleep 20"], ["sleep", "20"]],
  [["/bin/sleep 20"], ["/bin/sleep", "20"]],
  [["nginx -s quit; sleep 5"], ["/bin/sh", "-c", "nginx -s quit; sleep 5"]],
  [
    ["sh", "sleep 20"],
    ["sh", "-c", "sleep 20"],
  ],
  [
    ["sh", "-c sleep 20"],
    ["sh", "-c", "sleep 20"],
  ],
  [
    ["sh", "-c", "sleep", "20"],
    ["sh", "-c", "sleep 20"],
  ],
  [["sh", "-c"], undefined],
  [["bash", "-ec"], undefined],
  [
    ["sleep", "5", "&&", "nginx", "-s", "quit"],
    ["/bin/sh", "-c", "sleep 5 && nginx -s quit"],
  ],
  [
    ["exec", "sleep", "5"],
    ["/bin/sh", "-c", "exec sleep 5"],
  ],
  [["sleep", "$(DELAY)"], undefined],
  [["sleep", "5 s"], undefined],
  [["sleep", "-5"], undefined],
  [["sleep"], undefined],
  [["sh", "-c", "sleep 20\r\n"], undefined],
  [["sh", "-c", "sleep five"], undefined],
  [["sh", "-c", "if true; then sleep 5"], undefined],
  [[], undefined],
  [[""], undefined],
];

test("commands that always fail take no time, and propose the intended command if it is clear", (t) => {
  for (const [command, instead] of CANNOT_RUN) {
    const reading = readArgv(command);
    t.equal(shown(reading), "0", JSON.stringify(command));
    t.ok(reading.cannotRun !== undefined, `${JSON.stringify(command)} is said to fail`);
    t.same(reading.cannotRun?.instead, instead, JSON.stringify(command));
  }
  for (const kind of ["tcpSocket", "empty"] as const) {
    const reading = readOnly({ kind });
    t.ok(reading.cannotRun !== undefined && reading.seconds.max === 0, kind);
  }
  t.end();
});

const PROGRAMS_READ: Readonly<Record<string, string>> = {
  '["sleep","15"]': "15",
  '["/test/sleep","5"]': "5",
  '["sleep","1.5m"]': "90",
  '["sleep","2m","30"]': "150",
  '["sleep","1e309"]': "0-",
  '["sleep","0x10"]': "0-16",
  '["sleep","9007199254740993"]': "0-",
  '["busybox","sleep","5"]': "5",
  '["busybox","sh","-c","sleep 3"]': "3",
  '["tini","-s","--","sleep","6"]': "6",
  '["dumb-init","sh","-c","sleep 5"]': "5",
  '["nice","-n","5","sleep","4"]': "4",
  '["env","A=1","sleep","4"]': "4",
  '["env","-i","A=1","sleep","4"]': "4",
  '["nohup","sleep","4"]': "4",
  '["setsid","sleep","4"]': "0-4",
  '["timeout","600s","python","x.py"]': "0-600",
  '["timeout","--signal=KILL","5","./x"]': "0-5",
  '["timeout","--kill-after=2","5","./x"]': "0-7",
  '["timeout","5"]': "0",
  '["kill","-s","TERM","1"]': "0",
  '["nginx","-s","quit"]': "0",
  '["apachectl","-k","graceful-stop"]': "0",
  '["pg_ctl","stop","-D","/d","-m","fast","-t","30"]': "0-30",
  '["pg_ctl","stop","-D","/d"]': "0-",
  '["kong","quit","--wait=15"]': "15-25",
  '["/usr/bin/gateway","sleep","--duration=1.5s"]': "1.5",
  '["/usr/bin/gateway","sleep","--duration=soon"]': "0-",
  '["curl","-m","5","-sS","http://x/"]': "0-5",
  '["curl","-sSm5","http://x/"]': "0-5",
  '["curl","-m","5","http://x/","http://y/"]': "0-10",
  '["curl","-m","5","--retry","3","http://x/"]': "0-",
  '["curl","--connect-timeout","5","http://x/"]': "0-",
  '["wget","-T","5","http://x/"]': "0-",
  '["consul","leave"]': "0-",
  '["python3","-c","import time; time.sleep(10)"]': "10",
  '["python3","-c","from time import sleep; sleep(2.5)"]': "2.5",
  '["python3","-c","import os; os.system(\'sleep 5\')"]': "0-",
  '["perl","-e","sleep 7;"]': "7",
  '["ruby","-e","sleep 7"]': "7",
  '["node","-e","setTimeout(() => {}, 5000)"]': "5",
  '["php","-r","sleep(5);"]': "5",
  '["powershell.exe","-c","sleep","90"]': "90",
  '["powershell","-NoProfile","-Command","Start-Sleep -Seconds 20"]': "20",
  '["powershell","Start-Sleep 20"]': "20",
  '["powershell","-Command","Start-Sleep 15; Stop-Service X; Start-Sleep 50"]': "15-",
  '["powershell","-c","Start-Sleep 5\\nStart-Sleep 3"]': "8",
  '["powershell","-c","Start-Sleep 5; Invoke-WebRequest http://x/health; Start-Sleep 5"]': "10-",
  '["pwsh","-c","Write-Host \'going down\'; Start-Sleep 20"]': "20",
  '["powershell","Start-Sleep 5; if (Test-Path x) { Start-Sleep 5 }"]': "5-",
  '["powershell","-c","Start-Sleep 5; if ("]': "0-",
  '["powershell","-c","Start-Sleep 5; exit; Start-Sleep 5"]': "5-",
  '["powershell","-c","Start-Sleep 3; Write-Output \'a;b\'; Start-Sleep 2"]': "5",
  '["pwsh","-c","Start-Sleep -Milliseconds 500; Start-Sleep 2"]': "2.5",
  '["cmd","/c","timeout /t 10 /nobreak"]': "0-10",
  '["cmd.exe","/c","ping","-n","11","127.0.0.1",">nul"]': "0-11",
  '["tail","-f","/dev/null"]': "2147483647-",
  '["bash","-c","--","echo","x"]': "0",
  '["bash","-eo","pipefail","-c","sleep 5"]': "5",
  '["sh","-lc","sleep 5"]': "5",
  '["bash","--login","-c","sleep 5"]': "5",
  '["sh","-c","sleep $0","5"]': "0-",
  '["sh","-c","sleep $1","x","5"]': "5",
  '["sh","/x.sh"]': "0-",
  '["zsh","-c","sleep 5"]': "0-",
  '["/opt/my app/run.sh"]': "0-",
  '["/bin/sh -c /x.sh"]': "0",
  '["C:\\\\Program Files\\\\x.exe"]': "0-",
};

test("times of programs, and of shells that are called in various ways", (t) => {
  for (const [command, takes] of Object.entries(PROGRAMS_READ))
    t.equal(shown(readArgv(JSON.parse(command))), takes, command);
  t.end();
});

test("sleeps in PowerShell text are known up to the first construct that the reader does not follow", (t) => {
  t.equal(readArgv(["powershell", "Start-Sleep 15; Stop-Service X; Start-Sleep 50"]).known, 65);
  t.equal(readArgv(["powershell", "Start-Sleep 5; exit; Start-Sleep 9"]).known, 5);
  t.end();
});

/** A variable in ~/.profile overrides `env` of the container in all three login shells. */
test("a login shell's profile may override env, so such values are unknown", (t) => {
  const env = { N: "3", MODE: "fast" };
  const rows: readonly (readonly [string, ...string[]])[] = [
    ["0-", "sh", "-lc", "sleep $N"],
    ["0-", "bash", "--login", "-c", "sleep $((N+1))"],
    ["0-", "sh", "-l", "-c", "for i in 1 2 3; do sleep $N; done"],
    ["0-", "ash", "-lc", "exec sleep $N"],
    ["0-", "bash", "-lc", "timeout $N sleep 60"],
    ["0-20", "sh", "-l", "-c", "[ $MODE = fast ] || sleep 20"],
    ["1-40", "bash", "-lc", "case $MODE in slow) sleep 40;; *) sleep 1;; esac"],
    ["3", "bash", "-lc", "x=3; sleep $x"],
  ];
  for (const [takes, ...argv] of rows) {
    const reading = readArgv(argv, env);
    t.equal(shown(reading), takes, argv.join(" "));
    t.ok(reading.assumptions.includes("profile-takes-no-time"));
  }
  t.end();
});

test("literal env values are known, and other variables may be set by the image", (t) => {
  t.equal(shown(readSh("sleep $N", { N: "3" })), "3");
  t.equal(shown(readSh("sleep ${N:-10}", { N: "3" })), "3");
  t.equal(shown(readSh("sleep ${N:-10}")), "0-");
  t.equal(shown(readArgv(["sleep", "$(N)"], { N: "3" })), "0", "the kubelet expands nothing in hooks");
  t.equal(shown(readArgv(["bash", "-lc", "sleep 5"], { BASH_ENV: "/x" })), "0-");
  t.equal(shown(readArgv(["sudo", "bash", "-c", "sleep 5"], { BASH_ENV: "/x" })), "0-");
  t.equal(shown(readArgv(["sudo", "sh", "-c", "sleep $N"], { N: "3" })), "0-", "sudo sets up another");
  t.equal(shown(readBash("sleep 5", { BASH_ENV: "/x" })), "0-");
  t.end();
});

test("a plain sleep is distinguished from other commands that only sleep", (t) => {
  const plain = (reading: HookReading): boolean => reading.plainSleep;
  for (const text of ["sleep 5", "sleep 5s", "/bin/sleep 5;", "exec sleep 5"])
    t.ok(plain(readSh(text)), text);
  for (const text of [
    "sleep 5; sleep 1",
    "sleep 5 || true",
    "echo x; sleep 5",
    "sleep $N",
    "sleep x",
    "sleep 5 &",
  ])
    t.notOk(plain(readSh(text)), text);
  t.ok(plain(readArgv(["sleep", "5"])));
  t.notOk(plain(readArgv(["sleep", "5", "x"])));
  t.end();
});

test("reasons quote the words of the text and have their offset", (t) => {
  const text = (script: string) => readingText(readSh(script));
  t.match(text("sleep 15 && nginx -s quit").parts, [
    { text: "sleep 15", offset: 0, seconds: { min: 15, max: 15 }, because: "takes 15 s" },
    { text: "nginx -s quit", offset: 12, seconds: { min: 0, max: 0 }, because: "returns at once" },
  ]);
  t.match(text("sleep 5; ./drain.sh now").why.max, "./drain.sh now");
  t.match(text("kill 1; sleep 5").why.min, "kill 1");
  t.match(text("for i in {1..3}; do sleep 1; done").why.max, "brace expansion");
  t.match(text("sleep 5 )").cannotRun?.because, "character");
  t.same(readSh("timeout 5 ./x > /tmp/o").assumptions.toSorted(), [
    "main-process-runs-on",
    "output-can-be-opened",
    "programs-as-documented",
    "timeout-ends-program",
  ]);
  t.end();
});

test("the earliest time at which the hook itself may stop the app", (t) => {
  const rows: readonly (readonly [HookReading, number | undefined])[] = [
    [readSh("sleep 5; nginx -s quit; sleep 20"), 5],
    [readSh("nginx -s quit; sleep 20"), 0],
    [readSh("sleep 5 && kill -TERM 1"), 5],
    [readSh("if test -f /x; then sleep 3; nginx -s quit; fi; sleep 20"), 3],
    [readSh("sleep 5; echo done"), undefined],
    [readArgv(["nginx", "-s", "quit"]), 0],
    [readArgv(["sleep", "5"]), undefined],
    [readArgv(["sleep 5"]), undefined],
    [readArgv(["powershell", "Start-Sleep 15; Stop-Service X; Start-Sleep 50"]), 15],
    [readSh("sleep 5; nats-server -sl=quit; sleep 2"), 5],
    [readSh("sleep 5; curl -m 1 -o/tmp/stop.log http://stopper/health"), undefined],
    [readSh("sleep 5; nsenter -t 1 -p kill 1"), undefined],
    [readSh("sleep 5; nsenter -t 1 -m kill 1"), 5],
  ];
  for (const [reading, after] of rows) t.equal(reading.stopsAppAfter, after, reading.label);
  t.end();
});
