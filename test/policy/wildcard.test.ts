import fc from "fast-check";
import t from "tap";
import { matchesAny, matchesPattern } from "../../src/policy/configuration/patterns.ts";
import { cases } from "../cases.ts";
import { growth, LINEAR } from "../cost.ts";

t.test("a star matches any characters or none, and no other character is special", async (t) => {
  const cases: readonly [pattern: string, text: string, matches: boolean][] = [
    ["web", "web", true],
    ["web", "webs", false],
    ["web", "Web", false],
    ["", "", true],
    ["", "x", false],
    ["*", "", true],
    ["*", "any thing\n", true],
    ["team-*", "team-", true],
    ["team-*", "team-a", true],
    ["team-*", "my-team-a", false],
    ["*-proxy", "istio-proxy", true],
    ["*-proxy", "istio-proxy-2", false],
    ["a*a", "a", false],
    ["a*a", "aa", true],
    ["ab*ba", "aba", false],
    ["a*b*c", "a-b-c", true],
    ["a*b*c", "a-c-b", false],
    ["a*bc*c", "abc", false],
    ["**", "x", true],
    ["a.c", "abc", false],
    ["[ab]", "a", false],
    ["a?", "ab", false],
    ["registry.example.com/*/envoy:*", "registry.example.com/mesh/envoy:1.2", true],
  ];
  for (const [pattern, text, matches] of cases) {
    t.equal(matchesPattern(pattern, text), matches, `${JSON.stringify(pattern)} and ${JSON.stringify(text)}`);
  }
  t.equal(matchesAny([], "x"), false);
  t.equal(matchesAny(["y", "x*"], "xy"), true);
});

t.test("a pattern with * matches the same texts as a regular expression", async () => {
  const texts = fc.string({ unit: fc.constantFrom("a", "b", "*", "."), maxLength: 8 });
  fc.assert(
    fc.property(texts, texts, (pattern, text) => {
      const pieces = pattern.split("*").map((piece) => piece.replaceAll(".", "\\."));
      return matchesPattern(pattern, text) === new RegExp(`^${pieces.join(".*")}$`, "s").test(text);
    }),
    { numRuns: cases(20_000) },
  );
});

t.test("the cost of a pattern with many stars grows linearly with its length", async (t) => {
  const match = (length: number) => () => matchesPattern(`${"*a".repeat(150)}b`, "a".repeat(length));
  t.equal(match(1_000_000)(), false);
  const times = growth(match(100_000), match(1_000_000));
  t.ok(times < LINEAR, `ten times the text costs ${times.toFixed()} times as much`);
});
