import t from "tap";
import { readDocuments } from "../../src/manifest/read.ts";
import { Unreadable } from "../../src/manifest/unreadable.ts";
import "../patience.ts";
import { valuesOf } from "./values.ts";

/** Texts and the values that kubectl reads: the results of YAMLOrJSONDecoder in k8s.io/apimachinery 0.37.2. */
const READ: readonly (readonly [text: string, ...values: unknown[]])[] = [
  // Lines inside brackets and quotes need no indentation.
  ["a:\n  b: {c: 1,\nd: 2}\ne: 3\n", { a: { b: { c: 1, d: 2 } }, e: 3 }],
  ["a:\n  b: [\n    1\n]\nc: 1\n", { a: { b: [1] }, c: 1 }],
  ["a:\n  - {x: 1,\n  z: w}\n  - {\n}\n", { a: [{ x: 1, z: "w" }, {}] }],
  [
    "a:\n  b: [{c: 1,\nd: 2}, {e: 3, # f\n# g\nf: x\ny}]\n  g: 5\n",
    {
      a: {
        b: [
          { c: 1, d: 2 },
          { e: 3, f: "x y" },
        ],
        g: 5,
      },
    },
  ],
  ["a: {\n\tb: 1\n}\n", { a: { b: 1 } }],
  ['a:\n  b: "x\ny"\n  c: z\n   w\n', { a: { b: "x y", c: "z w" } }],
  ["a:\n  - 'x\n\ny'\n  - z\n", { a: ["x\ny", "z"] }],
  ['a:\n  b: "x \\\n\ty"\n"c": d\n', { a: { b: "x y" }, c: "d" }],
  // A comment may follow a quote or a bracket without a space.
  ["a: 'x'# c\nb: [w]# c\nc: z# c\n", { a: "x", b: ["w"], c: "z# c" }],
  // Several JSON values in sequence.
  ['{"a":1}{"b":2}\n[{"c":3}]', { a: 1 }, { b: 2 }, [{ c: 3 }]],
  ['\n {"a":"}\\""}\n\t{"b":2}\n', { a: '}"' }, { b: 2 }],
  ['{"a":1}null{"b":2} null\n{"c":3}', { a: 1 }, { b: 2 }, { c: 3 }],
  ['{"a":1}true{"b":2}"x{"1{"c":3}', { a: 1 }, true, { b: 2 }, "x{", 1, { c: 3 }],
  ['{"a":1}\n---\n{"b":2}\n--- # c\nc: 3\n', { a: 1 }, { b: 2 }, { c: 3 }],
  ['{"a":1} b: 2\nc: 3', { a: 1 }, { b: 2, c: 3 }],
  ['{"a":1}\n{b: 2}\n', { a: 1 }, { b: 2 }],
  ["{a: 1}\n---\n{b: 2}\n", { a: 1 }, { b: 2 }],
  // Document markers.
  ["a: 1\n---#c\nb: 2\n---\t# c\nc: 3\n---\n---", { a: 1 }, { b: 2 }, { c: 3 }],
  ["a: |\n  x\n  ---\n---\nb: 1\n", { a: "x\n---\n" }, { b: 1 }],
  ["---\r\na: 1\r\n---\r\n\uFEFFb: 2\r\n", { a: 1 }, { b: 2 }],
  // Question marks and colons that kubectl reads like other YAML parsers.
  ['a: http://x?y\n? b\n: :c\nd: ["e":1]\n', { a: "http://x?y", b: ":c", d: [{ e: 1 }] }],
  ["a: {b: , c: '?d', 'e':[f], g: http://h:1}\n", { a: { b: null, c: "?d", e: ["f"], g: "http://h:1" } }],
  ['a: "b\\\n  c\\\\\n\n  d"\n', { a: "bc\\\nd" }],
  // Numbers.
  ...(
    [
      ["30.0", 30],
      ["3e1", 30],
      [".3e2", 30],
      ["1_0e1", 100],
      ["1e400", "1e400"],
      [".5_", ".5_"],
      [".5_0", 0.5],
      ["5_.5", 5.5],
      ["._5", "._5"],
      ["0o17", 15],
      ["017", 15],
      ["019", 19],
      ["0777", 511],
      ["1_000", 1000],
      ["-_1", -1],
      ["_1", "_1"],
      ["0x1F", 31],
      ["+0x1f", 31],
      ["0x", "0x"],
      ["0b11", 3],
      ["0b12", "0b12"],
      ["1:30", "1:30"],
      ["1:30.5", "1:30.5"],
      ["1p4", "1p4"],
      ["99999999999999999999", 1e20],
      ["0x1ffffffffffffffff", "0x1ffffffffffffffff"],
      ["!!float 1", 1],
      ["!!float '0x10'", 16],
      ["!!float .5", 0.5],
      ["!!int '010'", 8],
      ["!!str 010", "010"],
      ["!!bool 'yes'", true],
      ["!!null ~", null],
      ["!seconds 30", "30"],
      ["! 30", "30"],
    ] as const
  ).map(([yaml, value]) => [`a: ${yaml}\nb: [${yaml}]\n`, { a: value, b: [value] }] as const),
];

t.test("texts that kubectl accepts give the values that kubectl reads", (t) => {
  for (const [text, ...values] of READ) t.same(valuesOf(text), values, JSON.stringify(text));
  t.end();
});

