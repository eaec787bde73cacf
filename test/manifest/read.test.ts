import t from "tap";
import "../patience.ts";
import { readDocuments } from "../../src/manifest/read.ts";
import { valuesOf } from "./values.ts";

t.test("a manifest is read as kubectl reads it", (t) => {
  const value = (yaml: string) => valuesOf(`a: ${yaml}`)[0];
  t.same(value("010"), { a: 8 }, "a leading zero is octal");
  t.same(value("on"), { a: true });
  t.same(value("1:30"), { a: "1:30" }, "not sexagesimal");
  t.same(value("2026-11-02"), { a: "2026-11-02" }, "not a date");
  t.same(
    value("[., -., e2, +.e1, .5, 5., 1e3]"),
    { a: [".", "-.", "e2", "+.e1", 0.5, 5, 1000] },
    "a number has a digit",
  );
  t.same(
    value("[0o17, -0O17, 0X1f, +0B1, 0x_1f, 0_, -0x1_0, 0o8, 0xg, 0x_1_]"),
    { a: [15, -15, 31, 1, 31, 0, -16, "0o8", "0xg", 1] },
    "prefixes of Go",
  );
  t.same(value("!!binary c2xlZXAgOTA="), { a: "sleep 90" });
  t.match(value("!!binary c2x!"), { problem: "!!binary must be base64" });
  t.same(valuesOf("a: &a [., e2]")[0], { a: [".", "e2"] }, "also where yaml reads");
  t.same(valuesOf("x: &a {b: 1}\nz: {<<: *a, c: 2}")[0], { x: { b: 1 }, z: { b: 1, c: 2 } });
  const base = "x: &x {b: 1, c: 1}\ny: &y {b: 2}\nz: ";
  for (const [mapping, merged] of [
    ["{b: 3, <<: *x}", { b: 1, c: 1 }],
    ["{<<: *x, b: 3}", { b: 3, c: 1 }],
    ["{<<: *x, <<: *y}", { b: 2, c: 1 }],
    ["{<<: [*x, *y]}", { b: 1, c: 1 }],
    ["{<<: [*y, *x], c: 3}", { b: 2, c: 3 }],
  ] as const)
    t.match(valuesOf(`${base}${mapping}`)[0], { z: merged }, `${mapping} as kubectl 1.32.4 reads it`);
  t.same(valuesOf('{"a":010}')[0], { a: 8 }, "braces that are no JSON are YAML");
  t.same(valuesOf('\t{"a":\n\t\t1}\n'), [{ a: 1 }], "JSON may be indented with tabs");
  const own = valuesOf("__proto__: {a: 1}")[0] as object;
  t.ok(Object.hasOwn(own, "__proto__"));
  t.end();
});

t.test(
  "a line break that only kubectl knows makes a document unreadable, because it could hide a hook in a comment",
  (t) => {
    for (const mark of ["\r", "\u0085", "\u2028", "\u2029"]) {
      const hidden = { problem: /^kubectl reads this character as a line break/, line: 1 };
      t.match(
        valuesOf(`a: 1 # x${mark}b: 2\n`),
        [{ ...hidden, column: 9 }],
        `U+${mark.charCodeAt(0).toString(16)}`,
      );
      t.match(valuesOf(`a: "x" ${mark}b: 2\n---\nc: 3\n`), [{ ...hidden, column: 8 }, { c: 3 }]);
      t.match(valuesOf(`{a: "x", b${mark}: y}\n`), [{ ...hidden, column: 11 }]);
    }
    for (const mark of ["\r", "\u0085"])
      t.match(valuesOf(`a: "sleep${mark}90"\n`), [{ column: 10 }], "kubectl folds it to a space");
    for (const mark of ["\u2028", "\u2029"])
      t.same(valuesOf(`"${mark}k": "x${mark}y"\nz: ['${mark}']\n`), [
        { [`${mark}k`]: `x${mark}y`, z: [mark] },
      ]);
    t.same(valuesOf('{"a": "x\u2028\u0085y"}'), [{ a: "x\u2028\u0085y" }], "JSON has none of them");
    t.same(valuesOf("a: 1\r\nb: 2\r"), [{ a: 1, b: 2 }], "CRLF, and an end");
    t.end();
  },
);

/** With quadratic cost, a text with this many lines would exceed the time limit of a test. */
const MANY = 100_000;

t.test("a long text is read in linear time", (t) => {
  const aliases = `a: &a 1\nb:\n${"  - *a\n".repeat(MANY)}c: *d\n`;
  t.match(valuesOf(aliases)[0], { line: MANY + 3, column: "c: *".length });
  const keys = Array.from({ length: MANY }, (_, index) => `k${index}: 1\n`).join("");
  t.equal(Object.keys(valuesOf(keys)[0] as object).length, MANY);
  const [repeated] = [...readDocuments(`${keys}k7: 2\n`)];
  t.match(repeated, { value: { k7: 2 }, repeated: [{ line: MANY + 1, column: 1, name: "k7" }] });
  t.end();
});

t.test("of equal keys the last is used and reported, and merge keys are not reported", (t) => {
  for (const [yaml, column, name, value] of [
    ["{b: 1, c: 2, b: 3}", 17, "b", { b: 3, c: 2 }],
    ["{b: 1, b: {c: 2}, b: }", 22, "b", { b: null }],
    ["[{1: x}, {1: x, 0x1: z}]", 20, "1", [{ 1: "x" }, { 1: "z" }]],
    ['{"b": 1, b: 3}', 13, "b", { b: 3 }],
    ["{&x b: {c: 1}, d: {e: {f: 1, f: 2}}}", 33, "f", { b: { c: 1 }, d: { e: { f: 2 } } }],
  ] as const) {
    const [document] = readDocuments(`a: ${yaml}`);
    t.same(document?.repeated, [{ line: 1, column, name }], yaml);
    t.same(document?.value, { a: value }, yaml);
  }
  t.same([...readDocuments("a: &x {b: 1}\nc: {<<: *x, <<: *x}")][0]?.repeated, []);
  t.same(valuesOf("x: &a {b: 1}\nw: &c {d: 2}\nz:\n  <<: *a\n  <<: *c")[0], {
    x: { b: 1 },
    w: { d: 2 },
    z: { b: 1, d: 2 },
  });
  t.end();
});
