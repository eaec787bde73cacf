import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import t from "tap";
import { asObject } from "../../src/json.ts";
import { findNodes } from "../../src/manifest/find.ts";
import { linesOf } from "../../src/manifest/lines.ts";
import { type Location, locationOf, rangeOfNodes } from "../../src/manifest/location.ts";
import { parseYaml, readValue } from "../../src/manifest/parse.ts";
import type { Step } from "../../src/manifest/path.ts";
import { readPlain } from "../../src/manifest/plain.ts";
import { pieces } from "../../src/manifest/split.ts";
import { situation } from "../arbitraries/situations.ts";
import { cases } from "../cases.ts";
import { manifestOf, styled } from "../fix/styled.ts";
import { Random } from "../hook/random.ts";
import "../patience.ts";

/**
 * Compares two YAML readers: the cheap one, which reads only plain texts, and the library yaml. Both readers must
 * return the same values with the same positions in the text.
 */
const NONE = { texts: 0, plain: 0, places: 0, placed: 0 };
const counts = { ...NONE };

function compare(whole: string): void {
  for (const { text } of pieces(whole)) {
    counts.texts++;
    const plain = readPlain(text);
    if (plain === undefined) continue;
    counts.plain++;
    const documents = parseYaml(text, false);
    const values = documents.map((document) => readValue(document, text));
    const [parsed = { ok: true, value: null }] = values;
    if (values.length > 1 || !parsed.ok || !isDeepStrictEqual(parsed.value, plain.value))
      throw new Error(JSON.stringify({ text, plain: plain.value, values }));
    const [document] = documents;
    if (document === undefined || plain.value === null) continue;
    const lines = linesOf(text);
    for (const steps of pathsIn(plain.value)) {
      counts.places++;
      const range = plain.rangeOf(steps);
      if (range === undefined) continue;
      counts.placed++;
      const place = (one: Location): string => JSON.stringify(one);
      const [own, other] = [range, rangeOfNodes(findNodes(document, steps))].map((one) =>
        place(locationOf(one, 0, lines)),
      );
      if (own !== other) throw new Error(JSON.stringify({ text, steps, own, other }));
    }
  }
}

/** The paths of all values, and a path to an absent field below each value. */
function pathsIn(value: unknown, steps: readonly Step[] = []): readonly (readonly Step[])[] {
  const inside = Array.isArray(value)
    ? value.flatMap((item, index) => pathsIn(item, [...steps, index]))
    : Object.entries(asObject(value) ?? {}).flatMap(([key, one]) => pathsIn(one, [...steps, key]));
  return [steps, [...steps, "absent"], ...inside];
}

/** Examples of scalars. */
const SCALARS = [
  ...[
    "a",
    "web",
    "1",
    "010",
    "089",
    "0x1F",
    "0b11",
    "0o17",
    "1_000",
    "-5",
    "+3",
    "1.5",
    ".5",
    "5.",
    ".",
    "-.",
    "e2",
    "1e3",
  ],
  ...[
    "1e400",
    "0.0",
    "-0",
    ".inf",
    "-.INF",
    ".nan",
    "yes",
    "No",
    "on",
    "OFF",
    "y",
    "n",
    "true",
    "False",
    "null",
    "~",
    "Null",
  ],
  ...[
    "",
    "1:30",
    "2026-11-02",
    "2026-11-02T10:00:00Z",
    "12345678901234567890",
    "<<",
    "=",
    "a b",
    "a  b",
    "a #b",
    "a#b",
    "a: b",
    "a:b",
  ],
  ...[
    "'a'",
    "''",
    "'it''s'",
    '"a"',
    '"a\\n\\u0041"',
    '"a\\',
    '""',
    "'a\n   b'",
    '"a\n\n   b"',
    "-a",
    "--",
    "---",
    "?a",
    ":a",
    "@a",
    "`a",
    "%a",
    "&a a",
    "*a",
  ],
  ...[
    "!!str 1",
    "! a",
    "|",
    ">",
    "|-",
    "a,b",
    "a]",
    "[a, b]",
    "[a, b: c]",
    "{a: b}",
    "{a: b, }",
    "{a, b}",
    "{}",
    "[]",
    "[,]",
    "{a: }",
    "{'a':b}",
    '{"a":1}',
    "[a",
    "{a: [b, {c: d}]}",
  ],
  ...[
    "é",
    "\u00a0",
    "\u2028",
    "😀",
    "\ud800",
    "a\tb",
    "a\t",
    "\ta",
    "__proto__",
    "constructor",
    "toString",
    "{{ x }}",
    "a\u0085b",
    "\u0007",
  ],
];