/** Texts that kubectl refuses, or reads differently than other YAML parsers. */
const REFUSED: readonly (readonly [text: string, place: string, problem: RegExp])[] = [
  ["--- {a: 1}\n", "1:5", /allows only a comment on the line/],
  ["a: 1\n--- b: 2\n", "2:5", /allows only a comment on the line/],
  ["a: x\n----\nb: 1\n", "2:4", /allows only a comment on the line/],
  ["a: 1\n...\nb: 2\n", "3:1", /nothing between \.\.\. and the next ---/],
  ["...\na: 1\n", "1:1", /a line that begins with % or \.\.\./],
  ["# c\n\n%YAML 1.2\n---\na: 010\n", "3:1", /a line that begins with % or \.\.\./],
  ["a: 1\n---\n%TAG ! tag:x,2000:\n---\nb: !c 1\n", "3:1", /a line that begins with % or \.\.\./],
  ['{"a":1}{"b":2}\n---\nc: 3\n', "2:1", /reads only JSON/],
  ["a: .inf\n", "1:4", /infinite number/],
  ["a: [.nan]\n", "1:5", /infinite number/],
  ["a: !!int 1.0\n", "1:4", /!!int cannot be float/],
  ["a: !!float x\n", "1:4", /!!float cannot be str/],
  ["a: !!int\nb: 1\n", "1:4", /!!int cannot be null/],
  ["~: 1\n", "1:1", /a key must be/],
  ["a: [x]: y\n", "1:7", /a key must be/],
  ["? [a]\n: b\n", "1:3", /a key must be/],
  ["a: [x\n", "1:4", /^this \[ is not closed$/],
  ["a: &x [*x]\n", "1:8", /anchor x contains itself/],
  ["a: &x\n  b: {<<: *x}\n", "2:11", /anchor x contains itself/],
  // For kubectl the name of an anchor ends earlier. kubectl reads the first two values as ":;sleep 600s" and "?;sleep
  // 600s".
  ["a:\n- &x:;sleep 600s\n", "2:13", /name of an anchor/],
  ["a: &x?;sleep 600s\n", "1:14", /name of an anchor/],
  ["a: &x.y 1\n", "1:9", /name of an anchor/],
  ["a: &x 1\nb: [*x:y]\n", "2:5", /must not begin with \*/],
  // Between brackets, kubectl takes ? for the start of a key even without a space. A colon ends a key only before a
  // space.
  ["a: {?preStop: b}\n", "1:5", /between brackets/],
  ["a: [?'b': c]\n", "1:5", /between brackets/],
  ["a: {b: x?y}\n", "1:8", /between brackets/],
  ["a: {!!str :b}\n", "1:11", /between brackets/],
  ["a: {b:}\n", "1:5", /colon as a part/],
  ["a: [sleep 5; echo b:, c]\n", "1:5", /colon as a part/],
  ["a: {b\n :, c: 1}\n", "1:5", /colon as a part/],
  ["a: {b:{c: 1}}\n", "1:5", /colon as a part/],
  // kubectl keeps a line break in this quoted string. The first line is "sleep 5 #", and the second line runs as a
  // command.
  ['a: "sleep 5 #\\\n\n  sleep 600"\n', "1:4", /keeps an empty line/],
  ['a: "b\\\\\\\r\n \t\r\n  c"\n', "1:4", /keeps an empty line/],
  ["a: {!!str <<: {b: 1}}\n", "1:11", /does not merge a << key/],
  ['a: "\u0007"\n', "1:5", /refuses control characters/],
  ["a: 1\n\u007fb: 2\n", "2:1", /refuses control characters/],
  // kubectl reads the key of the second line as `kind`.
  ["\uFEFF\uFEFF\uFEFF\nxkind: Pod\n", "1:2", /can drop characters/],
  ["a: 1 # \uFEFF\nb: 2\n", "1:8", /can drop characters/],
  ['a: 1\n---\n\uFEFFb: "\uFEFF"\n', "3:6", /can drop characters/],
];

t.test("texts that kubectl would refuse or misread are refused, with the place", (t) => {
  for (const [text, place, problem] of REFUSED) {
    const [refused] = valuesOf(text).filter((value) => value instanceof Unreadable);
    t.equal(`${refused?.line}:${refused?.column}`, place, JSON.stringify(text));
    t.match(refused?.problem, problem);
  }
  t.end();
});

t.test("an unclosed string is read in linear time", (t) => {
  const [refused] = valuesOf(`{"a":"${'\\"'.repeat(500_000)}`);
  t.type(refused, Unreadable);
  t.end();
});

t.test("fields are located after lines without indentation, and in each of several JSON values", (t) => {
  const places = (text: string, path: string): readonly string[] =>
    [...readDocuments(text)].map((document) => {
      const { line, column, endLine, endColumn } = document.locate(path);
      return `${line}:${column}-${endLine}:${endColumn}`;
    });
  t.same(places("a:\n  b: {c: 1,\nd: 'x\ny'}\ne: 3\n", "a.b.d"), ["3:1-4:3"]);
  t.same(places('{"a":1}\n{"b": 2,\n "a": [3]}', "a"), ["1:2-1:7", "3:2-3:10"]);
  t.same(places('{"b":1}\n---\na: 1\n--- # c\n{c: 1,\na: [1]}\n', "a").slice(1), ["3:1-3:5", "6:1-6:7"]);
  t.end();
});
