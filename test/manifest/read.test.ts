import t from "tap";
import "../patience.ts";
import { valuesOf } from "./values.ts";

t.test("a manifest is read as kubectl reads it", (t) => {
  const value = (yaml: string) => valuesOf(`a: ${yaml}`)[0];
  t.same(value("010"), { a: 8 }, "a leading zero is octal");
  t.same(value("on"), { a: true });
  t.same(value("1:30"), { a: "1:30" }, "not sexagesimal");
  t.same(value("2026-11-02"), { a: "2026-11-02" }, "not a date");
  t.same(valuesOf("x: &a {b: 1}\nz: {<<: *a, c: 2}")[0], { x: { b: 1 }, z: { b: 1, c: 2 } });
  t.same(valuesOf('{"a":010}')[0], { a: 8 }, "braces that are no JSON are YAML");
  t.same(valuesOf('\t{"a":\n\t\t1}\n'), [{ a: 1 }], "JSON may be indented with tabs");
  const own = valuesOf("__proto__: {a: 1}")[0] as object;
  t.ok(Object.hasOwn(own, "__proto__"));
  t.end();
});

/** What grows with the square of them takes longer than a test may. */
const MANY = 100_000;

t.test("a long text takes time as it is long, not as its square", (t) => {
  const aliases = `a: &a 1\nb:\n${"  - *a\n".repeat(MANY)}c: *d\n`;
  t.match(valuesOf(aliases)[0], { line: MANY + 3, column: "c: *".length });
  const keys = Array.from({ length: MANY }, (_, index) => `k${index}: 1\n`).join("");
  t.equal(Object.keys(valuesOf(keys)[0] as object).length, MANY);
  t.match(valuesOf(`${keys}k7: 2\n`)[0], { line: MANY + 1, problem: "Map keys must be unique" });
  t.end();
});

t.test("a key that stands twice is told wherever it is, a merge key not", (t) => {
  for (const [yaml, column] of [
    ["{b: 1, c: 2, b: 3}", 17],
    ["[{1: x}, {1: x, 0x1: y}]", 20],
    ['{"b": 1, b: 3}', 13],
    ["{&x b: {c: 1}, d: {e: {f: 1, f: 2}}}", 33],
  ] as const)
    t.match(valuesOf(`a: ${yaml}`)[0], { line: 1, column, problem: "Map keys must be unique" }, yaml);
  t.same(valuesOf("x: &a {b: 1}\nw: &c {d: 2}\nz:\n  <<: *a\n  <<: *c")[0], {
    x: { b: 1 },
    w: { d: 2 },
    z: { b: 1, d: 2 },
  });
  t.end();
});
