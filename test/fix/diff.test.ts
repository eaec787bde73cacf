import { applyPatch, structuredPatch } from "diff";
import t from "tap";
import type { Edit } from "../../src/edit/site.ts";
import { unifiedDiff } from "../../src/fix/diff.ts";
import "../patience.ts";

const LINES = "abcdefghijklmnopqrst".split("").join("\n");

/** Edits that each replace the text `old` by `now`. */
function editsOf(text: string, ...pairs: readonly (readonly [old: string, now: string])[]): readonly Edit[] {
  return pairs.map(([old, now]) => ({
    start: text.indexOf(old),
    end: text.indexOf(old) + old.length,
    text: now,
  }));
}

function after(text: string, edits: readonly Edit[]): string {
  return edits
    .toReversed()
    .reduce((now, { start, end, text: by }) => now.slice(0, start) + by + now.slice(end), text);
}

const CASES: Readonly<Record<string, readonly [text: string, edits: readonly Edit[]]>> = {
  "one line": [`${LINES}\n`, editsOf(LINES, ["j", "J"])],
  "two lines far apart, the first of which becomes three": [
    `${LINES}\n`,
    editsOf(LINES, ["c", "1\n2\n3"], ["q", "Q"]),
  ],
  "two lines near each other": [`${LINES}\n`, editsOf(LINES, ["e", "E"], ["k", "K"])],
  "two neighbouring lines": [`${LINES}\n`, editsOf(LINES, ["e", "E"], ["f\n", "f\n1\n"], ["g", "G"])],
  "two edits on one line": ["a\nxyz\nb\n", editsOf("a\nxyz\nb\n", ["x", "1"], ["z", "2"])],
  "a line less, and later one more": [`${LINES}\n`, editsOf(LINES, ["d\n", ""], ["q\n", "q\nQ\n"])],
  "a new first line": [`${LINES}\n`, [{ start: 0, end: 0, text: "0\n" }]],
  "a new last line": [`${LINES}\n`, [{ start: LINES.length, end: LINES.length, text: "\nz" }]],
  "no line break at the end": [LINES, editsOf(LINES, ["t", "T"])],
  "a line behind one without a line break": [
    LINES,
    [{ start: LINES.length, end: LINES.length, text: "\nu" }],
  ],
  "no line break far behind the change": [LINES, editsOf(LINES, ["c", "C"])],
  "line breaks of Windows": ["a\r\nb\r\nc\r\n", editsOf("a\r\nb\r\nc\r\n", ["b", "B\r\nBB"])],
};

for (const [what, [text, edits]] of Object.entries(CASES))
  t.test(what, async (t) => {
    const diff = unifiedDiff("web.yaml", text, edits);
    const wanted = after(text, edits);
    t.equal(applyPatch(text, diff, { autoConvertLineEndings: false }), wanted);
    const { hunks } = structuredPatch("", "", text, wanted, "", "", { context: 3 });
    const heads = hunks.map((one) => [one.oldStart, one.oldLines, one.newStart, one.newLines]);
    const own = [...diff.matchAll(/^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@$/gm)];
    t.same(
      own.map(([, oldStart, oldLines = 1, newStart, newLines = 1]) =>
        [oldStart, oldLines, newStart, newLines].map(Number),
      ),
      heads,
    );
    t.same(
      diff
        .split("\n")
        .slice(2)
        .filter((line) => !line.startsWith("@@"))
        .join("\n")
        .replace(/\n$/, ""),
      hunks.flatMap(({ lines }) => lines).join("\n"),
    );
  });

t.test("without edits the diff is empty, and a file name with a space is followed by a tab", async (t) => {
  t.equal(unifiedDiff("web.yaml", LINES, []), "");
  t.match(
    unifiedDiff("my web.yaml", "a\n", editsOf("a\n", ["a", "b"])),
    /^--- a\/my web\.yaml\t\n\+\+\+ b\/my web\.yaml\t\n/,
  );
});
