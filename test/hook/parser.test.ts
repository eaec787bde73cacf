/**
 * Tests known faults of the shell parser, and must be run when the parser's version changes. The cases are scripts that
 * the parser reads wrongly, and scripts whose measured times differ in bash, dash and ash.
 */
import { test } from "tap";
import type { ParsedScript } from "../../src/hook/shell/ast.ts";
import { doubtAbout } from "../../src/hook/shell/doubt.ts";
import { readScript, StrictWalk } from "../../src/hook/shell/parse.ts";
import { readBash, readSh } from "./helper.ts";

const WRONG_TREES: Readonly<Record<string, readonly string[]>> = {
  W1: ["sleep ( 5", "f(sleep 5", "a ("],
  W2: ["! && x", "! &"],
  W3: ["$" + "{ sleep 5", "$" + "{ sleep 5; }", "$" + "{|sleep 5;}"],
  W4: ["for (i=0;i<3;i++)); do sleep 5; done"],
  W5: ['cat <<"x y\nsleep 5', "cat <<E\nsleep 5\n"],
  W6: ["sleep 5 >2>&1"],
  W7: ["sleep $" + "{a b}", "sleep $" + "{}", "sleep $" + "{<(X"],
  W8: ["sleep pre<(x)", "sleep <(x)post"],
  W9: ["sleep $((1+))", "sleep $((1 2))"],
  W10: ["sleep $[1+2"],
  W12: ["sleep !(a|b)"],
  W13: ["for 1 in a; do sleep 5; done"],
  W14: ["sleep $" + "{X:-10<(}"],
};

test("no text that the parser reads wrongly gets a time", (t) => {
  for (const [name, texts] of Object.entries(WRONG_TREES)) {
    for (const text of texts) {
      t.not(readScript(text).kind, "script", `${name}: ${text}`);
      t.equal(readBash(text).seconds.min, 0, `${name}: ${text} claims no time`);
    }
  }
  t.end();
});

/** Each text with its seconds in the fastest and in the slowest of the three shells. */
const DIALECTS: readonly (readonly [string, number, number])[] = [
  ["sleep 1 &> f", 0, 1],
  ["sleep 1 &>> f", 0, 1],
  ["sleep 11>f", 0, 11],
  ["((sleep 1))", 0, 1],
  ["for i in {1..3}; do sleep 1; done", 1, 3],
  ["sleep $'1'", 0, 1],
  ["sleep $[1]", 0, 1],
  ["sleep 1\ncat <<< x\nsleep 1", 1, 2],
  ["case a in a) sleep 1;& b) sleep 1;; esac", 0, 2],
  ["sleep $" + "{x/a/b}1", 0, 1],
  ["sleep 1 >&/dev/null", 0, 1],
  ["let x=1; sleep $x", 0, 1],
  ["function f { sleep 1; }; f", 0, 1],
  ["f() sleep 1; f", 0, 1],
  ["[[ -f x ]] && sleep 1", 0, 1],
  ["a |& sleep 1", 0, 1],
  ["a=(1); sleep 1", 0, 1],
  ["! ! sleep 1", 0, 1],
  ["coproc sleep 1; wait", 0, 1],
  ["exec {fd}>f; sleep 1", 0, 1],
  ["set -o pipefail; sleep 1", 0, 1],
  ["x=1; sleep $((x++))", 0, 1],
  ["a-b() { sleep 1; }; a-b", 0, 1],
  ["read -t 1 x", 0, 1],
];

test("the bounds for sh include the fastest and the slowest shell", (t) => {
  for (const [text, least, most] of DIALECTS) {
    const { min, max } = readSh(text).seconds;
    t.ok(min <= least && max >= most, `${text}: [${min}, ${max}] holds ${least} and ${most}`);
  }
  t.end();
});

test("texts that no shell accepts are distinguished from texts that a shell accepts", (t) => {
  for (const text of [
    "fi",
    "sleep 5 )",
    "if true; then sleep 5",
    "sleep 'x",
    "a &&",
    "{ sleep 5",
    ";;",
    "for",
    "sleep 5 | | x",
  ]) {
    t.equal(readScript(text).kind, "invalid", text);
  }
  for (const text of [
    "sleep 5",
    "f() { x; }",
    "case a in a) ;; esac",
    "x=1 y=2 z",
    "a | b && c || d &",
    "cat <<E\nx\nE",
    "echo 'a\nb'",
  ]) {
    t.equal(readScript(text).kind, "script", text);
  }
  t.end();
});

test("an internal error of the parser is thrown, and not reported as 'nested too deeply'", (t) => {
  const text = { length: 7, includes: () => false, match: () => null } as unknown as string;
  t.throws(() => readScript(text), TypeError);
  t.end();
});

test("a syntax node of an unknown type is never trusted", (t) => {
  for (const type of ["Conditional", "toString", "constructor"]) {
    const node = { type, pos: 0, end: 7 } as unknown as ParsedScript;
    t.ok(doubtAbout(node, "sleep 5"), `${type}: doubt`);
    t.equal(new StrictWalk("sleep 5").read(node).kind, "unreadable", type);
  }
  t.end();
});
