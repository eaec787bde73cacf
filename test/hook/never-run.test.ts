import t from "tap";
import { PROGRAMS } from "../../src/hook/programs/table.ts";
import { hookReader } from "../../src/hook/reader.ts";
import { oneLine } from "../../src/hook/reason.ts";

/**
 * Tests shell calls of which a part never runs, and the command that gracekeeper proposes instead. The calls were tried
 * in bash 5.2, dash 0.5.12 and busybox 1.35.
 */
const read = hookReader(PROGRAMS);
const NO_ENV = new Map<string, string>();

function readingOf(command: readonly string[]) {
  const handler = { kind: "exec", command } as const;
  return read([{ handler, env: NO_ENV }]).of(handler, NO_ENV);
}

t.test("the proposed command for each call", async (t) => {
  const rows: (readonly [
    command: readonly string[],
    code: string,
    instead: readonly string[] | undefined,
  ])[] = [
    [["sh", "-c", "# sleep 5 nginx -s quit"], "only-comments", undefined],
    [["sh", "-c", "exec", "sleep 5"], "exec-without-command", ["sh", "-c", "exec sleep 5"]],
    [["sh", "-c", " exec; ", "sleep", "5"], "exec-without-command", ["sh", "-c", "exec sleep 5"]],
    [["sh", "-c", "sleep 5", "&&", "/a"], "words-behind-text", ["sh", "-c", "sleep 5 && /a"]],
    [["bash", "-ec", "sleep 5", ";", "/a", "-b"], "words-behind-text", ["bash", "-ec", "sleep 5 ; /a -b"]],
    [["sh", "-c", "sleep 5", "nginx -s quit"], "words-behind-text", ["sh", "-c", "sleep 5; nginx -s quit"]],
    [["sh", "-c", "/drain.sh", "30"], "words-behind-text", ["sh", "-c", "/drain.sh 30"]],
    [["sh", "-c", "nginx", "-s", "quit"], "words-behind-text", ["sh", "-c", "nginx -s quit"]],
    [["sh", "-c", "brokerctl", "leave"], "words-behind-text", ["sh", "-c", "brokerctl leave"]],
    [["sh", "-c", "/opt/stop.sh", "now"], "words-behind-text", ["sh", "-c", "/opt/stop.sh now"]],
    [["sh", "-c", "sleep 5", "--all", "x"], "words-behind-text", undefined],
  ];
  for (const [command, code, instead] of rows) {
    const { neverRun, cannotRun } = readingOf(command);
    t.same([neverRun?.code, neverRun?.instead, cannotRun], [code, instead, undefined], `${command}`);
    if (instead !== undefined)
      t.same(neverRun?.insteadSeconds, readingOf(instead).seconds, `how long ${instead} takes`);
  }
  for (const name of ["sh", "/bin/bash", "--", "_"])
    t.equal(readingOf(["sh", "-c", "brokerctl", name]).neverRun, undefined, `a name by custom: ${name}`);
  t.equal(readingOf(["sh", "-c", "sleep 5", "leave"]).neverRun, undefined, "it may be a name");
  t.equal(readingOf(["sh", "-c", "sleep", "5"]).neverRun, undefined, "it fails, and that is said");
  t.equal(readingOf(["sh", "-c", "sleep", "5"]).cannotRun?.code, "words-behind-text");
});

t.test("an argument list that is written as one quoted string", async (t) => {
  const rows: (readonly [word: string, instead: readonly string[] | undefined])[] = [
    ["[sleep, 20]", ["sleep", "20"]],
    ["[sleep,20]", ["sleep", "20"]],
    ['["sleep","20"]', ["sleep", "20"]],
    ["[ 'sleep' , \"20\" ]", ["sleep", "20"]],
    ['["sh", "-c", "sleep 5, 6; [ -e /x ]"]', ["sh", "-c", "sleep 5, 6; [ -e /x ]"]],
    ["[sleep 20]", undefined],
    ["[sleep,, 20]", undefined],
    ['["a\\"b", c]', undefined],
    ['["", x]', undefined],
  ];
  for (const [word, instead] of rows) {
    const { cannotRun, seconds } = readingOf([word]);
    t.same([cannotRun?.code, cannotRun?.instead, seconds.max], ["list-in-quotes", instead, 0], word);
  }
  t.not(readingOf(["[x]"]).cannotRun?.code, "list-in-quotes", "a program may have that name");
});

t.test("a script is quoted on one line", async (t) => {
  const rows: (readonly [text: string, line: string])[] = [
    ["a\nb", "a; b"],
    ["a;\nb &\nc |\nd &&\ne", "a; b & c | d && e"],
    ["if a\nthen\n  b\nelse\n c\nfi\n", "if a; then b; else c; fi"],
    ["for i in 1 2\ndo\n\ta \\\n    --b\ndone", "for i in 1 2; do a --b; done"],
    ["f() {\n  a\n}", "f() { a; }"],
    ["# first\na # second\n\n# third\nb # last", "a; b # last"],
    ["echo 'a # b'\nc", "echo 'a # b'; c"],
    ["# a\n\n# b", "# a; # b"],
    ["\n\n", ""],
    ["a\r\nb", "a\\r; b"],
  ];
  for (const [text, line] of rows) t.equal(oneLine(text), line, JSON.stringify(text));
});
