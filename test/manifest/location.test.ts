import t from "tap";
import { itemsOf } from "../../src/manifest/objects.ts";
import { readDocuments } from "../../src/manifest/read.ts";
import "../patience.ts";

/**
 * `LINE:COLUMN-LINE:COLUMN TEXT` of a field in each object. If the field is absent, the range of its parent, marked
 * `parent`.
 */
function placesOf(text: string, path: string): readonly string[] {
  return [...readDocuments(text)].flatMap(itemsOf).map((object) => {
    const { line, column, endLine, endColumn, start, end, exact } = object.locate(path);
    const shared = object.find(path).shared ? " shared" : "";
    return `${line}:${column}-${endLine}:${endColumn} ${text.slice(start, end)}${exact ? "" : " parent"}${shared}`;
  });
}

const YAML = `a: 1
b:
  c: |
    x
    y

# z
d: &q
- e: {f: 2}
- g
h: *q
m:
  <<: {i: 3, j: 5}
  j: 4
o:
  j: 1
  <<: [{j: 2}, {j: 3}]
`;

t.test("the range of a field goes from its key to the end of its value", (t) => {
  const rows: Record<string, string> = {
    a: "1:1-1:5 a: 1",
    b: "2:1-5:6 b:\n  c: |\n    x\n    y",
    "b.c": "3:3-5:6 c: |\n    x\n    y",
    "d[0]": "9:3-9:12 e: {f: 2}",
    "d[0].e.f": "9:7-9:11 f: 2",
    "d[1]": "10:3-10:4 g",
    h: "11:1-11:6 h: *q",
    "h[0].e": "9:3-9:12 e: {f: 2} shared",
    "m.i": "13:8-13:12 i: 3 shared",
    "m.j": "14:3-14:7 j: 4",
    "o.j": "17:9-17:13 j: 2 shared",
    "b.nope.x": "2:1-2:2 b parent",
    "d[0].nope": "9:3-9:12 e: {f: 2} parent",
    "d[7]": "8:1-8:2 d parent",
    nope: "1:1-1:5 a: 1 parent",
  };
  for (const [path, place] of Object.entries(rows)) t.same(placesOf(YAML, path), [place], path);
  t.end();
});

t.test(
  "fields are located under keys with any characters, and under keys that YAML 1.1 does not read as strings",
  (t) => {
    const text = 'on: 1\n"metadata":\n  annotations:\n    "gracekeeper.dev/x": y\n    a"b: z\n';
    t.same(placesOf(text, "true"), ["1:1-1:6 on: 1"]);
    t.same(placesOf(text, 'metadata.annotations["gracekeeper.dev/x"]'), ['4:5-4:27 "gracekeeper.dev/x": y']);
    t.same(placesOf(text, 'metadata.annotations["a\\"b"]'), ['5:5-5:11 a"b: z']);
    t.end();
  },
);

t.test(
  "fields are located in several documents, lists, CRLF text, JSON with tabs, and after a byte order mark",
  (t) => {
    const list = "\uFEFFx: 1\r\n---\r\nkind: List\r\nitems:\r\n- a: >-\r\n    1\r\n- a: 2\r\n---\r\n";
    t.same(placesOf(list, "x"), ["1:1-1:5 x: 1", "5:3-5:8 a: >- parent", "7:3-7:7 a: 2 parent"]);
    t.same(placesOf(list, "a").slice(1), ["5:3-6:6 a: >-\r\n    1", "7:3-7:7 a: 2"]);
    t.same(placesOf('{\n\t"a": {"b": [1,\n\t2]}\n}\n', "a.b[1]"), ["3:2-3:3 2"]);
    t.same(placesOf('[{"a": 1}, {"a": 2}]', "a"), ['1:3-1:9 "a": 1', '1:13-1:19 "a": 2']);
    t.same(placesOf("a: 1\n--- # two\r\n\uFEFFa: 2\n---\n\uFEFFa: 3\n", "a"), [
      "1:1-1:5 a: 1",
      "3:2-3:6 a: 2",
      "5:2-5:6 a: 3",
    ]);
    t.end();
  },
);

t.test("a comment before a bracket ends at its line feed, and many # in it take no extra time", (t) => {
  const comment = `# ${"#,".repeat(40)}\u2028]`;
  t.same(placesOf(`a: [b ${comment}\n ]\n`, "a"), [`1:1-2:3 a: [b ${comment}\n ]`]);
  t.end();
});