const PIECES = [
  ...["\n", "\n", "\n", "\r\n", "\n\n", "\n ", "\n  ", "\n  ", "\n    ", "\n   ", "\n\t", " ", "  ", "\t"],
  ...[
    ": ",
    ": ",
    ":",
    ":\n  ",
    "- ",
    "- ",
    "-",
    "? ",
    ", ",
    ",",
    "{",
    "}",
    "[",
    "]",
    "# c",
    " # c",
    "#",
    "'",
    '"',
    "\n# c\n",
    "\n  # c\n",
  ],
  ...[
    "---\n",
    "...\n",
    "--- ",
    "%YAML 1.1\n",
    "|\n  ",
    "|2\n  ",
    "|+\n  ",
    ">-\n  ",
    ">\n   ",
    "& ",
    "<<: ",
    "\uFEFF",
    "\\",
  ],
];

/** A random scalar, mostly one that both YAML libraries read alike. */
const scalarOf = (random: Random): string =>
  random.chance(0.7) ? random.pick(["a", "7", "web:1", "'b'"]) : random.pick(SCALARS);

const soup = fc
  .array(fc.oneof(fc.constantFrom(...PIECES), fc.constantFrom(...SCALARS)), { maxLength: 25 })
  .map((all) => all.join(""));

/** A YAML tree of random lines, which is mostly valid. */
const tree = fc.integer().map((seed) => {
  const random = new Random(seed);
  const lines: string[] = [];
  const newline = random.pick(["\n", "\n", "\n", "\r\n"]);
  const write = (indent: number, depth: number): void => {
    const isList = random.chance(0.3);
    const count = 1 + random.between(0, 3);
    for (let index = 0; index < count; index++) {
      const pad = " ".repeat(indent);
      if (random.chance(0.1)) lines.push(random.pick(["", "# c", `${pad}# c`, `${pad}  # c`, "   "]));
      const key = random.chance(0.9) ? `k${index}` : random.pick(SCALARS);
      const lead = isList ? `${pad}-` : `${pad}${key}${random.pick([":", ":", ":", ":", " :"])}`;
      const end = random.weighted([
        [9, ""],
        [3, " # c"],
        [1, "  "],
        [0.2, "\t"],
        [1, " #"],
      ]);
      const kind = random.between(0, 9);
      if (kind < 4 && depth < 5) {
        lines.push(`${lead}${end}`);
        write(indent + random.pick([2, 2, 2, 4, isList ? 1 : 0]), depth + 1);
      } else if (kind < 5) {
        lines.push(`${lead} ${random.pick(["|", ">", "|-", ">-", "|+", ">+", "|2", ">1-"])}${end}`);
        for (let line = random.between(0, 3); line > 0; line--)
          lines.push(
            random.pick([
              `${pad}  text`,
              `${pad}   more`,
              "",
              `${pad}  # no comment`,
              `${pad}  `,
              `${pad}    a: b `,
              `${pad}\tx`,
            ]),
          );
      } else if (kind < 6 && isList && depth < 5) {
        const first = lines.length;
        write(indent + 2, depth + 1);
        lines[first] = `${lead} ${(lines[first] ?? "").trimStart()}`;
      } else if (kind < 7) {
        const deeper = random.pick(["  ", "  ", "    ", " ", ""]);
        lines.push(`${lead} ${scalarOf(random)}`, `${pad}${deeper}${scalarOf(random)}${end}`);
      } else lines.push(`${lead} ${scalarOf(random)}${end}`);
    }
  };
  write(0, 0);
  return `${random.pick(["", "", "", "---\n", "--- # c\n", "# c\n", "\n", "\uFEFF"])}${lines.join(newline)}${random.pick(["", newline, "\n\n", "\n...\n", "\n# c"])}`;
});

/** A manifest as people write it, sometimes with a random mistake. */
const manifest = fc.tuple(situation, fc.integer()).map(([one, seed]) => {
  const random = new Random(seed);
  const { text } = styled(manifestOf(one, "web"), random);
  if (random.chance(0.4)) return text;
  const at = random.between(0, text.length - 1);
  const end = at + random.pick([0, 0, 1, 1, 2, 5]);
  return `${text.slice(0, at)}${random.pick([...PIECES, ...SCALARS, ""])}${text.slice(end)}`;
});

const TEXTS = cases(30_000);
const SEED = 7;

/**
 * Generators of texts, each with two minimum fractions. The cheap reader must read the first fraction of the texts, and
 * locate the second fraction of the fields.
 */
const GENERATED = [
  ["manifests with a slip", manifest, 0.4, 0.9],
  ["trees of odd lines", tree, 0.1, 0.7],
  ["odd pieces in any order", soup, 0.25, 0.7],
] as const;

for (const [title, texts, plain, placed] of GENERATED)
  t.test(`both YAML readers agree on ${TEXTS} ${title}`, async (t) => {
    Object.assign(counts, NONE);
    fc.assert(fc.property(texts, compare), { numRuns: TEXTS, seed: SEED });
    t.comment(counts);
    t.ok(counts.plain > counts.texts * plain, "many are plain");
    t.ok(counts.placed > counts.places * placed, "most fields are placed");
  });
