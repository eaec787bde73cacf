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
